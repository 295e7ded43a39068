import { expect, test } from 'vitest'
import { KeptHosts } from '../../../../src/cli/wizard/kept-hosts.js'
import { RunMemory } from '../../../../src/host/memory.js'
import { Redactor } from '../../../../src/redact.js'

test('a key that was not trusted is asked about again at the next look; one that was is not', async () => {
  const output = { write: () => undefined }
  const kept = new KeptHosts({
    io: { stdin: {}, stdout: output, stderr: output, env: {} },
    secrets: new Redactor(),
  })
  const { decisions } = RunMemory.of(kept.person({}))
  decisions.set('refused', Promise.resolve(false))
  decisions.set('trusted', Promise.resolve(true))
  kept.person({})
  await new Promise((done) => setImmediate(done))
  expect([...decisions.keys()]).toEqual(['trusted'])
})
