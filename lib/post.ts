/**
 * What native code tells this thread: records (`records.ts`), a batch at a time, for those who wait
 * for a value or have announced themselves.
 */
import { native } from './native.js'
import { tokenAt } from './records.js'
import type { Slot } from './slot.js'
import { readSlot } from './slot-value.js'
import type { Value } from './types.js'

/** Who is told about the records of one token. */
export interface Receiver {
  /** Takes the records from `first` to the one before `end`. True: they were the last ones. */
  receive(first: number, end: number): boolean
}

/** By token, all of them even: who is told of several records. */
const receivers = new Map<number, Receiver>()
/** Who waits for one value: its token is 2 * index + 1. A hole: nobody, but a record will come. */
const watches: (Watch | undefined)[] = []
const freeIndices: number[] = []
/** Tokens of receivers that keep the process alive. */
const holding = new Set<number>()
let nextToken = 2
let holders = 0

/** Who waits for one value. */
export class Watch {
  readonly slot: Slot
  readonly resolve: (value: Value) => void
  readonly reject: (error: unknown) => void
  /** It keeps the process alive. */
  readonly holds: boolean

  constructor(
    slot: Slot,
    resolve: (value: Value) => void,
    reject: (error: unknown) => void,
    holds: boolean,
  ) {
    this.slot = slot
    this.resolve = resolve
    this.reject = reject
    this.holds = holds
  }
}

/** In place of an index: the value is there. Its token is that of no watch. */
export const THERE = -1

/**
 * Asks for a record of the slot: the index that is to be filled, or THERE, and then the first
 * record says it. What was recorded has been handed over.
 */
export function begin(slot: Slot): number {
  const index = freeIndices.at(-1) ?? watches.length
  if (native.watch(slot.handle, 2 * index + 1) !== 0) return THERE
  freeIndices.pop()
  return index
}

/** Who is told. */
export function fill(index: number, watch: Watch): number {
  watches[index] = watch
  return 2 * index + 1
}

/** Keeps the process alive until as many `unhold`. */
export function hold(): void {
  holders += 1
  if (holders === 1) native.hold(true)
}

/** Ends one {@link hold}. */
export function unhold(): void {
  holders -= 1
  if (holders === 0) native.hold(false)
}

/** True: somebody awaits something. */
export function isHeld(): boolean {
  return holders > 0
}

/** Announces a receiver. Records keep nothing alive by themselves: see {@link hold}. */
export function announce(receiver: Receiver): number {
  const token = nextToken
  nextToken = (nextToken + 2) >>> 0 || 2
  receivers.set(token, receiver)
  return token
}

/** Announces a receiver, and keeps the process alive until its last record. */
export function expect(receiver: Receiver): number {
  hold()
  const token = announce(receiver)
  holding.add(token)
  return token
}

/** Nobody waits for the token any more: its records are dropped, and the process may end. */
export function forget(token: number): void {
  if (token < 0) return // THERE
  // The index of a watch is free again when its record comes.
  if (token % 2 !== 0) watches[(token - 1) / 2] = undefined
  else receivers.delete(token)
  if (holding.delete(token)) unhold()
}

/** Native code calls it when so many records are there. */
export function deliver(delivered: number): void {
  for (let first = 0; first < delivered; ) {
    const token = tokenAt(first)
    let end = first + 1
    if (token % 2 === 0) while (end < delivered && tokenAt(end) === token) ++end
    try {
      if (token % 2 === 1) come(token, first)
      else if (receivers.get(token)?.receive(first, end)) forget(token)
    } catch (error) {
      // An uncaught error like any other: here it would take the other records with it.
      if (token % 2 === 0) forget(token)
      queueMicrotask(() => {
        throw error
      })
    }
    first = end
  }
}

/** The value of a watch is there. */
function come(token: number, record: number): void {
  const index = (token - 1) / 2
  const watch = watches[index]
  watches[index] = undefined
  freeIndices.push(index)
  if (watch === undefined) return
  if (watch.holds) unhold()
  tell(watch, record)
}

/** Tells it what a record says of its slot. */
export function tell({ slot, resolve, reject }: Watch, record: number): void {
  let value: Value
  try {
    value = readSlot(slot, record)
  } catch (error) {
    reject(error)
    return
  }
  resolve(value)
}
