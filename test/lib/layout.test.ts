/** TypeScript and C++ agree about the words that they share. */
import { expect, test } from 'vitest'

import { BLOCK_CELLS, COMMAND, RECORD } from '../../dist/layout.js'
import { native } from '../../dist/native.js'

test('sizes and offsets are the same on both sides', () => {
  expect(native.layout()).toEqual({
    blockCells: BLOCK_CELLS,
    commandBytes: COMMAND.bytes,
    commandDestination: COMMAND.destination,
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
