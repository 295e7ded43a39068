import { spawn } from 'node:child_process'
import { openSync, rmSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printingProgram as printingProgramOf } from '../../recipes/docker/elf.js'
import { atExit } from './cleanup.js'
import { printingProgram } from './elf.js'
import { newRunFolder } from './paths.js'
import { pushImage } from './push-image.js'
import { freePort } from './qemu.js'
import { tool } from './tools.js'

/** A running registry that holds `library/hello-world`. */
export interface Registry {
  /** As the guests reach it: a value for `registry-mirrors`. */
  mirrorUrl: string
  /** The same on this machine's loopback. */
  hostUrl: string
  stop(): Promise<void>
}

const hello = `
Hello from Docker!
This message shows that your installation appears to be working correctly.
`

/** Serve container images to guests from Debian's registry, in memory, until it is stopped or this process ends. */
export async function startRegistry(): Promise<Registry> {
  const { path, env } = await tool('docker-registry')
  const folder = await newRunFolder('registry')
  const port = await freePort()
  const config = {
    version: '0.1',
    log: { level: 'warn' },
    storage: { inmemory: {} },
    http: { addr: `127.0.0.1:${port}` },
  }
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config)) // JSON is YAML
  const log = join(folder, 'log')
  const output = openSync(log, 'w')
  const child = spawn(path, ['serve', join(folder, 'config.yml')], { env, stdio: ['ignore', output, output] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const forget = atExit(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const registry: Registry = {
    mirrorUrl: `http://10.0.2.2:${port}`,
    hostUrl: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
      forget()
    },
  }
  try {
    await answers(registry.hostUrl, () => child.exitCode !== null)
    const content = { amd64: printingProgram(hello), arm64: Buffer.from(printingProgramOf('arm64', hello)) }
    const image = { repository: 'library/hello-world', tags: ['latest', 'linux'], program: 'hello', content }
    await pushImage(registry.hostUrl, image)
  } catch (error) {
    const said = await readFile(log, 'utf8').catch(() => '')
    await registry.stop()
    throw new Error(`the registry does not work: ${error}\n${said}`)
  }
  return registry
}

async function answers(url: string, hasEnded: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (hasEnded()) throw new Error('it ended at once')
    const response = await fetch(`${url}/v2/`).catch(() => undefined)
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('no answer within 10 s')
}
