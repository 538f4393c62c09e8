/**
 * Slots: where values live natively, and the blocks that keep them there.
 */
import { SystemError } from './errors.js'
import { BLOCK_CELLS, type Type } from './layout.js'
import { native } from './native.js'

/** 256 handles that are freed together, when nothing refers to the block any more. */
class Block {
  readonly number: number
  used = 0

  constructor(number: number) {
    this.number = number
  }
}

/** One value, wherever it is on its way. */
export class Slot {
  readonly handle: number
  readonly type: Type
  /** What was moved out of native memory; undefined: nothing yet. */
  kept: Uint8Array | undefined = undefined
  /** The path that it is read from, for errors. */
  path: string | undefined = undefined
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
    const block = this.#block ?? this.#add()
    const slot = new Slot(block, block.number * BLOCK_CELLS + block.used++, type)
    // The last slot's block must not be kept by us: it would never be freed.
    if (block.used === BLOCK_CELLS) this.#block = undefined
    return slot
  }

  #add(): Block {
    const number = native.addBlock()
    if (number < 0) throw new SystemError(number, 'there is no room for another value')
    const block = new Block(number)
    this.#freed.register(block, number)
    this.#block = block
    return block
  }
}
