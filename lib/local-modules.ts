/**
 * The modules of kernels that run on this thread.
 */
import { Epoch } from './epoch.js'
import { formOf } from './kernel-form.js'

/** As `KernelFunctions.addModule` takes them. */
type Loaded = [url: string, exports: Record<string, unknown> | undefined, error?: unknown]

export class LocalModules {
  readonly #epochs = new Map<number, Epoch>()
  readonly #loaded: Loaded[] = []

  /** Settled once the module is there, or cannot be had. Only the event loop can load it. */
  load(number: number): Epoch {
    const known = this.#epochs.get(number)
    if (known !== undefined) return known
    const { url } = formOf(number) as { url: string }
    const epoch = new Epoch()
    this.#epochs.set(number, epoch)
    epoch.source = {
      need: () => ({ kind: 'nothing', why: `only the event loop can load ${url}` }),
      describe: () => `the module ${url}`,
    }
    const told = (...loaded: Loaded) => {
      this.#loaded.push(loaded)
      epoch.settle(undefined)
    }
    import(url).then(
      (exports) => told(url, exports),
      (error) => told(url, undefined, error),
    )
    return epoch
  }

  /** What has come after the first so many. */
  since(count: number): Loaded[] {
    return this.#loaded.slice(count)
  }
}
