// The peers, each as its own documentation recommends, with as many threads as we have workers.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const at = (name) => fileURLToPath(new URL(name, import.meta.url))

/** By name: a pool that runs a task of `tasks.mjs` with its argument, and is closed in the end. */
const OPEN = {
  async piscina(threads) {
    const { Piscina } = await import('piscina')
    const pool = new Piscina({
      filename: at('tasks.mjs'),
      minThreads: threads,
      maxThreads: threads,
    })
    return { run: (name, arg) => pool.run(arg, { name }), close: () => pool.destroy() }
  },

  async tinypool(threads) {
    const { default: Tinypool } = await import('tinypool')
    const pool = new Tinypool({
      filename: at('tasks.mjs'),
      minThreads: threads,
      maxThreads: threads,
    })
    return { run: (name, arg) => pool.run(arg, { name }), close: () => pool.destroy() }
  },

  async workerpool(threads) {
    const { default: workerpool } = await import('workerpool')
    const pool = workerpool.pool(at('workerpool-worker.mjs'), {
      minWorkers: threads,
      maxWorkers: threads,
      workerType: 'thread',
    })
    return { run: (name, arg) => pool.exec(name, [arg]), close: () => pool.terminate(true) }
  },

  /** It has no pool: the threads take turns. */
  async comlink(threads) {
    const { wrap } = await import('comlink')
    const { default: nodeEndpoint } = await import('comlink/dist/esm/node-adapter.mjs')
    const workers = Array.from({ length: threads }, () => new Worker(at('comlink-worker.mjs')))
    const proxies = workers.map((worker) => wrap(nodeEndpoint(worker)))
    let next = 0
    return {
      run: (name, arg) => proxies[next++ % threads][name](arg),
      close: () => Promise.all(workers.map((worker) => worker.terminate())),
    }
  },
}

/** Those that are installed, each with a thread for each worker that has run something. */
export async function openPeers(threads) {
  const peers = {}
  for (const [name, open] of Object.entries(OPEN)) {
    try {
      peers[name] = await open(threads)
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
      continue
    }
    await Promise.all(Array.from({ length: 4 * threads }, () => peers[name].run('empty')))
  }
  return peers
}

export async function closePeers(peers) {
  await Promise.all(Object.values(peers).map(({ close }) => close()))
}

/** Names and versions; undefined for those that are not installed. */
export function versions() {
  return Object.fromEntries(
    Object.keys(OPEN).map((name) => {
      try {
        const path = at(`../node_modules/${name}/package.json`)
        return [name, JSON.parse(readFileSync(path, 'utf8')).version]
      } catch {
        return [name, undefined]
      }
    }),
  )
}
