import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import { named } from '../../../src/fleet/expression.js'
import { parseFleet } from '../../../src/fleet/fleet-file.js'
import { targetOf } from '../../../src/fleet/opening.js'
import { someRecipes } from '../cli/stand-in.js'

const fleet = parseFleet(
  `
defaults: { ssh: { user: ops } }
groups: { gpu: , web: , none: }
hosts:
  gpu-[01-03].lab: { groups: [gpu], ssh: { address: "10.0.0.[1-3]", identityFile: [keys/a, ~/b] } }
  web1: { groups: [web], ssh: { port: 2222, proxyJump: gate } }
  web2: { groups: [web] }
  local:
`,
  '/etc/fleet/fitout.yaml',
  someRecipes,
)
const nobody = async () => false
const names = async (...words: string[]) =>
  (await named(words, { fleet, reachable: nobody })).map(({ name }) => name.replace('.lab', ''))

test.each([
  ['all', 'gpu-01 gpu-02 gpu-03 web1 web2 local'],
  ['gpu', 'gpu-01 gpu-02 gpu-03'],
  ['web gpu', 'web1 web2 gpu-01 gpu-02 gpu-03'],
  ['web1,gpu', 'web1 gpu-01 gpu-02 gpu-03'],
  ['gpu !gpu-02.lab', 'gpu-01 gpu-03'],
  ['!web all,!local', 'gpu-01 gpu-02 gpu-03'],
  ['gpu-*', 'gpu-01 gpu-02 gpu-03'],
  ['gpu-0?.lab !*3*', 'gpu-01 gpu-02'],
  ['gpu-[02-03].lab', 'gpu-02 gpu-03'],
  ['gpu-[01,03].lab,web1', 'gpu-01 gpu-03 web1'],
  ['web1 web1 web', 'web1 web2'],
  ['ada@web1:99 stranger.example [2001:db8::1]:22', 'ada@web1:99 stranger.example [2001:db8::1]:22'],
  ['ada@web1 web2 !web1', 'web2'],
  ['local', 'local'],
])('%s', async (words, expected) => expect((await names(...words.split(' '))).join(' ')).toBe(expected))

test.each([
  ['!web', "'all,!web'"],
  ['web !web', 'leaves no host'],
  ['none', 'leaves no host'],
  ['db*', 'matches no host'],
  ['all !db*', 'matches no host'],
  ['wep1', 'did you mean `web1`?'],
  ['all,!gpu-1.lab', 'did you mean `gpu-01.lab`?'],
  ['gpus', 'did you mean `gpu`?'],
  ['gpu-[3-1].lab', 'backwards'],
  ['web1 b@c!', 'cannot be'],
])('%s is refused', async (words, why) => {
  await expect(
    names(...words.split(' ')).catch((error) => Promise.reject(new Error(`${error.why} ${error.remedy}`))),
  ).rejects.toThrow(why)
})

test('a word that looks mistyped is a plain host where SSH knows it', async () => {
  const asked: string[] = []
  const reachable = async (name: string) => asked.push(name) > 0
  const [only] = await named(['web3', 'elsewhere'], { fleet, reachable })
  expect([only?.name, only?.host, asked]).toEqual(['web3', undefined, ['web3']])
})

test('without a fleet file: commas part plain names; all and patterns say what is missing', async () => {
  const plain = await named(['a,b', 'c'], { reachable: nobody })
  expect(plain.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  for (const word of ['all', 'web*'])
    await expect(named([word], { reachable: nobody })).rejects.toThrow('there is none here')
})

test('targets: the command line before the host, the host before the rest; paths start from the file', async () => {
  const targets = async (...words: string[]) =>
    (await named(words, { fleet, reachable: nobody })).map((one) => targetOf(one, fleet))
  const [gpu, web, other, me] = await targets('gpu-02.lab', 'web1', 'ada@web1:99', 'local')
  expect(gpu).toMatchObject({ name: 'gpu-02.lab', host: '10.0.0.2', user: 'ops' })
  expect(gpu).toHaveProperty('identityFiles.0', '/etc/fleet/keys/a')
  expect(gpu).toHaveProperty('identityFiles.1', expect.stringMatching(/^\/.*\/b$/))
  expect(web).toEqual({ kind: 'ssh', name: 'web1', host: 'web1', user: 'ops', port: 2222, proxyJump: 'gate' })
  expect(other).toEqual({ kind: 'ssh', name: 'ada@web1:99', host: 'web1', user: 'ada', port: 99, proxyJump: 'gate' })
  expect(me).toEqual({ kind: 'local', name: 'local' })
})

test('whatever the words, there is an answer or a refusal, and a host that is left out is never in it', async () => {
  const word = fc.oneof(
    fc.constantFrom('all', 'gpu', 'web', 'web1', 'gpu-0?.lab', '*', '[1-99999]', 'ada@web2', 'local', ','),
    fc.string({ maxLength: 12 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (words) => {
      try {
        const found = await named([...words, '!web'], { fleet, reachable: nobody })
        expect(found.filter(({ host }) => host?.groups.includes('web'))).toEqual([])
      } catch (error) {
        if (!(error instanceof FitoutError) || error.exitCode !== 64) throw error
      }
    }),
    { numRuns: 500 },
  )
})
