import type { LookAnswer } from '../../src/doctor/answer.js'
import { listed } from '../../src/text.js'
import { unitOf } from './checks/engine-state.js'

/** A unit without which docker.service cannot start. */
export interface Blocker {
  unit: string
  /** `docker.socket is masked` */
  text: string
  /** The lines that show it. */
  evidence: readonly string[]
  /** The commands that take it out of the way; none would not do. */
  commands: readonly string[]
  /** It may be gone without them: packages lift it when they come back, or systemd has not read yet what is on the disk. */
  mayPass: boolean
}

/**
 * The units that keep docker.service from starting, whoever starts it: itself and what it requires, if they are masked or systemd refuses what
 * their files say.
 *
 * @param answer what `docker_units` of blocked.sh printed; nothing without systemd.
 * Source: systemd.unit(5): Requires, Requisite, BindsTo; org.freedesktop.systemd1(5): LoadState.
 */
export function blockersOf(answer: LookAnswer): Blocker[] {
  const docker = unitOf(answer, 'docker.service')
  const names =
    docker.LoadState === 'loaded'
      ? [
          ...words(`${docker.Requires ?? ''} ${docker.Requisite ?? ''} ${docker.BindsTo ?? ''}`),
          // It only wants this one, and dockerd ends without it.
          ...(/--containerd[= ]/.test(docker.ExecStart ?? '') ? ['containerd.service'] : []),
        ]
      : // systemd has not read what a unit requires that is masked, or not there yet.
        [
          ...(docker.LoadState === undefined ? [] : ['docker.socket']),
          ...(docker.LoadState === 'masked' ? ['containerd.service'] : []),
        ]
  return [...new Set(['docker.service', ...names])].flatMap((name) => blockerOf(answer, name) ?? [])
}

function blockerOf(answer: LookAnswer, name: string): Blocker | undefined {
  const unit = unitOf(answer, name)
  const shown = `systemctl show ${name}: LoadState=${unit.LoadState}`
  if (unit.LoadState === 'masked') {
    const masks = answer.all('mask').flatMap((line) => {
      const [one, file, by] = line.split(' ')
      return one === name && file ? [{ file, byPackage: by === 'package' }] : []
    })
    return {
      unit: name,
      text: `${name} is masked`,
      evidence: [shown, ...masks.map(({ file }) => `${file}: a link to /dev/null, or empty`)],
      commands: masks.length === 0 ? ['systemctl daemon-reload'] : masks.flatMap(({ file }) => unmasking(name, file)),
      mayPass: masks.length === 0 || masks.every(({ byPackage }) => byPackage),
    }
  }
  if (unit.LoadState !== 'bad-setting' && unit.LoadState !== 'error') return undefined
  const added = words(unit.DropInPaths).filter((file) => !file.startsWith('/usr/lib/'))
  return {
    unit: name,
    text: `systemd refuses what ${added.length > 0 ? listed(added) : (unit.FragmentPath ?? name)} says`,
    evidence: [shown, ...(unit.LoadError ? [`LoadError=${unit.LoadError}`] : []), ...added],
    commands: [
      ...added.map((file) => `mv ${file} ${file}.off`),
      ...(added.length > 0 ? [] : [`systemd-analyze verify ${name}`]),
      'systemctl daemon-reload',
    ],
    mayPass: unit.NeedDaemonReload === 'yes',
  }
}

const words = (text = '') => text.split(/\s+/).filter(Boolean)

/** `systemctl unmask` takes away what is in /etc, or in /run if told so, and leaves what is elsewhere. */
function unmasking(unit: string, file: string): string[] {
  if (file.startsWith('/etc/')) return [`systemctl unmask ${unit}`]
  if (file.startsWith('/run/')) return [`systemctl unmask --runtime ${unit}`]
  return [`rm ${file}`, 'systemctl daemon-reload']
}
