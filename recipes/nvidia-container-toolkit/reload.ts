import { compareDebVersions } from '../../src/data/deb-version.js'
import { upstreamVersion } from '../../src/data/versions.js'
import { check, type Finding } from '../../src/doctor/check.js'
import type { Facts } from '../../src/facts/facts.js'
import { isInstalled } from '../../src/packages/installed.js'
import { packageManagerOf } from '../../src/packages/package-manager.js'
import { infoOf } from '../docker/checks/engine-state.js'
import { daemonLook, engineLook } from '../docker/looks/index.js'
import { hasGpuForContainers } from '../nvidia/gpus.js'

const [main, config] = ['nvidia-container-toolkit', '/etc/nvidia-container-runtime/config.toml']

/**
 * The first toolkit whose runtime writes a container's GPUs into its specification, where runc and systemd see them. Before, a hook let the
 * container use them behind systemd's back. Source: nvidia-container-toolkit, CHANGELOG, 1.18.0-rc.1 (“Default to jit-cdi mode”); its issues 48
 * and 1227; read 2026-12.
 */
const firstByCdi = '1.18'

/** Whether the installed toolkit is of before 1.18. */
export function isByHook(version: string): boolean {
  return compareDebVersions(upstreamVersion(version), `${firstByCdi}~`) < 0
}

/** What an older toolkit costs, as a phrase. */
export const lostAtReload =
  'running containers lose their GPUs when somebody runs `systemctl daemon-reload`, as upgrades of packages do'

const newer = `${main}.version=>=${firstByCdi}`

/** How to have a newer toolkit, as a phrase. */
export const preventedBy = `--set '${newer}' prevents that`

/**
 * Does `docker run --gpus` go by the hook if NVIDIA's runtime is not the default one? Source: moby, daemon/devices_nvidia_linux.go, which is in
 * docker-v29.3.0 and not in v28.5.2 and docker-v29.0.0; read 2026-12.
 */
function gpusByHook(version: string): boolean {
  return compareDebVersions(version, '29.3~') < 0
}

/** A value of the toolkit's configuration, as `nvidia-ctk config` writes it: TOML with one value a line. */
function configured(lines: readonly string[], table: string, key: string): { line: string; value: string } | undefined {
  let here = ''
  for (const line of lines) {
    here = /^\s*\[([^\]]+)\]/.exec(line)?.[1]?.trim() ?? here
    const [, name, value] = /^\s*([\w-]+)\s*=\s*"?([^"#]*?)"?\s*(?:#.*)?$/.exec(line) ?? []
    if (here === table && name === key && value !== undefined) return { line: line.trim(), value }
  }
  return undefined
}

/** Shell that prints the toolkit’s configuration. */
export const configLook = `about config\nsome_of ${config} | each config`

/** What the doctor looks at because a container may lose its GPUs while it runs. */
export const reloadCheck = check({
  name: 'gpus-stay',
  title: 'running containers keep their GPUs at `systemctl daemon-reload`',
  finds:
    'a toolkit, or Docker, that gives a container its GPUs without telling systemd, which takes them away at the next `systemctl daemon-reload`; a toolkit that is told to leave the rules for devices alone',
  mends: [main, 'nvidia-default-runtime'],
  looks: [engineLook, daemonLook, configLook],
  suits: (facts) =>
    hasGpuForContainers(facts) && facts.nvidia.jetson === undefined && isInstalled(facts, 'nvidia-container-toolkit'),
  judge: ({ facts }, answer): Finding | Finding[] => {
    const info = infoOf(answer)
    if (info === undefined) return []
    const lines = answer.all('config')
    const mode = configured(lines, 'nvidia-container-runtime', 'mode')
    const isLegacy = mode?.value === 'legacy'
    const byHook = isLegacy || ((mode?.value ?? 'auto') === 'auto' && isByHook(versionOf(facts)))
    const noCgroups = configured(lines, 'nvidia-container-cli', 'no-cgroups')
    const isDefault = info.DefaultRuntime === 'nvidia'
    if (noCgroups?.value === 'true' && (byHook || !isDefault))
      return {
        severity: 'error',
        title: 'the toolkit gives containers no right to use their GPUs',
        evidence: [`${config}: ${noCgroups.line}`],
        cause:
          'no-cgroups is for a Docker that runs without root; under this one nobody else sets the rules for devices: “Failed to initialize NVML: Unknown Error”',
        remedy:
          '`nvidia-ctk config --in-place --set nvidia-container-cli.no-cgroups=false`, then start the containers again',
      }
    if (info.CgroupDriver !== 'systemd') return []
    const base = {
      severity: 'warning' as const,
      title: 'running containers lose their GPUs at `systemctl daemon-reload`',
      cause:
        'the container may use its GPUs without systemd knowing it, and systemd sets the rules for devices anew at each daemon-reload, which upgrades of packages run: “Failed to initialize NVML: Unknown Error”',
    }
    const driver = 'docker info: Cgroup Driver: systemd'
    if (isLegacy)
      return {
        ...base,
        evidence: [driver, `${config}: ${mode.line}`],
        remedy: `\`nvidia-ctk config --in-place --set nvidia-container-runtime.mode=auto\`, with a toolkit of version ${firstByCdi} or newer; then start the containers again`,
      }
    if (byHook)
      return {
        ...base,
        evidence: [driver, packageManagerOf(facts).commands.shown(main, versionOf(facts))],
        remedy: `upgrade the toolkit to ${firstByCdi} or newer, then start the containers again`,
        mend: { recipe: main, set: [newer] },
      }
    if (isDefault || !gpusByHook(info.ServerVersion ?? '')) return []
    return {
      ...base,
      evidence: [driver, `docker info: Default Runtime: ${info.DefaultRuntime}; Server Version: ${info.ServerVersion}`],
      remedy:
        'make NVIDIA’s runtime the default one, as `fitout apply` does, or start containers with `--runtime=nvidia`',
      mend: { recipe: 'nvidia-default-runtime' },
    }
  },
})

const versionOf = ({ packages }: Facts) => packages[main]!.version
