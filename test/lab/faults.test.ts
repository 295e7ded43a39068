// What a run survives, each fault while dpkg unpacks on the host. The table in docs/reliability.md is made of what this prints.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FitoutEvent } from '../../src/events.js'
import { run } from './command.js'
import { type Machine, type Mirror, startHost, startMirror, startVm } from './index.js'
import { applierOf, foldersOf, logOf, logOnHost, outcomeOf, type Running, unpacking } from './support/disturbed.js'
import { type Built, buildCli, type ErrorData } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let mirror: Mirror
let built: Built
let vm: Machine
/** The engine without its plugins, or with them: large packages that take a while to unpack, and no restart of Docker. */
let apply: (plugins?: 'none') => Running

beforeAll(async () => {
  built = await lab.with(buildCli())
  mirror = await lab.with(startMirror())
  await tryOn(startHost('debian13'))
})

/** Has the tests that follow run on a machine with Docker on it, without its plugins. */
async function tryOn(starting: Promise<Machine>): Promise<void> {
  vm = await lab.with(starting)
  const applier = applierOf(built, vm, mirror)
  // What is configured comes after the packages: something is left for who stops in between.
  const label = ['--set', 'docker-daemon.config.labels=["a=b"]']
  apply = (plugins) => applier('26.x', ...(plugins === undefined ? label : ['--set', 'docker-engine.plugins=none']))
  const first = apply('none')
  expect(await first.ended, first.stderr()).toBe(0)
  await vm.sh('sync')
  await vm.save('ready')
}

const seconds = (since: number) => Math.round((Date.now() - since) / 1000)
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Begins to bring the plugins, and waits until dpkg unpacks; `proof` is that line of the log, and what dpkg’s own log says then. */
async function installing(): Promise<{ first: Running; proof: string }> {
  await vm.restore('ready')
  const first = apply()
  const event = await first.until(unpacking)
  const { stdout } = await vm.sh('pgrep -x dpkg >/dev/null && tail -n 1 /var/log/dpkg.log')
  expect(stdout).toMatch(/ (status half-installed|status not-installed|status unpacked|install) /)
  return { first, proof: `${event.type === 'output' ? event.line : ''} | ${stdout.trim()}` }
}

/** One row of the table. */
function row(fault: string, proof: string, seen: string): void {
  console.log(`FAULT ${fault}\n  when  ${proof}\n  seen  ${seen}`)
}

/** What was wanted is there, whole; nothing is half-way, and nobody holds the lock. (`apply` itself ended with a look that left nothing.) */
async function expectConverged(): Promise<void> {
  const { stdout } = await vm.sh(`dpkg --audit
dpkg-query -W -f='\${db:Status-Abbrev}\n' docker-ce docker-ce-cli docker-buildx-plugin docker-compose-plugin
dpkg --verify docker-buildx-plugin docker-compose-plugin
systemctl is-active docker
ls /run/fitout`)
  const [...lines] = stdout.trim().split('\n')
  expect(lines.slice(0, 5)).toEqual(['ii', 'ii', 'ii', 'ii', 'active'].map((word) => expect.stringMatching(word)))
  expect(lines).not.toContain('lock')
}

/** Every byte of a run’s log came here, once; returns how many. */
async function expectWhole(events: readonly FitoutEvent[], folder = foldersOf(events)[0] ?? ''): Promise<number> {
  const here = logOf(events, folder)
  expect(here).toBe(await logOnHost(vm, folder))
  expect(here).toMatch(/^Unpacking docker-/m)
  return Buffer.byteLength(here)
}

/** It has come upon a run of another’s. */
const foundRun = (event: FitoutEvent) => event.type === 'run' && event.state === 'found'

const reconnects = ({ events }: Running) =>
  events.filter((event) => event.type === 'run' && event.state === 'reconnecting').length

/** Holds dpkg still in the midst of its work, or lets it go on. */
async function dpkgPaused(paused: boolean): Promise<void> {
  await vm.sh(`pkill -${paused ? 'STOP' : 'CONT'} -x dpkg`)
}

/** Writes a line of sshd’s configuration, has sshd read it, and ends every connection that there is. */
async function tightened(line: string): Promise<void> {
  const script = `echo '${line}' >/etc/ssh/sshd_config.d/00-tight.conf
systemctl reload ssh
pkill -9 -f '^sshd-session: '`
  await vm.sh(script, { check: false })
}

/** A connection that has not logged in, and does not. */
async function idleConnection(): Promise<Socket> {
  const socket = connect(vm.port, vm.host)
  socket.on('error', () => {})
  await Promise.race([new Promise((done) => socket.once('data', done)), sleep(10_000)])
  return socket
}

/** `fitout facts` of one machine under so many names at once. */
async function factsOf(names: number) {
  const folder = await mkdtemp(join(tmpdir(), 'fitout-aliases-'))
  const config = join(folder, 'config')
  const own = await readFile(vm.sshConfigFile, 'utf8')
  await writeFile(config, own.replaceAll(`${vm.name}-root`, 'alias*'))
  const aliases = Array.from({ length: names }, (_, index) => `alias${index}`)
  try {
    const args = [built.program, 'facts', '--ssh-config', config, ...aliases]
    return await run('node', args, { timeout: 300, check: false })
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('while dpkg unpacks', () => {
  it('the controller is killed', async () => {
    const { first, proof } = await installing()
    // The next one looks first, which takes longer than the rest of the unpacking.
    await dpkgPaused(true)
    first.child.kill('SIGKILL')
    expect(await first.ended).toBe(null)
    const began = Date.now()
    const second = apply()
    await second.until(foundRun)
    await dpkgPaused(false)
    expect(await second.ended, second.stderr()).toBe(0)
    const folder = foldersOf(first.events)[0]!
    expect(second.events.find(({ type }) => type === 'run')).toMatchObject({ state: 'found', folder })
    const bytes = await expectWhole(second.events, folder)
    // What the killed one had is how the log begins.
    expect((await logOnHost(vm, folder)).startsWith(logOf(first.events, folder))).toBe(true)
    row('killed', proof, `found, ended 0 after ${seconds(began)} s, ${bytes} bytes`)
    await expectConverged()
  })

  it('sshd goes, with all its connections, and comes back', async () => {
    const { first, proof } = await installing()
    const began = Date.now()
    await vm.sh(`systemd-run --quiet sh -c 'systemctl stop ssh; pkill -9 -f "^sshd"; sleep 20; systemctl start ssh'`, {
      check: false,
    })
    expect(await first.ended, first.stderr()).toBe(0)
    expect(reconnects(first)).toBeGreaterThan(0)
    const bytes = await expectWhole(first.events)
    row('sshd', proof, `reconnected ${reconnects(first)}, ended 0 ${seconds(began)} s after, ${bytes} bytes`)
    await expectConverged()
  })

  it('sshd lets three in at a time, the places are taken, and others come too (MaxStartups 3)', async () => {
    const { first, proof } = await installing()
    await tightened('MaxStartups 3')
    const began = Date.now()
    const idle = await Promise.all(Array.from({ length: 3 }, () => idleConnection()))
    const waited = sleep(15_000).then(() => {
      for (const socket of idle) socket.destroy()
    })
    await waited
    // Six names of one machine: all of them, and the one that comes back, stand before one door.
    const others = await factsOf(6)
    expect(others.code, others.stderr).toBe(0)
    expect(await first.ended, first.stderr()).toBe(0)
    expect(reconnects(first)).toBeGreaterThan(0)
    const bytes = await expectWhole(first.events)
    row('MaxStartups', proof, `reconnected ${reconnects(first)}, ended 0 ${seconds(began)} s after, ${bytes} bytes`)
    await expectConverged()
  })

  it('sshd opens one session for each connection, and Ctrl-C has to get through (MaxSessions 1)', async () => {
    const { first, proof } = await installing()
    const folder = foldersOf(first.events)[0]!
    await dpkgPaused(true)
    await tightened('MaxSessions 1')
    const began = Date.now()
    first.child.kill('SIGINT')
    await vm.sh(`timeout 120 sh -c 'until [ -e ${folder}/stop ]; do sleep 0.2; done'`)
    const heard = seconds(began)
    await dpkgPaused(false)
    expect(await first.ended, first.stderr()).toBe(130)
    const done = outcomeOf(first.events)
    expect(done).toMatchObject({
      outcome: 'interrupted',
      report: { notDone: [expect.stringContaining('daemon.json'), expect.anything()] },
    })
    const bytes = await expectWhole(first.events)
    const stopped = seconds(began)
    const second = apply()
    expect(await second.ended, second.stderr()).toBe(0)
    row(
      'MaxSessions',
      proof,
      `asked to stop ${heard} s after, ended 130 after its step, ${stopped} s after, ${bytes} bytes; the next apply ended 0`,
    )
    await expectConverged()
  })

  it('another controller holds the lock', async () => {
    const { first, proof } = await installing()
    const began = Date.now()
    // The others look first, which takes longer than the rest of the unpacking.
    await dpkgPaused(true)
    const [second, third] = [apply(), apply()]
    await Promise.all([second.until(foundRun), third.until(foundRun)])
    third.child.kill('SIGINT')
    expect(await third.ended, third.stderr()).toBe(130)
    await dpkgPaused(false)
    expect(first.child.exitCode).toBe(null)
    expect(outcomeOf(third.events)?.report.notes.join('\n')).toContain('the run continues on the host')
    expect(await first.ended, first.stderr()).toBe(0)
    expect(await second.ended, second.stderr()).toBe(0)
    expect(second.events.find(({ type }) => type === 'run')).toMatchObject({ state: 'found' })
    const who = `${userInfo().username}@${hostname()}`
    const says = second.events.find(
      (event) => event.type === 'note' && event.text.includes('another run is in progress'),
    )
    expect(says).toMatchObject({ text: expect.stringContaining(who) })
    const bytes = await expectWhole(first.events)
    expect(await expectWhole(second.events)).toBe(bytes)
    row('lock', proof, `second: found, ended 0 ${seconds(began)} s after; third: left; ${bytes} bytes in both`)
    await expectConverged()
  })

  it('its disk fills', async () => {
    const { first, proof } = await installing()
    // So that it is full before dpkg has done.
    await dpkgPaused(true)
    await vm.sh(
      'fallocate -l "$(df -B1 --output=avail / | tail -n 1)" /full; cat /dev/zero >/full.rest; df --output=avail / >&2',
      { check: false },
    )
    const began = Date.now()
    await dpkgPaused(false)
    expect(await first.ended).toBe(1)
    const error = outcomeOf(first.events)?.error as ErrorData | undefined
    const bytes = await expectWhole(first.events)
    const state = (await vm.sh('df -B1 --output=avail / | tail -n 1; dpkg --audit')).stdout
    row('disk', proof, `${seconds(began)} s after, ${bytes} bytes: ${JSON.stringify(error)} ${state}`)
    expect(error?.cause).toContain('a file system on the host is full')
    expect(error?.remedy).toContain('make room')
    await vm.sh('rm -f /full /full.rest')
    const second = apply()
    expect(await second.ended, second.stderr()).toBe(0)
    row('disk', proof, `then: ${outcomeOf(second.events)?.report.done.join('; ')}`)
    await expectConverged()
  })
})

// Its disk has only what it was told to keep, and its unpacking lasts.
describe('while dpkg unpacks on an emulated machine', () => {
  beforeAll(() => tryOn(startVm('debian13', { caching: 'safe' })))

  it('the network is away for a minute', async () => {
    const { first, proof } = await installing()
    await vm.link(false)
    const began = Date.now()
    await sleep(60_000)
    await vm.link(true)
    expect(await first.ended, first.stderr()).toBe(0)
    expect(reconnects(first)).toBeGreaterThan(0)
    const bytes = await expectWhole(first.events)
    row('link', proof, `reconnected ${reconnects(first)}, ended 0 ${seconds(began)} s after, ${bytes} bytes`)
    await expectConverged()
  })

  it('its power is cut', async () => {
    const { first, proof } = await installing()
    await vm.powerOff()
    const began = Date.now()
    await sleep(20_000)
    await vm.powerOn()
    const up = seconds(began)
    expect(await first.ended, first.stderr()).toBe(0)
    const [cut, next] = foldersOf(first.events)
    const notes = first.events.flatMap((event) => (event.type === 'note' ? [event.text] : []))
    expect(notes).toContain('the host restarted during the run: looking again and continuing')
    // What the disk had not taken yet is lost there, not here.
    const here = logOf(first.events, cut!)
    const there = (await logOnHost(vm, cut!)).replace(/\0+$/, '')
    expect(here.startsWith(there)).toBe(true)
    expect(here).toMatch(/^Unpacking docker-/m)
    await expectWhole(first.events, next!)
    const planned = first.events.flatMap((event) => (event.type === 'planned' ? [event.plan] : []))
    const titles = planned[1]!.changes.map(({ title, why }) => `${title} (${why})`)
    row(
      'power',
      proof,
      `ssh back ${up} s after the cut; then planned: ${titles.join('; ')}; ended 0 ${seconds(began)} s after the cut; ` +
        `log: ${here.length} bytes here, ${there.length} there`,
    )
    await expectConverged()
  })
})
