import { basename, dirname } from 'node:path/posix'
import type { Facts } from '../../src/facts/facts.js'
import { managerCalled } from '../../src/packages/package-manager.js'
import type { Wanted } from '../../src/packages/wanted.js'
import { defineResource, type Resource } from '../../src/resource/resource.js'
import { quote, sh } from '../../src/shell/quote.js'
import { isOurs } from '../../src/undo/journal.js'
import daemonProcess from '../docker/daemon-process.sh'
import type { OwnEngine } from '../docker/facts.js'
import { notMoved } from '../docker/own-engine.js'
import { storesFunctions } from '../docker/stores.js'
import ownEngineScript from './engine-aside.sh'

/** The id of the resource below. */
export const ownEngineId = 'own-engine'

interface OwnEngineOptions {
  own: OwnEngine
  /** Why packages have to take its place. */
  why: string
  init: Facts['init']
  manager: Facts['packageManager']
  /** The packages that take its place: on the host before anything stops. */
  install: readonly Wanted[]
}

/** Values of flags that mean the same to the packages' service. */
const sameFlags = new Map([
  ['-H', ['fd://', 'unix://', 'unix:///var/run/docker.sock', 'unix:///run/docker.sock']],
  ['--host', ['fd://', 'unix://', 'unix:///var/run/docker.sock', 'unix:///run/docker.sock']],
  ['--containerd', ['/run/containerd/containerd.sock', '/var/run/containerd/containerd.sock']],
  ['--pidfile', ['/var/run/docker.pid', '/run/docker.pid']],
])

/** What a daemon's command says beyond what the packages' service says as well. */
export function flagsOfItsOwn(command: string): string[] {
  const words = command.split(/\s+/).filter(Boolean).slice(1)
  const found: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    const equals = word.startsWith('--') ? word.indexOf('=') : -1
    const name = equals === -1 ? word : word.slice(0, equals)
    const next = words[index + 1]
    const isSplit = equals === -1 && next !== undefined && !next.startsWith('-')
    if (isSplit) index++
    const value = equals === -1 ? (isSplit ? next : '') : word.slice(equals + 1)
    if (!sameFlags.get(name)?.includes(value)) found.push(isSplit ? `${word} ${next}` : word)
  }
  return found
}

function readSeen(text: string) {
  const all = (word: string) => [...text.matchAll(new RegExp(`^${word} (.*)$`, 'gm'))].map((found) => found[1]!.trim())
  const files = text.matchAll(/^(unit|file) ([0-9a-f]{64}) (\/.*)$/gm)
  return {
    command: all('command')[0],
    /** In the order in which they are put aside. */
    files: [...files].map(([, kind, sum, path]) => ({ kind: kind!, sum: sum!, path: path! })),
    links: all('link'),
    environments: all('environment'),
    images: all('images')[0],
    namespaces: [...new Set(all('namespace'))],
    /** Whether the script of a plan finds a client, to ask which containers run. */
    hasClient: !/^no-client$/m.test(text),
    /** Containers that would go on without their engine. */
    liveRestore: all('live-restore').length,
  }
}
type Seen = ReturnType<typeof readSeen>

/** Why it is not moved, and what helps. */
type Refusal = [cause: string, remedy: string] | undefined

/** Something else than its owner’s hand brought it. */
function notOurs(seen: Seen, own: OwnEngine): Refusal {
  const [link] = seen.links
  const remedy = 'remove this engine the way it came'
  if (link !== undefined) return [`${link} is a link, so something else put it there`, remedy]
  const foreign = [own.path, ...seen.files.map(({ path }) => path)].find((path) => !isOurs(path))
  if (foreign === undefined && basename(own.path) === 'dockerd') return undefined
  const cause = `fitout does not put ${foreign ?? own.path} aside, which is another package manager’s or has a place of its own`
  return [cause, remedy]
}

/** The packages would not have what it has, or other programs live on parts of it. */
function wouldLose(seen: Seen, own: OwnEngine, init: Facts['init']): Refusal {
  if (own.running && !own.byUnit && init === 'systemd')
    return [
      'it was started by hand, and nothing could start it like that again',
      'stop it yourself (`pgrep -ax dockerd` shows its process), then run fitout again',
    ]
  const flags = seen.command === undefined ? [] : flagsOfItsOwn(seen.command)
  if (flags.length > 0)
    return [
      `it is started with ${flags.join(' ')}, which the packages’ service does not pass`,
      'write that into /etc/docker/daemon.json in place of the flag, restart Docker and run fitout again',
    ]
  if (seen.images !== undefined)
    return [
      `its images and containers are in the containerd that it starts itself (${seen.images}), and the packages’ containerd does not read that folder`,
      'save the images (`docker save`), stop it, put it aside yourself and load them again',
    ]
  const hasContainerd = seen.files.some(({ path }) => basename(path) === 'containerd')
  if (hasContainerd && seen.namespaces.length > 0)
    return [
      `the containerd beside it runs containers of ${seen.namespaces.join(', ')}, too, which are not Docker’s`,
      'move those first',
    ]
  if (!seen.hasClient)
    return [
      'no docker client is in PATH, so nobody says which containers would stop',
      `link it: \`ln -s ${dirname(own.path)}/docker /usr/local/bin/docker\`, then run fitout again`,
    ]
  if (seen.liveRestore === 0) return undefined
  return [
    'with live-restore its containers would go on running without any engine, because the packages’ one cannot take them over',
    'stop the containers, or set "live-restore" to false and reload Docker (`--set docker-daemon.config.live-restore=false`), then run fitout again',
  ]
}

/**
 * An engine that no package brought is put aside, so that packages take its place over the same data folder and daemon.json: it stops, and
 * its units and programs are kept in the folder of the run, where `undo` finds them.
 *
 * @throws FitoutError from `plan` if the packages would not have its data, or other programs live on parts of it.
 */
export function ownEngineAside({ own, why, init, manager, install }: OwnEngineOptions): Resource {
  const { shell } = managerCalled(manager)
  return defineResource<Seen>({
    id: ownEngineId,
    inspect: `own_path=${quote(own.path)}\nown_unit=${quote(own.unit ?? '')}\n${shell.ownerOf}\n${daemonProcess}${storesFunctions}${ownEngineScript}`,
    read: ({ text }) => readSeen(text),
    // Of a host of which only facts are known nobody knows the sums.
    assume: () => {
      const daemon = { kind: 'file', path: own.path, sum: '' }
      const unit = own.unit === undefined ? [] : [{ kind: 'unit', path: own.unit, sum: '' }]
      return { ...readSeen(''), files: [...unit, daemon] }
    },
    plan: (seen) => {
      const units = seen.files.filter(({ kind }) => kind === 'unit')
      const binaries = seen.files.filter(({ kind }) => kind === 'file')
      const daemon = seen.files.find(({ path }) => path === own.path)
      const refusal = notOurs(seen, own) ?? (daemon && wouldLose(seen, own, init))
      if (refusal !== undefined) throw notMoved(own, why, ...refusal)
      if (daemon === undefined) return undefined
      const names = units.map(({ path }) => basename(path)).join(', ')
      return {
        resource: ownEngineId,
        stage: 'packages',
        title: `Put the Docker Engine in ${own.path} aside`,
        why,
        details: [
          ...(names !== '' ? [`stop and disable ${names}`] : own.running ? ['stop it'] : []),
          ...seen.files.map(({ path }) => `put aside ${path}`),
          'copies stay in the folder of the run, and `fitout undo` brings them back',
          'its data folder and /etc/docker/daemon.json stay where they are: the packages use them',
          ...seen.environments.map((path) => `variables that ${path} sets are not taken over`),
        ],
        script: [
          sh`if engine_is_there ${own.path} ${daemon.sum}; then`,
          // What cannot be fetched or copied fails before anything stops.
          shell.download(install),
          ...seen.files.map(({ path }) => sh`keep ${path}`),
          'note_containers',
          ...units.map(({ path, sum }) => sh`retire_unit ${path} ${sum}`),
          'end_engine',
          ...binaries.map(({ path, sum }) => sh`drop_file ${path} ${sum}`),
          'hash -r',
          'fi',
        ].join('\n'),
        effects: own.running
          ? [
              {
                kind: 'restarts-docker',
                reason: `the Docker Engine in ${own.path} stops, and the packages’ one starts`,
              },
            ]
          : [],
      }
    },
  })
}
