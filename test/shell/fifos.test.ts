// Root opens nothing but regular files: where a host has a FIFO in the place of each file that a question reads, every question comes to its end.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ownEngineAside } from '../../recipes/docker-engine/engine-aside.js'
import { engineService } from '../../recipes/docker-engine/service.js'
import { recipes } from '../../recipes/index.js'
import { allChecks, lookScript } from '../../src/doctor/examine.js'
import { factsSnippet } from '../../src/facts/gather.js'
import { resourcesOf } from '../../src/plan/assemble.js'
import { choose } from '../../src/recipe/choose.js'
import { decideFromFacts, type FactsFile } from '../../src/run/look.js'
import { framed } from '../../src/shell/frame.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { runIn, shells } from '../support/shells.js'

const folder = new URL('../facts/', import.meta.url)
const recorded = readdirSync(folder).map((file): FactsFile => JSON.parse(readFileSync(new URL(file, folder), 'utf8')))

/** All that is asked of any recorded host: its facts, what plans look at, what the doctor looks at. */
function questions(): Map<string, string> {
  const found = new Map<string, string>([
    ['facts', factsSnippet()],
    ['containers', engineService.running!],
    [
      'an engine that no package brought',
      ownEngineAside({
        own: {
          path: '/opt/docker/dockerd',
          version: '1',
          unit: '/etc/systemd/system/docker.service',
          running: true,
          byUnit: true,
        },
        why: '',
        init: 'systemd',
        manager: 'apt',
        install: [],
      }).inspect,
    ],
  ])
  for (const file of recorded) {
    try {
      const set = ['docker-engine.plugins=release', 'docker-daemon.config.log-driver=local', 'docker-group.users=root']
      for (const one of resourcesOf(decideFromFacts(file, choose(recipes, { set }))))
        if (one.inspect !== '') found.set(one.id, `${one.shared ?? ''}${one.inspect}`)
    } catch {
      // Not every recipe is for every machine.
    }
  }
  return found
}
const all = questions()
const doctor = (packageManager: 'apt' | 'dnf') => {
  const [{ facts }] = recorded as [FactsFile]
  return lookScript(
    allChecks(recipes),
    { facts: { ...facts, packageManager }, now: new Date(0), person: 'root' },
    'n0nce',
  )
}

/** Where a question reads a file: in each place that it names, with any file for a pattern; not what the system itself lives on. */
const places = [
  ...new Set(
    [...all.values(), doctor('apt'), doctor('dnf')].flatMap(
      (script) =>
        script.match(/\/(?:etc|run|var|usr\/(?:share|local|lib\/systemd)|boot)\/[A-Za-z0-9_.*/-]*[A-Za-z0-9*]/g) ?? [],
    ),
  ),
]
  .map((path) => path.replaceAll('*', 'x').replace(/^\/var\/run\//, '/run/'))
  .filter(
    (path) =>
      !/^\/var\/lib\/dpkg|^\/etc\/(passwd|group|shadow|nsswitch)|^\/run\/systemd\/system$|^\/(etc|run|var)\/[a-z]+$|\/(init|rc)\.d|^\/usr\/share\/zoneinfo/.test(
        path,
      ),
  )

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: nothing was a FIFO')

describe.runIf(canBePrivate).each(shells)('every file a FIFO, in $name', { timeout: 600_000 }, ({ command }) => {
  const given = `for folder in /opt /boot /usr/lib/systemd/system /usr/lib/systemd/journald.conf.d /usr/share; do if [ -d "$folder" ]; then mount -t tmpfs tmpfs "$folder"; fi; done
mkdir -p /run/doubles /run/systemd/system /opt/docker
for path in ${places.toSorted((a, b) => b.length - a.length).join(' ')}; do
  # A folder of others stays one.
  if [ -L "$path" ]; then rm "$path"; fi
  if [ ! -e "$path" ] && mkdir -p "\${path%/*}" 2>/dev/null; then mkfifo "$path"; fi
done
for name in apt-get apt-cache apt-mark apt-config dpkg dpkg-query rpm dnf systemctl docker dockerd modinfo journalctl; do printf '#!/bin/sh\\n' >/run/doubles/$name; done
chmod 0755 /run/doubles/*
PATH=/run/doubles:$PATH
`
  it('finds places to put them', () => {
    expect(places).toEqual(
      expect.arrayContaining([
        '/etc/docker/daemon.json',
        '/etc/os-release',
        '/run/docker.pid',
        '/etc/apt/sources.list.d/x.list',
        '/etc/yum.repos.d/x.repo',
        '/etc/systemd/system/x.service',
        '/etc/resolv.conf',
      ]),
    )
  })

  it('every question comes to its end', () => {
    const snippets = [...all].map(([id, script]) => ({ id, script }))
    const ended = runIn(command, `${given}${framed(snippets, 'n0nce')}`, {
      under: [...privately, 'timeout', '-s', 'KILL', '200'],
    })
    // They are asked one after the other.
    const last = ended.stdout.match(/n0nce begin .*/g)?.at(-1)
    expect(ended.stdout, `the last that was asked: ${last}\n${ended.stderr}`).toContain('n0nce complete')
  })

  it.each(['apt', 'dnf'] as const)('the doctor where %s is', (manager) => {
    const ended = runIn(command, `${given}${doctor(manager)}`, {
      under: [...privately, 'timeout', '-s', 'KILL', '100'],
    })
    expect(ended.stdout, ended.stderr).toContain('n0nce complete')
  })
})
