import { defineResource, type Resource } from '../../src/resource/resource.js'
import { dockerUnit } from '../docker/unit.js'

/** Seconds by the host's own clock; absent where there is nothing to know it of. */
interface Seen {
  now?: number | undefined
  /** When dockerd started. */
  started?: number | undefined
  /** Since when the toolkit's hook is there. */
  since?: number | undefined
}

/**
 * The running dockerd has seen the NVIDIA Container Toolkit. It looks for the hook only when it starts (moby,
 * daemon/devices_nvidia_linux.go: `exec.LookPath`), so that a toolkit that came later costs one restart before `--gpus` works; an
 * upgrade costs none.
 *
 * @param brought whether packages of this very plan bring the toolkit to a host without it.
 */
export function dockerToolkit(brought: boolean): Resource {
  return defineResource<Seen>({
    id: 'docker-toolkit',
    shared: dockerUnit,
    // The kernel counts a process's start in ticks since boot. A file's ctime is when it came under its name; the link that
    // the package makes at its first configuration outlives upgrades, so that the older of the two counts.
    inspect: `case $unit_state in
  *ActiveState=active*)
    pid=
    if [ -f /var/run/docker.pid ]; then pid=$(head -c 20 /var/run/docker.pid); fi
    printf 'now %s\\nhertz %s\\n' "$(date +%s)" "$(getconf CLK_TCK 2>/dev/null || echo 100)"
    if [ -n "$pid" ] && [ -r "/proc/$pid/stat" ]; then
      sed -n 's/^btime /boot /p' /proc/stat
      sed 's/.*) /ticks /' "/proc/$pid/stat"
    fi
    for hook in "$(command -v nvidia-container-runtime-hook)" /usr/bin/nvidia-container-toolkit; do
      if [ -e "$hook" ]; then printf 'hook %s\\n' "$(stat -c %Z "$hook")"; fi
    done
    ;;
esac
`,
    read: ({ text }) => {
      const number = (pattern: RegExp) => {
        const found = pattern.exec(text)?.[1]
        return found === undefined ? undefined : Number(found)
      }
      const boot = number(/^boot (\d+)/m)
      // Field 22 of stat; the first two are gone with the command's name.
      const ticks = number(/^ticks (?:\S+ ){19}(\d+)/m)
      const hooks = [...text.matchAll(/^hook (\d+)/gm)].map((found) => Number(found[1]))
      return {
        now: number(/^now (\d+)/m),
        started:
          boot === undefined || ticks === undefined ? undefined : boot + ticks / (number(/^hertz (\d+)/m) ?? 100),
        since: hooks.length === 0 ? undefined : Math.min(...hooks),
      }
    },
    assume: () => ({}),
    plan: ({ now, started, since }) => {
      if (started === undefined) return undefined
      // A time in the future is a clock that was set back, and says nothing. Boot times are rounded to seconds.
      const newer = since !== undefined && since > started + 1 && since <= (now ?? since)
      if (!newer && !(since === undefined && brought)) return undefined
      return {
        resource: 'docker-toolkit',
        stage: 'configure',
        title: 'Let Docker find the NVIDIA Container Toolkit',
        why: 'it looks for it only when it starts',
        script: '',
        effects: [{ kind: 'restarts-docker', reason: 'the NVIDIA Container Toolkit is new to the running daemon' }],
      }
    },
  })
}
