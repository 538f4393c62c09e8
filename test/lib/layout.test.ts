/** TypeScript and C++ agree about the words that they share. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { BLOCK_CELLS, COMMAND, RECORD } from '../../dist/layout.js'
import { native } from '../../dist/native.js'
import { DEQUE, TASK } from '../../dist/task-layout.js'
import { layoutSource } from '../../scripts/layout.mjs'
import { root } from '../support/program.js'

test('sizes and offsets are the same on both sides', () => {
  expect(native.layout()).toEqual({
    blockCells: BLOCK_CELLS,
    commandBytes: COMMAND.bytes,
    commandDestination: COMMAND.destination,
    commandSources: COMMAND.sources,
    commandValue: COMMAND.value,
    recordBytes: RECORD.bytes,
    recordType: RECORD.type,
    recordFault: RECORD.fault,
    recordFaultId: RECORD.faultId,
    recordOperation: RECORD.operation,
    recordError: RECORD.error,
    recordCall: RECORD.call,
    recordValue: RECORD.value,
    recordLeft: RECORD.left,
    recordRight: RECORD.right,
  })
})

describe('the task stack', () => {
  test('its constants are what C++ says: run `npm run layout` if not', () => {
    const text = readFileSync(join(root, 'lib/task-layout.ts'), 'utf8')
    expect(text).toBe(layoutSource(native.taskLayout()))
  })

  test('its records are whole cache lines with room for five numbers', () => {
    expect(TASK.bytes % 64).toBe(0)
    expect(TASK.payload + TASK.payloadBytes).toBe(TASK.bytes)
    expect(TASK.payloadBytes / 8).toBe(5)
    expect(TASK.payload % 8).toBe(0)
  })

  test('what JavaScript reads as an Int32 is aligned, and fits', () => {
    for (const offset of [DEQUE.head, DEQUE.forkLimit, DEQUE.joinLimit]) {
      expect(offset % 4).toBe(0)
      expect(offset).toBeLessThan(DEQUE.slots)
    }
    expect(DEQUE.blocked | 0).toBe(DEQUE.blocked)
  })
})
