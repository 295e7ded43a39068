import { check, type Finding } from '../../src/doctor/check.js'
import { installedPackages, isInstalled } from '../../src/packages/installed.js'
import { packageManagerOf } from '../../src/packages/package-manager.js'
import { installedEngine } from '../docker/checks/engine-state.js'
import { dockerUnit } from '../docker/unit.js'
import { hasGpuForContainers } from '../nvidia/gpus.js'
import nvidiaLook from '../nvidia/look.sh'
import { dockerToolkit } from './docker-toolkit.js'
import { toolkitPackages, toolkitPredecessors } from './packages.js'
import { reloadCheck } from './reload.js'

const mend = { recipe: 'nvidia-container-toolkit' }

/** What `--gpus` says if dockerd knows no toolkit. Source: moby, daemon/devices_linux.go and devices_amd_linux.go, docker-v29.3.0, read 2026-12. */
const withoutHook =
  '“could not select device driver”, from Docker 29.3 on also with “failed to discover GPU vendor from CDI” or “AMD CDI spec not found”'

const toolkit = check({
  name: 'container-toolkit',
  title: 'the NVIDIA Container Toolkit is whole',
  finds: 'a GPU and Docker without the toolkit, its packages at different versions, and what came before it',
  mends: ['nvidia-container-toolkit'],
  looks: [],
  suits: (facts) => hasGpuForContainers(facts) && installedEngine(facts) !== undefined,
  judge: ({ facts }): Finding | Finding[] => {
    const { commands } = packageManagerOf(facts)
    const present = installedPackages(facts, (name) => toolkitPackages.includes(name))
    const old = installedPackages(facts, (name) => toolkitPredecessors.some((one) => one.name === name))
    const shown = (some: { name: string; version: string }[]) =>
      some.map(({ name, version }) => commands.shown(name, version))
    const findings: Finding[] = []
    if (old.length > 0) {
      findings.push({
        severity: 'warning',
        title: 'packages of before the NVIDIA Container Toolkit are installed',
        evidence: shown(old),
        cause:
          'the toolkit took their place; and purging nvidia-docker2 deletes /etc/docker/daemon.json with all that is in it',
        remedy: 'let fitout migrate: it keeps daemon.json; by hand copy it first, and remove, never purge',
        mend,
      })
    }
    if (present.length === 0 && old.length === 0) {
      findings.push({
        severity: 'note',
        title: 'containers cannot use the GPU: the NVIDIA Container Toolkit is not installed',
        evidence: [`${commands.database}: no nvidia-container-toolkit`, installedEngine(facts)?.shown ?? ''],
        cause: `\`docker run --gpus all\` ends with ${withoutHook}`,
        remedy: 'install it, as `fitout apply` does on hosts with a GPU',
        mend,
      })
    } else if (new Set(present.map(({ version }) => version)).size > 1) {
      findings.push({
        severity: 'warning',
        title: 'the packages of the NVIDIA Container Toolkit are of different versions',
        evidence: shown(present),
        cause: 'they are made to work together at one version only',
        remedy: `\`${commands.install()}\` all four at one version`,
        mend,
      })
    }
    return findings
  },
})

const seen = dockerToolkit(false)

const restart = check({
  name: 'toolkit-seen',
  title: 'Docker has seen the NVIDIA Container Toolkit',
  finds: 'a daemon that was started before the toolkit came',
  mends: ['nvidia-container-toolkit'],
  looks: [`${dockerUnit}\n${seen.inspect}`],
  suits: (facts) => isInstalled(facts, 'nvidia-container-toolkit'),
  judge: ({ facts }, answer): Finding | Finding[] => {
    if (seen.plan(seen.read({ text: answer.raw, code: 0 })) === undefined) return []
    const time = (key: string) => {
      const seconds = Number(answer.one(key))
      return Number.isNaN(seconds) ? '?' : new Date(seconds * 1000).toISOString().slice(0, 19)
    }
    return {
      severity: 'warning',
      title: 'Docker was started before the NVIDIA Container Toolkit came',
      evidence: [
        `stat nvidia-container-runtime-hook: changed ${time('hook')}Z`,
        `/proc/$(cat /var/run/docker.pid)/stat: dockerd started before that`,
      ],
      cause: `it looks for the toolkit only when it starts: \`--gpus\` ends with ${withoutHook}`,
      remedy: '`systemctl restart docker`, which stops containers unless live-restore is on',
      ...(hasGpuForContainers(facts) ? { mend } : {}),
    }
  },
})

const cdi = check({
  name: 'cdi',
  title: 'CDI’s specification is of the driver that is there',
  finds: 'specifications of another driver’s version, that name files that are gone, or that contradict each other',
  looks: [nvidiaLook],
  suits: hasGpuForContainers,
  judge: ({ facts }, answer): Finding | Finding[] => {
    const loaded = facts.nvidia.loaded?.version
    const specs = answer.all('cdi.spec')
    const about = (key: string) => answer.all(key).map((line) => line.split(' ') as [spec: string, what: string])
    const stale = about('cdi.version').filter(([, version]) => loaded !== undefined && version !== loaded)
    const missing = about('cdi.missing')
    const findings: Finding[] = []
    if (stale.length > 0 || missing.length > 0) {
      const files = [...new Set([...stale, ...missing].map(([spec]) => spec))]
      findings.push({
        severity: 'error',
        title: `CDI’s specification is stale: ${files.join(', ')}`,
        evidence: [
          ...stale.map(([spec, version]) => `${spec}: libraries of driver ${version}`),
          ...(loaded === undefined ? [] : [`/proc/driver/nvidia/version: ${loaded}`]),
          ...missing.slice(0, 3).map(([spec, path]) => `${spec}: ${path}, which is not there`),
        ],
        cause:
          'it was written for another driver, or for partitions (MIG) of before: “unresolvable CDI devices”, “failed to stat CDI host device”',
        remedy: `\`systemctl restart nvidia-cdi-refresh\`, or \`nvidia-ctk cdi generate --output=${files[0]}\``,
      })
    }
    const etc = specs.filter((spec) => spec.startsWith('/etc/'))
    if (etc.length > 0 && etc.length < specs.length && findings.length === 0) {
      findings.push({
        severity: 'note',
        title: 'CDI has two specifications of NVIDIA’s',
        evidence: specs,
        cause: `the one in /etc is never written anew, and the one that nvidia-cdi-refresh keeps up to date takes its place only where both name a device`,
        remedy: `\`rm ${etc.join(' ')}\`, where nothing was written into it by hand`,
      })
    }
    return findings
  },
})

/** What the doctor looks at because of nvidia-container-toolkit. */
export const toolkitChecks = [toolkit, restart, cdi, reloadCheck]
