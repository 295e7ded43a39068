import { FitoutError } from '../../src/errors.js'
import { defineResource, type Resource } from '../../src/resource/resource.js'
import { quote, sh } from '../../src/shell/quote.js'
import { keptDaemonJsonPath } from '../docker/daemon-json.js'
import { daemonJsonPath } from '../docker/daemon-keys.js'

interface Seen {
  /** Packages whose configuration file dpkg holds daemon.json to be: gone ones, and installed ones. */
  owners: { name: string; gone: boolean }[]
  /** Whether the file is there, whether the copy of an interrupted run is, and whether they are the same. */
  file: boolean
  kept: boolean
  same: boolean
  /** Things of earlier set-ups that stay where they are. */
  leftovers: string[]
}

/** What earlier set-ups leave beside their packages; said, and left alone. Sources: shared by each line. */
const leftovers: readonly { test: string; words: string }[] = [
  {
    // NVIDIA/ansible-role-nvidia-docker puts it there.
    test: '[ -e /usr/local/bin/nvidia-docker ]',
    words: '/usr/local/bin/nvidia-docker, a wrapper of no package, stays; `docker run --gpus all` does what it did',
  },
  {
    // nvidia-docker 1.0, tools/src/nvidia-docker-plugin.
    test: '[ -d /var/lib/nvidia-docker ]',
    words: '/var/lib/nvidia-docker, with the volumes of version 1, stays; nothing uses it any more',
  },
  {
    // `apt-key add`, in every guide of before 2022. The key id stands in the packets as bytes.
    test: `[ -f /etc/apt/trusted.gpg ] && grep -qs "$(printf '\\335\\312\\340\\104\\367\\226\\354\\260')" /etc/apt/trusted.gpg`,
    words:
      'NVIDIA’s key is also in /etc/apt/trusted.gpg, trusted for every repository; `gpg --no-default-keyring --keyring /etc/apt/trusted.gpg --delete-keys F796ECB0` takes it out',
  },
]

/**
 * /etc/docker/daemon.json belongs to nobody's package. nvidia-docker2 up to 2.13 brings it as a configuration file
 * (debian/nvidia-docker2.install): removing leaves it, but any later `apt purge` would delete it, with all that its owner and
 * fitout have written into it. Once the package is gone dpkg is made to forget; the file keeps its bytes.
 *
 * @param packages that may own it.
 * @param removed those of them that this plan removes.
 * @throws FitoutError from `plan` where an interrupted run's copy and another daemon.json stand beside each other.
 */
export function dockerConffile({ packages, removed }: Record<'packages' | 'removed', readonly string[]>): Resource {
  const id = `conffile ${daemonJsonPath}`
  return defineResource<Seen>({
    id,
    inspect: `# shellcheck disable=SC2016\nask 0,1 dpkg-query -W -f='owner \${Package} \${db:Status-Status}\\n\${Conffiles}\\n' ${packages.map(quote).join(' ')} |
  awk '$1 == "owner" { owner = $2 " " $3 } $1 == "${daemonJsonPath}" { print "owned-by", owner }'
if [ -e ${daemonJsonPath} ]; then echo file; fi
if [ -e ${keptDaemonJsonPath} ]; then
  echo kept
  if [ -f ${daemonJsonPath} ] && [ -f ${keptDaemonJsonPath} ] && cmp -s ${daemonJsonPath} ${keptDaemonJsonPath}; then echo same; fi
fi
${leftovers.map(({ test }, index) => `if ${test}; then echo 'left ${index}'; fi`).join('\n')}
`,
    read: ({ text }) => ({
      owners: [...text.matchAll(/^owned-by (\S+) (\S+)$/gm)].map((found) => ({
        name: found[1]!,
        gone: found[2] === 'config-files',
      })),
      file: /^file$/m.test(text),
      kept: /^kept$/m.test(text),
      same: /^same$/m.test(text),
      leftovers: [...text.matchAll(/^left (\d+)$/gm)].map((found) => leftovers[Number(found[1])]!.words),
    }),
    assume: () => ({ owners: [], file: false, kept: false, same: false, leftovers: [] }),
    plan: ({ owners: seen, file, kept, same, leftovers: left }) => {
      const owners = seen.filter(({ name, gone }) => gone || removed.includes(name)).map(({ name }) => name)
      if (kept && file && !same) {
        throw new FitoutError({
          doing: `planning ${daemonJsonPath}`,
          cause: `an interrupted run kept it as ${keptDaemonJsonPath}, and another has been written since`,
          remedy: `compare them (diff ${daemonJsonPath} ${keptDaemonJsonPath}), keep what is right as ${daemonJsonPath}, and remove the other`,
        })
      }
      const restores = kept && !file
      if (owners.length === 0 && !kept) {
        if (removed.length === 0 || left.length === 0) return undefined
        return {
          resource: id,
          stage: 'configure',
          title: 'Leave what is not of its packages',
          why: `${removed.join(', ')} ${removed.length === 1 ? 'goes' : 'go'}`,
          details: left,
          script: '',
          effects: [],
        }
      }
      return {
        resource: id,
        // A daemon that starts meanwhile has to find it.
        stage: restores ? 'prepare' : 'configure',
        title: restores
          ? `Put ${daemonJsonPath} back`
          : `Let dpkg forget that ${owners.join(', ')} owned ${daemonJsonPath}`,
        why: restores
          ? 'a run that was cut off has it under another name'
          : owners.length === 0
            ? 'a run that was cut off left a copy of it'
            : 'a later `apt purge` would delete it; its content stays as it is',
        details: removed.length > 0 ? left : [],
        script: [sh`restore_kept ${daemonJsonPath}`, sh`disown_conffile ${[daemonJsonPath, ...owners]}`].join('\n'),
        effects: [],
      }
    },
  })
}
