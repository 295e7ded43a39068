import { engineRuns } from '../../../recipes/docker/checks/engine-state.js'
import { engineLook } from '../../../recipes/docker/looks/index.js'
import { type Symptom, symptoms } from '../../symptoms/table.js'
import { check } from '../check.js'
import { journalLook } from '../looks/index.js'
import { complaints } from './journal-lines.js'

/** Symptoms that a check of its own looks for, with better evidence. */
const lookedFor = new Set([
  'api-too-old',
  'start-limit',
  'service-failed',
  'service-masked',
  'daemon-unreachable',
  'apparmor-parser',
])

/** What passes by itself: of yesterday it says nothing about today. */
const passing = new Set([
  'disk-full',
  'out-of-memory',
  'illegal-instruction',
  'image-gone',
  'no-manifest',
  'registry-rate-limit',
  'registry-dns',
  'registry-tls',
  'registry-unreachable',
])

const day = 24 * 60 * 60

/** How old a line is, in seconds, by the host's own clock: journald's begin with the time, the kernel's with seconds since boot. */
function ageOf(line: string, clock: number, uptime: number): number {
  const written = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:?\d\d)/.exec(line)?.[0]
  if (written !== undefined) return clock - Date.parse(written.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) / 1000
  const seconds = /^\[\s*(\d+)\.\d+\]/.exec(line)?.[1]
  return seconds === undefined ? 0 : uptime - Number(seconds)
}

const services = ['docker', 'containerd', 'nvidia-fabricmanager', 'nvidia-persistenced', 'nvidia-cdi-refresh']

const journals = check({
  name: 'symptoms',
  title: 'nothing that is known to be bad stands in the journals',
  finds: 'lines of Docker, containerd, NVIDIA’s services and the kernel that the table of symptoms explains',
  looks: [engineLook, journalLook],
  judge: ({ facts }, said) => {
    const uptime = Number(said.one('uptime') ?? 0)
    const found = new Map<Symptom, string[]>()
    const take = (line: string, where: string) => {
      const symptom = symptoms.find(({ id, match }) => match.test(line) && !lookedFor.has(id))
      if (symptom === undefined) return
      if (passing.has(symptom.id) && ageOf(line, facts.clock, uptime) > day) return
      found.set(symptom, [...(found.get(symptom) ?? []), `${where}: ${line}`])
    }
    for (const unit of services) {
      // Why a daemon does not start is said where it is found not to run.
      if (!said.knows('journal') || (unit === 'docker' && !engineRuns(said))) continue
      for (const line of complaints(said, unit)) take(line, `journalctl -u ${unit}`)
    }
    if (said.knows('kernel.said')) for (const line of said.all('kernel.said')) take(line, 'dmesg')
    // What one of the two shows is found, whatever became of the other; that nothing is wrong takes both.
    if (found.size === 0) said.needs('journal', 'kernel.said')
    return [...found].map(([symptom, lines]) => ({
      severity: 'warning' as const,
      title: symptom.cause,
      evidence: lines.length > 1 ? [lines.at(-1)!, `and ${lines.length - 1} more such`] : lines,
      cause: `the table of symptoms knows this line as “${symptom.id}” (${symptom.source})`,
      remedy: symptom.remedy,
    }))
  },
})

export const symptomChecks = [journals]
