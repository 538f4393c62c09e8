/**
 * What is there at once, and comes with the next turn of the event loop if much was in this one.
 */
import { Async } from './async.js'
import { Epoch, type Need, type Source } from './epoch.js'
import { TurnBudget } from './turn.js'

/** Some 300 us. */
const TURN_BYTES = 1024 * 1024

/** What a read costs besides its bytes. */
const READ_BYTES = 4096

const readInTurn = new TurnBudget(TURN_BYTES, settleLate)
/** Those that come with the next one. */
let late: Late[] = []

/** A count that is there, and comes with the next turn, or to whoever blocks for it. */
class Late implements Source {
  readonly epoch = new Epoch()
  readonly #count: number

  constructor(count: number) {
    this.#count = count
    this.epoch.source = this
  }

  settle(): void {
    if (!this.epoch.isSettled) this.epoch.settle(this.#count)
  }

  need(): Need {
    return { kind: 'elsewhere', where: { wait: () => this.settle() } }
  }

  describe(): string {
    return 'a read'
  }
}

/**
 * The count, or, once much was read in this turn, an `Async` that comes with the next: who awaits
 * one cached read after another would keep others from the event loop.
 */
export function inTurn(length: number, count: number): number | Async<number> {
  readInTurn.spend(READ_BYTES + length)
  if (!readInTurn.isSpent) return count
  const one = new Late(count)
  late.push(one)
  return Async.inside<number>(one.epoch)
}

function settleLate(): void {
  const all = late
  late = []
  for (const one of all) one.settle()
}
