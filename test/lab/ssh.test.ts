import { beforeAll, describe, expect, it } from 'vitest'
import { type Mirror, type Registry, startMirror, startRegistry, startVm, type Vm } from './index.js'
import { type Built, buildCli, fromMirror } from './support/fitout.js'
import { newLab } from './support/lab.js'
import { type Answer, onTerminal } from './support/terminal.js'

/** Unlike the lab's own password this one can be searched for: it must appear nowhere. */
const password = 'Wal-Fisch-73'

const lab = newLab()
let mirror: Mirror
let registry: Registry
let built: Built
let vm: Vm

beforeAll(async () => {
  built = await lab.with(buildCli())
  mirror = await lab.with(startMirror())
  registry = await lab.with(startRegistry())
  vm = await lab.with(startVm('debian13'))
  await vm.sh(`echo dev:${password} | chpasswd`)
})

const screens: string[] = []

/** The command line, on a terminal, as a person who logs in as dev and has a sudo password. */
async function fitout(command: string, options: string[] = [], answers: Answer[] = []) {
  const ended = await onTerminal(
    [
      'node',
      built.program,
      command,
      ...['--ssh-config', vm.sshConfigFile],
      ...fromMirror(mirror),
      ...['--set', `docker-daemon.config.registry-mirrors=["${registry.mirrorUrl}"]`],
      ...options,
      vm.name,
    ],
    [{ when: /sudo password/i, type: password }, ...answers],
  )
  screens.push(ended.screen)
  // Lines are wrapped at the terminal's width.
  return { ...ended, screen: ended.screen.replace(/\s+/g, ' ') }
}

const installed = async (name: string) =>
  (await vm.sh(`dpkg-query -W -f='\${Version}' ${name}`)).stdout.split(':').at(-1)

describe('smoke: over SSH, as somebody with a sudo password, from fresh to hello-world', () => {
  it('plan says what would change, and changes nothing', async () => {
    const before = (await vm.sh('dpkg-query -W; find /etc -type f -exec sha256sum {} +')).stdout
    const { code, screen } = await fitout('plan')
    expect(screen).toContain('docker-ce 5:28.5.2-1~debian.13~trixie')
    expect(screen).toMatch(/as good as root/)
    expect(code).toBe(2)
    expect((await vm.sh('dpkg-query -W; find /etc -type f -exec sha256sum {} +')).stdout).toBe(before)
    expect((await vm.sh('ls /var/tmp; ls -d /var/lib/fitout', { check: false })).stdout).not.toMatch(/fitout/)
  })

  it('apply asks, does it, and proves it through a second login', async () => {
    const { code, screen } = await fitout('apply', [], [{ when: /Make these .*changes/i, type: 'y' }])
    expect(screen).toMatch(/passed \(dev, through a second login\)/)
    expect(screen).toMatch(/container [0-9a-f]{12} printed “Hello from Docker!”/)
    expect(screen).toMatch(/docker compose up and down/)
    expect(screen).toMatch(/docker build/)
    expect(code).toBe(0)
    expect(await installed('docker-ce')).toMatch(/^28\.5\.2/)
  })

  it('afterwards nothing is left to change, and verify agrees', async () => {
    expect((await fitout('plan')).code).toBe(0)
    const verified = await fitout('verify')
    expect(verified.screen).toMatch(/passed \(dev/)
    expect(verified.code).toBe(0)
  })

  it('a new login runs containers without sudo', async () => {
    const { stdout } = await vm.sh('docker run --rm hello-world', { user: 'dev' })
    expect(stdout).toContain('Hello from Docker!')
  })

  it('the password is on no screen, in no log, no record', async () => {
    expect(screens.join('\n')).not.toContain(password)
    const { code } = await vm.sh(
      `{ journalctl --no-pager; cat /var/lib/fitout/runs/*/*; } 2>/dev/null | grep -qF -e ${password}`,
      { check: false },
    )
    expect(code).toBe(1)
  })
})

describe('versions', () => {
  const options = (version: string) => ['--yes', '--skip', 'hello-world', '--set', `docker-engine.version=${version}`]

  it('a range below what is installed is a downgrade, and said so', async () => {
    const { code, screen } = await fitout('apply', options('^26'))
    expect(screen).toMatch(/DOWNGRADE docker-ce 5:28\.5\.2-1~debian\.13~trixie -> 5:26\.1\.5-1~debian\.13~trixie/)
    expect(code).toBe(0)
    expect([await installed('docker-ce'), await installed('docker-ce-cli')]).toEqual([
      expect.stringMatching(/^26\.1\.5/),
      expect.stringMatching(/^26\.1\.5/),
    ])
  })

  it('without a version the older one is right', async () => {
    expect((await fitout('plan')).code).toBe(0)
  })

  it('latest upgrades', async () => {
    expect((await fitout('apply', options('latest'))).code).toBe(0)
    expect(await installed('docker-ce')).toMatch(/^28\.5\.2/)
    expect((await vm.sh('docker version --format "{{.Server.Version}}"')).stdout.trim()).toMatch(/^28\.5\.2/)
  })
})
