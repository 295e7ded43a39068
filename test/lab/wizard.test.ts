import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { run } from './command.js'
import { type Mirror, type Registry, startMirror, startRegistry, startVm, type Vm } from './index.js'
import { type Built, buildCli } from './support/fitout.js'
import { newLab } from './support/lab.js'
import { pictureOf } from './support/picture.js'
import { stateOf } from './support/state.js'
import { TmuxSession } from './support/tmux.js'

/** With FITOUT_PICTURES=1 the screens of this run become the pictures of docs/wizard.md. */
const pictures = process.env.FITOUT_PICTURES ? fileURLToPath(new URL('../../docs/images/', import.meta.url)) : undefined

const lab = newLab()
let mirror: Mirror
let registry: Registry
let built: Built
let vm: Vm
let home: string
let terminal: TmuxSession | undefined

beforeAll(async () => {
  built = await lab.with(buildCli())
  mirror = await lab.with(startMirror())
  registry = await lab.with(startRegistry())
  vm = await lab.with(startVm('debian13', { name: 'web1' }))
  // Nobody but the lab is asked for anything: Docker’s own repository does not answer here.
  await vm.sh('echo 127.0.0.1 download.docker.com registry-1.docker.io >>/etc/hosts')
  home = await lab.folder('wizard')
  await mkdir(join(home, '.ssh'), { mode: 0o700 })
  await copyFile(vm.sshConfigFile, join(home, '.ssh/config'))
  await copyFile(mirror.keyFile, join(home, 'mirror.asc'))
})
afterEach(() => {
  terminal?.end()
  terminal = undefined
})

/** The wizard in a terminal of 80 by 24, for a person whose home has only an ssh_config. */
function start(env: Record<string, string> = {}): TmuxSession {
  const own = { HOME: home, XDG_STATE_HOME: join(home, 'state'), SSH_AUTH_SOCK: undefined, FITOUT_FLEET: undefined }
  terminal = new TmuxSession(['node', built.program], { folder: home, env: { ...own, ...env } })
  return terminal
}

async function keep(session: TmuxSession, name: string, title: string): Promise<void> {
  if (pictures === undefined) return
  // What is being painted stands still for a moment.
  await new Promise((done) => setTimeout(done, 500))
  await mkdir(pictures, { recursive: true })
  const picture = pictureOf(session.coloured(), { title, columns: 80, rows: 24 })
  await writeFile(join(pictures, `wizard-${name}.svg`), picture)
}

/** Answers a question for a text. */
async function type(session: TmuxSession, question: RegExp, text: string): Promise<void> {
  await session.asked(question)
  session.type(text)
  await session.asked(new RegExp(text.slice(0, 20).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')))
  session.press('Enter')
}

/** Points at a choice and takes it. */
async function choose(session: TmuxSession, choice: string): Promise<void> {
  for (let step = 0; step < 30; step++) {
    if (session.lines().some((line) => line.startsWith(`> ${choice}`))) {
      session.press('Enter')
      return
    }
    // A busy machine takes its time: keys that are on their way would choose something else.
    const before = session.text
    session.press('Down')
    for (let wait = 0; wait < 100 && session.text === before; wait++) await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`there is no ${choice}:\n${session.text}`)
}

/** From the first screen to the proposal for the machine, with the sudo password. */
async function reach(session: TmuxSession): Promise<void> {
  await session.until(/This machine: \S[\s\S]*What is to be fitted out\?/)
  await keep(session, 'first', 'The first question: this machine, another one, or a fleet file')
  await choose(session, 'Another machine')
  await session.until(/Which machine\?[\s\S]*web1-root/)
  await keep(session, 'hosts', 'Hosts that SSH knows, or any other')
  session.type('web1')
  await session.asked(/web1\n[\s\S]*from ~\/\.ssh\/config/)
  session.press('Enter')
  await session.asked(/sudo password/i, 120)
  session.type('lab')
  session.press('Enter')
  await session.until(/Go on with this\?/, 240)
}

/** The lab’s mirror and registry, as advanced settings. */
async function useMirror(session: TmuxSession): Promise<void> {
  await choose(session, 'Advanced settings')
  await session.until(/Settings of which recipe/)
  await choose(session, 'docker-engine')
  await session.until(/Which setting of docker-engine/)
  await choose(session, 'mirror: ')
  await type(session, /docker-engine\.mirror\?/, mirror.url)
  await session.until(/Which setting of docker-engine/)
  await choose(session, 'mirrorKey: ')
  await type(session, /docker-engine\.mirrorKey\?/, `mirror.asc:${mirror.fingerprint}`)
  await session.until(/Which setting of docker-engine/)
  session.press('Escape')
  await session.until(/Settings of which recipe/)
  await choose(session, 'docker-daemon')
  await session.until(/Which setting of docker-daemon/)
  await choose(session, 'config: ')
  await type(session, /docker-daemon\.config\?/, `registry-mirrors=["${registry.mirrorUrl}"]`)
  await session.until(/Which setting of docker-daemon/)
  session.press('Escape')
  await session.asked(/Settings of which recipe/)
  session.press('Escape')
  await session.until(/Settings have changed/)
}

it('looks at a machine over SSH, proposes, and changes nothing wherever one quits', async () => {
  const before = await stateOf(vm)
  const session = start()
  await reach(session)
  expect(session.text).toMatch(/web1: Debian GNU\/Linux 13 \(trixie\), amd64, systemd/)
  expect(session.text).toMatch(/no Docker Engine, no NVIDIA GPU, .* GiB of memory/)
  expect(session.text).toMatch(/Docker without sudo: dev/)

  await choose(session, 'Recipes: ')
  await session.asked(/What is to be there\?/)
  expect(session.text).toMatch(/- nvidia-driver: /)
  await keep(session, 'recipes', 'Recipes; those that make no sense on this machine cannot be ticked')
  session.press('Escape')
  await session.until(/Go on with this\?/)

  // The plan, no, and the plan again, at once: nothing has changed since.
  await choose(session, 'Go on')
  await session.until(/> Yes, do it now/, 240)
  await choose(session, 'No, back')
  await session.until(/Go on with this\?/)
  await choose(session, 'Go on')
  await session.until(/> Yes, do it now/)
  session.press('q')
  expect(await session.ended()).toBe(0)
  expect(session.text).toMatch(/\nfitout: nothing was changed\n/)
  expect(await stateOf(vm)).toBe(before)
  expect((await vm.sh('ls -d /var/lib/fitout', { check: false })).code).not.toBe(0)
})

it('goes from the first screen to hello-world, with a version that the repository offers, and keeps it in a fleet file', async () => {
  const session = start()
  await reach(session)
  await useMirror(session)
  await choose(session, 'Version of Docker')
  await session.until(/Which version of Docker\?/, 240)
  expect(session.text).toMatch(/The newest: 28\.5\.2/)
  expect(session.text).toMatch(/26: 26\.1\.5/)
  expect(session.text).toMatch(/20: 20\.10\.24/)
  await keep(session, 'version', 'Versions of Docker that the repository offers')
  await choose(session, '28: ')
  await session.until(/Version of Docker: \^28/)
  await choose(session, 'Go on')
  await session.until(/> Yes, do it now/, 240)
  expect(session.lines({ all: true }).join('\n')).toContain('docker-ce 5:28.5.2-1~debian.13~trixie')
  await keep(session, 'plan', 'The end of the plan, and the question')
  session.press('Escape')
  await session.until(/would change/)
  await keep(session, 'proposal', 'What was found, what is proposed, and what can be chosen')
  await choose(session, 'Go on')
  await session.until(/> Yes, do it now/)
  session.press('Enter')
  await session.until(/Install docker-ce/, 240)
  // Not while it fetches: a picture is not to name the archive that this machine is set up with.
  await session.until(/ › (Unpacking|Selecting|Setting up|Preparing)/, 240)
  await keep(session, 'applying', 'Applying, step by step')
  await session.until(/Keep these choices/, 1500)
  // Prose is wrapped at the terminal’s width.
  const all = session.lines({ all: true }).join('\n').replace(/\s+/g, ' ')
  expect(all).toMatch(/passed \(dev, through a second login\)/)
  expect(all).toMatch(/printed “Hello from Docker!”/)
  expect(all.match(/sudo password/gi) ?? []).toEqual([])
  await keep(session, 'done', 'Done and proven: the trials, and the one-line command')
  await choose(session, 'Yes, write a fleet file')
  await session.until(/Write it to which file\?[\s\S]*fitout\.yaml/)
  session.press('Enter')
  expect(await session.ended(), session.text).toBe(0)
  expect((await vm.sh('docker run --rm hello-world', { user: 'dev' })).stdout).toContain('Hello from Docker!')
  expect((await vm.sh("docker version --format '{{.Server.Version}}'")).stdout).toMatch(/^28\.5\.2/)

  // The one line and the file do the same again: nothing is left to change.
  const screen = session.lines({ all: true, whole: true }).join('\n')
  const words = /The same again in one line:\n +(.*)/.exec(screen)?.[1] ?? ''
  expect(words).toMatch(/^fitout apply --set docker-engine\.mirror=/)
  const shell = (command: string) =>
    run('sh', ['-c', `fitout() { node '${built.program}' "$@"; }; ${command}`], {
      cwd: home,
      timeout: 600,
      check: false,
      env: { ...process.env, HOME: home, XDG_STATE_HOME: join(home, 'state') },
    })
  await vm.sh('echo "dev ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/zz-dev')
  const again = await shell(words.replace('fitout apply', 'fitout apply --yes'))
  expect(again.stderr).toBe('')
  expect(again.stdout).toMatch(/nothing had to change/)
  const file = await readFile(join(home, 'fitout.yaml'), 'utf8')
  expect(file).toMatch(/web1:\n {4}set:\n {6}docker-engine:/)
  const kept = await shell('fitout plan web1')
  expect(kept.stdout).toMatch(/Nothing to change/)
  expect(kept.code).toBe(0)
}, 2_400_000)

it('asks in plain lines for a screen reader, and moves no cursor', async () => {
  const session = start({ FITOUT_PLAIN: '1' })
  const answers: [RegExp, string][] = [
    [/What is to be fitted out\?[\s\S]*quit \(Enter for 1\): $/, '2'],
    [/Which machine\?[\s\S]*b for back, q to quit: $/, 'web1'],
    [/Go on with this\?[\s\S]*quit \(Enter for 1\): $/, '1'],
    [/Nothing is left to change[\s\S]*: $|Yes, do it now[\s\S]*: $/, 'q'],
  ]
  for (const [question, answer] of answers) {
    const end = Date.now() + 240_000
    while (!question.test(`${session.lines({ all: true, whole: true }).join('\n').trimEnd()} `)) {
      if (Date.now() > end) throw new Error(`${question} did not appear:\n${session.text}`)
      await new Promise((done) => setTimeout(done, 200))
    }
    session.type(answer)
    session.press('Enter')
  }
  expect(await session.ended()).toBe(0)
  expect(session.coloured({ all: true }).join('\n')).not.toContain('\x1b')
})
