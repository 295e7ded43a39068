import { expect, test } from 'vitest'
import { showDiff, showPlan } from '../../../src/plan/show.js'
import { samePlans, showPlans } from '../../../src/plan/show-many.js'
import { unpainted } from '../../../src/text.js'
import { change, planOf, somePlan } from '../cli/stand-in.js'

test('a plan, whole', () => {
  expect(showPlan('web1', somePlan).join('\n')).toMatchInlineSnapshot(`
    "web1  Debian GNU/Linux 13 (trixie), amd64, systemd

      prepare
        + Configure Docker's package repository
            it is not configured

      packages
        + Install docker-ce 5:29.1.0-1
            it is not installed
            with containerd.io 2.1

      configure
        + Write /etc/docker/daemon.json
            it does not exist
            --- /etc/docker/daemon.json
            +++ /etc/docker/daemon.json
            @@ -0,0 +1,3 @@
            +{
            +  "log-driver": "local"
            +}
        + Add dev to the group docker
            it is not so

      effects
        ! restarts Docker: daemon.json changes
        ! dev has to log in anew before new groups count
          no container is running now

      notes
        - being in the group docker is as good as being root

      4 changes for web1."
  `)
})

test('nothing to change', () => {
  expect(showPlan('web1', planOf([])).join('\n')).toMatchInlineSnapshot(`
    "web1  Debian GNU/Linux 13 (trixie), amd64, systemd
      Nothing to change: docker-engine and docker-group are as wanted."
  `)
})

const nginx = { id: '3f2a91c04d1e8aa', name: 'web', image: 'nginx:1.27', restartPolicy: 'no' }
const base = { id: '77aa91c04d1e8aa', name: 'db', image: 'postgres:17', restartPolicy: 'always' }

test('containers that stop are listed with what becomes of them', () => {
  const plan = { ...somePlan, running: [nginx, base], stops: [nginx, base] }
  const text = showPlan('web1', plan).join('\n')
  expect(text).toContain('stops 2 running containers')
  expect(text).toContain('web (nginx:1.27, 3f2a91c04d1e): it stays down (restart policy no)')
  expect(text).toContain('it is started again')
})

test('containers that go on are listed too', () => {
  expect(showPlan('web1', { ...somePlan, running: [base] }).join('\n')).toContain('left running: 1 container')
  const reboot = { kind: 'needs-reboot', reason: 'nouveau holds the GPU' } as const
  const text = showPlan('web1', { ...somePlan, effects: [reboot], running: [base] }, { width: 120 }).join('\n')
  expect(text).toContain('! needs a reboot, which is asked for when all else is done: nouveau holds the GPU\n')
  expect(text).toContain('running now and stopped by the reboot: 1 container\n')
})

test('prose is wrapped, a diff is not', () => {
  const long = 'word '.repeat(40).trim()
  const lines = showPlan(
    'web1',
    planOf([change({ title: long, why: long, diff: `+${'x'.repeat(120)}` })], { notes: [long] }),
  )
  const wide = lines.filter((line) => line.length > 80)
  expect(wide).toEqual([`        +${'x'.repeat(120)}`])
})

test('what came from a host cannot steer the terminal', () => {
  const plan = planOf([change({ title: 'Write \x1b[2J', diff: '+\x1b]0;owned\x07' })], { notes: ['\u202eevil'] })
  const text = showPlan('web1', plan).join('\n')
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/)
  expect(text).toContain('\\x1b[2J')
})

test('a diff keeps every line', () => {
  expect(showDiff('--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n z\n', unpainted)).toEqual([
    '--- a',
    '+++ b',
    '@@ -1 +1 @@',
    '-x',
    '+y',
    ' z',
  ])
})

test('plans that read the same are shown once, with their hosts', () => {
  const one = planOf([change({ title: 'Add dev to the group docker' })])
  const other = planOf([change({ title: 'Write /etc/docker/daemon.json' })])
  const plans = ['h1', 'h2', 'odd', 'h3', 'h4', 'h5'].map((host) => ({ host, plan: host === 'odd' ? other : one }))
  expect(samePlans(plans).map(({ hosts }) => hosts)).toEqual([['h1', 'h2', 'h3', 'h4', 'h5'], ['odd']])
  expect(showPlans(plans).join('\n')).toMatchInlineSnapshot(`
    "5 hosts  Debian GNU/Linux 13 (trixie), amd64, systemd
      h[1-5]

      configure
        + Add dev to the group docker
            it is not so

      1 change for each of these 5 hosts.

    odd  Debian GNU/Linux 13 (trixie), amd64, systemd

      configure
        + Write /etc/docker/daemon.json
            it is not so

      1 change for odd.
    "
  `)
})
