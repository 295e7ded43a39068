import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { run } from './command.js'
import { type Fleet, startFleet } from './index.js'
import { type Built, buildCli } from './support/fitout.js'
import { newLab } from './support/lab.js'
import { TmuxSession } from './support/tmux.js'

// A real sshd, a real sudo with a password, a real change; what needs systemd and Docker is in wizard.test.ts.
const lab = newLab()
let fleet: Fleet
let built: Built
let home: string
let terminal: TmuxSession | undefined

beforeAll(async () => {
  home = await lab.folder('light')
  ;[fleet, built] = await Promise.all([lab.with(startFleet(1)), lab.with(buildCli())])
  await fleet.onAll(`useradd -m -s /bin/bash dev && echo dev:lab | chpasswd
mkdir -m 700 /home/dev/.ssh && cp /root/.ssh/authorized_keys /home/dev/.ssh/ && chown -R dev: /home/dev/.ssh
printf 'dev ALL=(ALL:ALL) ALL\\nDefaults:dev !lecture\\n' >/etc/sudoers.d/dev && chmod 440 /etc/sudoers.d/dev
# There is no network: nobody is asked, and nobody waits, neither sudo for who this host is.
echo "127.0.0.1 download.docker.com $(uname -n)" >>/etc/hosts
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*`)
  await mkdir(join(home, '.ssh'), { mode: 0o700 })
  await writeFile(
    join(home, '.ssh/config'),
    `Host box
  HostName ${fleet.hosts[0]!.address}
  User dev
  IdentityFile ${fleet.keyFile}
  UserKnownHostsFile ${fleet.knownHostsFile}
`,
  )
})
afterEach(() => {
  terminal?.end()
  terminal = undefined
})

async function onBox(script: string): Promise<string> {
  const options = ['-F', join(home, '.ssh/config'), '-o', 'User=root', 'box', script]
  return (await run('ssh', options, { timeout: 60 })).stdout
}

const state = () =>
  onBox('find /etc /var/lib -xdev -type f -exec sha256sum {} + | sort -k 2; ls -a /tmp /var/tmp /run/fitout 2>&1; true')

/** To the plan for the group docker and nothing else. */
async function toThePlan(person?: string): Promise<TmuxSession> {
  const env = { HOME: home, XDG_STATE_HOME: join(home, 'state'), SSH_AUTH_SOCK: undefined, FITOUT_FLEET: undefined }
  const session = new TmuxSession(['node', built.program], { folder: home, env })
  terminal = session
  await session.asked(/This machine: \S[\s\S]*What is to be fitted out\?/, 60)
  session.press('Down', 'Enter')
  await session.asked(/Which machine\?[\s\S]*> box/, 60)
  session.press('Enter')
  await session.asked(/sudo password/i, 60)
  session.type('lab')
  session.press('Enter')
  await session.until(/Recipes: /, 120)
  for (let step = 0; step < 10 && !/^> Recipes/m.test(session.text); step++) {
    session.press('Down')
    await new Promise((done) => setTimeout(done, 300))
  }
  session.press('Enter')
  await session.until(/What is to be there\?/)
  // Only docker-group: what is ticked above and below it goes.
  for (let step = 0; step < 20; step++) {
    const ticked = session.lines().findIndex((line) => /^[> ] \[x\] /.test(line) && !line.includes('docker-group:'))
    if (ticked === -1) break
    if (/^> \[x\] (?!docker-group:)/.test(session.lines().find((line) => line.startsWith('>')) ?? ''))
      session.press('Space')
    else session.press('Down')
    await new Promise((done) => setTimeout(done, 300))
  }
  session.press('Enter')
  await session.until(/Recipes: docker-group\n/)
  if (person !== undefined) {
    session.press('Down', 'Down', 'Enter')
    await session.until(/Who may use Docker/)
    session.press('Down', 'Down', 'Enter')
    await session.asked(/names with commas/)
    session.type(person)
    session.press('Enter')
    await session.until(new RegExp(`Docker without sudo: ${person}`))
  }
  session.press('Enter')
  await session.until(/Yes, do it now|Yes, run the trials/, 120)
  return session
}

it('quitting at the plan, with root at hand, leaves the host as it was', async () => {
  const before = await state()
  for (const [key, status] of [
    ['C-c', 130],
    ['q', 0],
  ] as const) {
    const session = await toThePlan()
    session.press(key)
    expect(await session.ended()).toBe(status)
    expect(session.text).toMatch(/\nfitout: nothing was changed\n/)
    session.end()
  }
  expect(await state()).toBe(before)
})

it('from the first question to a change through sudo, which asks for its password once', async () => {
  const session = await toThePlan()
  expect(session.lines({ all: true }).join('\n')).toMatch(/\+ Add dev to the group docker/)
  session.press('Enter')
  await session.asked(/Keep these choices/, 120)
  const all = session.lines({ all: true, whole: true }).join('\n')
  expect(all).toMatch(/box is as wanted now/)
  expect(all).toMatch(/The same again in one line:\n {2}fitout apply --only docker-group box\n/)
  expect(all).not.toMatch(/sudo password/i)
  session.press('Escape')
  expect(await session.ended()).toBe(0)
  expect(session.text).toMatch(/fitout: no fleet file was written/)
  expect(await onBox('id -nG dev')).toMatch(/\bdocker\b/)
  expect(await onBox('ls /var/lib/fitout/runs')).toMatch(/^\d{8}T\d{6}-/)
})
