import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { RunMemory } from '../../../../src/host/memory.js'
import { OpensshWorkspace } from '../../../../src/host/openssh/workspace.js'
import { nobody } from '../sshd.js'

describe('the socket by which `ssh` asks, while an answer is waited for', () => {
  let workspace: OpensshWorkspace
  let asked: string[]
  let env: NodeJS.ProcessEnv
  // Other tests count what is in the usual one.
  const folder = mkdtempSync(join(tmpdir(), 'fitout-asking-'))
  beforeAll(async () => {
    vi.stubEnv('TMPDIR', folder)
    workspace = await OpensshWorkspace.use(new RunMemory(nobody))
    env = workspace.environment('1', async (prompt) => {
      asked.push(prompt)
      return 's3cret'
    })
  })
  beforeEach(() => {
    asked = []
  })
  afterAll(() => {
    workspace.release()
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  const prompt = "Enter passphrase for key '/k': "
  /** What comes back to whoever writes that. */
  const said = (question: unknown) =>
    new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(workspace.path('ask'))
      socket.on('data', (bytes) => {
        text += bytes
      })
      socket.on('error', reject)
      socket.on('close', () => resolve(text))
      socket.write(`${JSON.stringify(question)}\n`)
    })
  // Only the folder, which is the person’s alone, has it.
  const token = () => /token: "([0-9a-f]{32})"/.exec(readFileSync(workspace.path('askpass.mjs'), 'utf8'))![1]!

  it('answers the program in the private folder, and who has its token', async () => {
    expect((await promisify(execFile)(env.SSH_ASKPASS!, [prompt], { env })).stdout).toBe('s3cret\n')
    expect(await said({ token: token(), id: '1', prompt })).toBe('{"answer":"s3cret"}')
    expect(asked).toEqual([prompt, prompt])
  })

  it.each<[string, (token: string) => unknown]>([
    ['another token', (token) => token.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['the begin of it', (token) => token.slice(0, -1)],
    ['more than it', (token) => `${token}0`],
    ['an empty one', () => ''],
    ['none', () => undefined],
    ['a yes', () => true],
    ['a list with it', (token) => [token]],
  ])('does not answer who has %s', async (_what, made) => {
    expect(await said({ token: made(token()), id: '1', prompt })).toBe('{}')
    expect(asked).toEqual([])
  })
})
