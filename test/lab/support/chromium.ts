import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { findProgram } from '../../../src/host/connection/find-program.js'

/** The browser (Debian’s package chromium), or `undefined` where there is none. */
export const chromium = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => findProgram(name))
  .find((path) => path !== undefined)

/** How a page is looked at. */
export interface View {
  width: number
  height: number
  dark?: boolean
}

interface Message {
  id?: number
  method?: string
  params?: Record<string, never>
  result?: Record<string, never>
  error?: { message: string }
}

/** One headless browser with one tab, driven through a pipe by the DevTools protocol. */
export class Browser {
  /** What the page logged, threw, or was refused. */
  readonly complaints: string[] = []
  /** Addresses that the page asked for. */
  readonly requests: string[] = []
  readonly #child: ChildProcess
  readonly #folder = mkdtempSync(join(tmpdir(), 'fitout-chromium-'))
  readonly #answers = new Map<number, { done(result: never): void; failed(error: Error): void }>()
  readonly #waiting = new Map<string, () => void>()
  #session: string | undefined
  #last = 0

  private constructor(program: string) {
    const own = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--remote-debugging-pipe',
    ]
    const args = [...own, '--no-first-run', `--user-data-dir=${this.#folder}`, 'about:blank']
    this.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    let text = ''
    const from = this.#child.stdio[4] as Readable
    from.setEncoding('utf8')
    from.on('data', (piece: string) => {
      const messages = (text + piece).split('\0')
      text = messages.pop() ?? ''
      for (const message of messages) this.#onMessage(JSON.parse(message))
    })
    this.#child.once('exit', () => {
      for (const { failed } of this.#answers.values()) failed(new Error('the browser ended'))
    })
  }

  static async start(program: string): Promise<Browser> {
    const browser = new Browser(program)
    const { targetId } = await browser.#send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await browser.#send('Target.attachToTarget', { targetId, flatten: true })
    browser.#session = sessionId
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.#send(`${domain}.enable`)
    return browser
  }

  /** Shows a page and waits until it is loaded. */
  async show(url: string, { width, height, dark = false }: View): Promise<void> {
    const value = dark ? 'dark' : 'light'
    await this.#send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 })
    await this.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] })
    // From elsewhere: a page that differs by its fragment only would not be loaded.
    for (const address of ['about:blank', url]) {
      const loaded = new Promise<void>((done) => this.#waiting.set('Page.loadEventFired', done))
      await this.#send('Page.navigate', { url: address })
      await loaded
    }
    this.requests.splice(0, this.requests.length, ...this.requests.filter((address) => address !== 'about:blank'))
  }

  /** The value of an expression in the page. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
    return (result as { value: T }).value
  }

  /** The names and roles that a screen reader would get. */
  async accessible(): Promise<{ role: string; name: string; level?: number }[]> {
    const { nodes } = await this.#send('Accessibility.getFullAXTree')
    type Node = {
      ignored: boolean
      role?: { value: string }
      name?: { value: string }
      properties?: { name: string; value: { value: number } }[]
    }
    return (nodes as Node[])
      .filter(({ ignored }) => !ignored)
      .map(({ role, name, properties }) => ({
        role: role?.value ?? '',
        name: name?.value ?? '',
        level: properties?.find((property) => property.name === 'level')?.value.value,
      }))
  }

  /** Writes what is seen, or all of the page, as PNG. */
  async picture(file: string, whole = false): Promise<void> {
    const { data } = await this.#send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole })
    writeFileSync(file, Buffer.from(data, 'base64'))
  }

  async end(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('exit', done))
    this.#child.kill('SIGKILL')
    await ended
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  // biome-ignore lint/suspicious/noExplicitAny: the protocol’s answers have a shape of their own each.
  #send(method: string, params: object = {}): Promise<any> {
    const id = ++this.#last
    const session = this.#session === undefined ? {} : { sessionId: this.#session }
    return new Promise((done, failed) => {
      this.#answers.set(id, { done, failed })
      ;(this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`)
    })
  }

  #onMessage({ id, method = '', params, result, error }: Message): void {
    if (id !== undefined) {
      const answer = this.#answers.get(id)
      this.#answers.delete(id)
      if (error !== undefined) answer?.failed(new Error(error.message))
      else answer?.done(result as never)
      return
    }
    if (['Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded'].includes(method)) {
      this.complaints.push(JSON.stringify(params))
    }
    if (method === 'Network.requestWillBeSent') {
      this.requests.push((params as unknown as { request: { url: string } }).request.url)
    }
    this.#waiting.get(method)?.()
    this.#waiting.delete(method)
  }
}
