/**
 * Slots: where values live natively, and the blocks that keep them there.
 */
import { SystemError } from './errors.js'
import { BLOCK_CELLS, type Type } from './layout.js'
import { native } from './native.js'

/** 256 handles that are freed together, when nothing refers to the block any more. */
export class Block {
  readonly number: number

  constructor(number: number) {
    this.number = number
  }
}

/** One value, wherever it is on its way. Small: there is one for each. */
export class Slot {
  readonly handle: number
  readonly type: Type
  /** Keeps the native memory of the handle. */
  readonly block: Block

  constructor(block: Block, handle: number, type: Type) {
    this.block = block
    this.handle = handle
    this.type = type
  }
}

/** Hands out slots. One for each thread. */
export class Slots {
  #block: Block | undefined
  #next = 0
  #end = 0
  readonly #freed: FinalizationRegistry<number>

  /** `free` is called with the number of a block that nobody refers to any more. */
  constructor(free: (block: number) => void) {
    this.#freed = new FinalizationRegistry(free)
  }

  /**
   * A fresh slot.
   *
   * @throws SystemError if there are 2³² of them
   */
  take(type: Type): Slot {
    if (this.#next === this.#end) this.#add()
    return new Slot(this.#block as Block, this.#next++, type)
  }

  /** The same, made by the caller. */
  make<S extends Slot>(how: (block: Block, handle: number) => S): S {
    if (this.#next === this.#end) this.#add()
    return how(this.#block as Block, this.#next++)
  }

  #add(): void {
    const number = native.addBlock()
    if (number < 0) throw new SystemError(number, 'there is no room for another value')
    this.#block = new Block(number)
    this.#freed.register(this.#block, number)
    this.#next = number * BLOCK_CELLS
    this.#end = this.#next + BLOCK_CELLS
  }
}
