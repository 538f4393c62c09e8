/** A real browser, where there is one: Chromium without a window, by its DevTools protocol. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Its command, or undefined. */
export const chromium = NAMES.find((name) => spawnSync(name, ['--version']).status === 0)

interface Answer {
  id?: number
  method?: string
  error?: { message: string }
  result?: Record<string, unknown>
}

/** One page. Messages go through pipes, each ended by a NUL. */
export class Page {
  readonly #process: ChildProcess
  readonly #folder = mkdtempSync(join(tmpdir(), 'heddle-browser-'))
  readonly #calls = new Map<number, (answer: Answer) => void>()
  /** What it has logged, and what its scripts have thrown. */
  readonly complaints: string[] = []
  /** What it has asked for. */
  readonly requests: string[] = []
  #session: string | undefined
  #id = 0

  private constructor() {
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars']
    const own = ['--remote-debugging-pipe', `--user-data-dir=${this.#folder}`]
    const pipes = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const
    this.#process = spawn(chromium as string, [...flags, ...own, 'about:blank'], {
      stdio: [...pipes],
      detached: true, // Then all its processes can be killed at once: they write to the folder.
    })
    // It ends when it is killed, and with it the pipes.
    for (const end of [3, 4]) this.#process.stdio[end]?.on('error', () => {})
    let text = ''
    const output = this.#process.stdio[4] as Readable
    output.setEncoding('utf8').on('data', (piece: string) => {
      const messages = (text + piece).split('\0')
      text = messages.pop() ?? ''
      for (const message of messages) this.#take(JSON.parse(message))
    })
  }

  /** Opens a page of that size, and waits for its `data-ready`. */
  static async open(url: string, width = 1400, height = 900): Promise<Page> {
    const page = new Page()
    const { targetId } = await page.call('Target.createTarget', { url: 'about:blank' })
    const flat = { targetId, flatten: true }
    page.#session = String((await page.call('Target.attachToTarget', flat)).sessionId)
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await page.call(`${domain}.enable`)
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false }
    await page.call('Emulation.setDeviceMetricsOverride', metrics)
    await page.call('Page.navigate', { url })
    await page.until("document.documentElement?.dataset.ready === 'yes'")
    return page
  }

  async call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#id
    const message = JSON.stringify({ id, method, params, sessionId: this.#session })
    const answer = await new Promise<Answer>((resolve) => {
      this.#calls.set(id, resolve)
      const input = this.#process.stdio[3] as Writable
      input.write(`${message}\0`)
    })
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result ?? {}
  }

  /** The value of an expression. */
  async evaluate<T>(expression: string): Promise<T> {
    const options = { expression, returnByValue: true, awaitPromise: true }
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', options)
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
    return (result as { value: T }).value
  }

  async until(expression: string): Promise<void> {
    while (!(await this.evaluate<boolean>(expression))) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  async press(key: string): Promise<void> {
    const text = key.length === 1 ? key : undefined
    await this.call('Input.dispatchKeyEvent', { type: 'keyDown', key, text })
    await this.call('Input.dispatchKeyEvent', { type: 'keyUp', key })
  }

  async wheel(x: number, y: number, deltaY: number): Promise<void> {
    const type = 'mouseWheel'
    await this.call('Input.dispatchMouseEvent', { type, x, y, deltaX: 0, deltaY })
  }

  async move(x: number, y: number): Promise<void> {
    await this.call('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y })
  }

  /** A PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.call('Page.captureScreenshot', { format: 'png' })
    return Buffer.from(String(data), 'base64')
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    process.kill(-(this.#process.pid as number), 'SIGKILL')
    await ended
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #take(message: Answer & { params?: Record<string, unknown> }): void {
    const { id, method, params = {} } = message
    if (id !== undefined) {
      this.#calls.get(id)?.(message)
      this.#calls.delete(id)
    }
    if (method === 'Runtime.exceptionThrown' || method === 'Runtime.consoleAPICalled') {
      this.complaints.push(JSON.stringify(params))
    }
    if (method === 'Log.entryAdded') this.complaints.push(JSON.stringify(params))
    if (method === 'Network.requestWillBeSent') {
      this.requests.push((params.request as { url: string }).url)
    }
  }
}
