/**
 * What the nodes of a frame graph read and write: inputs, resources and scalars.
 */
import { FrameGraphError, invalidType } from './errors.js'
import type { Type } from './layout.js'
import { typeOf, type Value } from './types.js'

/** What a node may declare: {@link FrameInput}, {@link FrameResource} or {@link FrameScalar}. */
export abstract class FrameStorage<T = unknown> {
  /** Never there: for the type of what it stands for. */
  declare readonly of?: T
  readonly name: string
  /** @internal The graph that it belongs to. */
  readonly graph: object

  /** @internal */
  constructor(graph: object, name: string) {
    this.graph = graph
    this.name = name
  }

  /** @internal What it is in the frame in that slot. */
  abstract at(slot: number): T

  /** @internal A frame begins in the slot. */
  abstract begin(slot: number): void

  /** @internal There are so many slots from here on. Again is fine. */
  abstract prepare(slots: number): void
}

/**
 * A value that comes from outside and may change from one frame to the next:
 * {@link FrameGraph.input}.
 */
export class FrameInput<T = unknown> extends FrameStorage<T> {
  #value: T
  #seen: T[] = []
  /** The type of those that expressions compute with. */
  readonly #type: Type | undefined

  /** @internal */
  constructor(graph: object, name: string, initial: T) {
    super(graph, name)
    this.#value = initial
    this.#type = scalarType(initial)
  }

  /** What the next frame will see. */
  get value(): T {
    return this.#value
  }

  /**
   * Changes it, from the next frame that starts on. Frames in flight keep what they have.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it was a scalar, and this is none of its
   *   type
   */
  set(value: T): void {
    if (this.#type !== undefined && scalarType(value) !== this.#type) {
      throw invalidType('value', `of the type of the input '${this.name}'`, value)
    }
    this.#value = value
  }

  /** @internal Undefined: no expression computes with it. */
  get type(): Type | undefined {
    return this.#type
  }

  at(slot: number): T {
    return this.#seen[slot] as T
  }

  begin(slot: number): void {
    this.#seen[slot] = this.#value
  }

  prepare(slots: number): void {
    for (let slot = this.#seen.length; slot < slots; ++slot) this.#seen.push(this.#value)
  }
}

/** @internal Where a scalar of each frame is. */
export interface ScalarStore<T> {
  get(slot: number): T
  set(slot: number, value: T): void
  /** In the newest frame that has ended well. */
  last(): T
}

/**
 * A scalar that every frame begins anew with its initial value: {@link FrameGraph.scalar}.
 */
export class FrameScalar<T = unknown> extends FrameStorage<T> {
  readonly initial: T
  /** @internal */
  readonly type: Type
  #store: ScalarStore<T>

  /** @internal */
  constructor(graph: object, name: string, initial: T) {
    super(graph, name)
    this.type = typeOf('initial', initial)
    this.initial = initial
    this.#store = { get: () => initial, set: () => {}, last: () => initial }
  }

  /** What it was at the end of the newest frame that has ended well. */
  get value(): T {
    return this.#store.last()
  }

  /** @internal From here on it is there, and begins anew with each frame. */
  storeIn(store: ScalarStore<T>): void {
    this.#store = store
  }

  at(slot: number): T {
    return this.#store.get(slot)
  }

  begin(): void {
    // Its store does.
  }

  /**
   * @internal What a function has given.
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is of another type
   */
  put(slot: number, value: T): void {
    if (typeOf(this.name, value) !== this.type) {
      throw invalidType(this.name, 'of the type that it began with', value)
    }
    this.#store.set(slot, value)
  }

  prepare(): void {
    // There is room for each.
  }
}

/**
 * Something that nodes write and others read: {@link FrameGraph.resource}. There is one for each
 * frame in flight, so that frames do not wait for each other.
 *
 * One that a background node writes is the same in all frames until that node is done; then frames
 * that start have what it has written, and it writes the next time into another one, which no frame
 * in flight reads.
 */
export class FrameResource<T = unknown> extends FrameStorage<T> {
  readonly #make: (slot: number) => T
  #instances: T[] = []
  /** Whom each frame has. */
  #used: T[] = []
  /** What frames begin with, where a background node writes it. */
  #front: T | undefined
  #hasFront = false
  /** What it writes, until frames begin with that. */
  #back: T | undefined
  #hasBack = false
  #isWrittenInBackground = false
  /** Slots whose instances were given up. */
  readonly #stale = new Set<number>()
  /** Those that background nodes read still, by how many. */
  readonly #pins = new Map<T, number>()

  /** @internal */
  constructor(graph: object, name: string, make: (slot: number) => T) {
    super(graph, name)
    this.#make = make
  }

  /** @internal All that were made. */
  get instances(): readonly T[] {
    return this.#instances
  }

  at(slot: number): T {
    return (slot < 0 ? this.#back : this.#used[slot]) as T
  }

  prepare(slots: number): void {
    if (this.#isWrittenInBackground) {
      if (!this.#hasFront) this.#front = this.#used.length > 0 ? this.#used[0] : this.#another()
      this.#hasFront = true
      for (let slot = 0; slot < slots; ++slot) this.#used[slot] ??= this.#front as T
      return
    }
    for (let slot = this.#used.length; slot < slots; ++slot) this.#used.push(this.#another())
  }

  begin(slot: number): void {
    if (this.#stale.has(slot)) {
      this.#used[slot] = this.#another()
      this.#stale.delete(slot)
    }
    if (this.#isWrittenInBackground) this.#used[slot] = this.#front as T
    else if (this.#pins.has(this.#used[slot] as T)) this.#used[slot] = this.#free()
  }

  /**
   * @internal Frames that start have others from here on: those that were there, but for one that a
   * background node writes, which they are to have.
   */
  renew(): T[] {
    const isKept = (each: T) => this.#hasBack && Object.is(each, this.#back)
    const before = this.#instances.filter((each) => !isKept(each))
    this.#instances = this.#instances.filter(isKept)
    if (this.#isWrittenInBackground) this.#front = this.#another()
    else for (const slot of this.#used.keys()) this.#stale.add(slot)
    return before
  }

  /** @internal Before {@link prepare}: a background node writes it. */
  writeInBackground(): void {
    this.#isWrittenInBackground = true
  }

  /** @internal What a node has given in place of it. */
  put(slot: number, value: T): void {
    const before = this.at(slot)
    if (slot < 0) this.#back = value
    else this.#used[slot] = value
    this.#replace(before, value)
  }

  /** @internal A background node begins to write it. */
  beginWrite(): void {
    this.#back = this.#free()
    this.#hasBack = true
  }

  /** @internal It has written. */
  publish(): void {
    this.#front = this.#back
    this.#hasBack = false
  }

  /** @internal A background node reads what the frame in the slot has. */
  pin(slot: number): T {
    const instance = this.#used[slot] as T
    this.#pins.set(instance, (this.#pins.get(instance) ?? 0) + 1)
    return instance
  }

  /** @internal */
  unpin(instance: T): void {
    const left = (this.#pins.get(instance) ?? 1) - 1
    if (left === 0) this.#pins.delete(instance)
    else this.#pins.set(instance, left)
  }

  #replace(before: T, value: T): void {
    if (Object.is(before, value)) return
    // A function may give the same to several frames.
    if (!this.#used.includes(before)) {
      this.#instances = this.#instances.filter((instance) => !Object.is(instance, before))
    }
    if (!this.#instances.includes(value)) this.#instances.push(value)
  }

  /** One that nobody reads. */
  #free(): T {
    const taken = new Set<T>([...this.#used, ...this.#pins.keys()])
    if (this.#front !== undefined) taken.add(this.#front)
    for (const instance of this.#instances) if (!taken.has(instance)) return instance
    return this.#another()
  }

  #another(): T {
    const made = this.#make(this.#instances.length)
    if (made instanceof Promise) {
      throw new FrameGraphError(
        `make of the resource '${this.name}' is to give a value, not a promise`,
      )
    }
    this.#instances.push(made)
    return made
  }
}

/** @internal The type of a scalar, or undefined. */
export function scalarType(value: unknown): Type | undefined {
  try {
    return typeOf('value', value)
  } catch {
    return undefined
  }
}

/** Scalars that frames compute with. */
export type Scalar = Exclude<Value, ArrayBufferView>
