import { FitoutError } from '../../src/errors.js'
import { diffOf, notText, printFiles, printFilesFunction, putFile, readFiles } from '../../src/resource/content.js'
import { defineResource, type Resource } from '../../src/resource/resource.js'
import { quote, sh } from '../../src/shell/quote.js'
import { memoryCgroupIn, withMemoryCgroup } from './boot-command-line.js'
import inspect from './memory-cgroup.sh'

/**
 * The kernel of a Raspberry Pi has its memory cgroup at work, without which memory limits of containers have no effect. The word for it
 * goes to the end of the one line that the firmware passes on, and counts from the next start.
 *
 * @param path the cmdline.txt that the firmware reads.
 * @throws FitoutError from `plan` where that file cannot be written, or has no line to add to.
 */
export function memoryCgroup(path: string): Resource {
  const id = 'memory cgroup'
  return defineResource<ReturnType<typeof readSeen>>({
    id,
    inspect: [printFilesFunction, printFiles(path), `path=${quote(path)}`, inspect].join('\n'),
    read: ({ text }) => readSeen(path, text),
    assume: ({ bootCommandLine, memoryCgroup: on = true }) => {
      const { line = '', running = '' } = bootCommandLine ?? {}
      const file = { path, sum: 'unknown', text: `${line}\n` }
      return { ...readSeen(path, ''), file, on, running }
    },
    plan: ({ file, on, running, mount, root }) => {
      // A kernel that was told and has it not will not have it by being told again.
      if (on || memoryCgroupIn(running) === 'on') return undefined
      const { text } = file
      if (text === undefined) throw file.sum === 'absent' ? noFile(path) : notText(path)
      const wanted = withMemoryCgroup(text)
      if (wanted === undefined) throw emptyLine(path)
      const reason =
        'the kernel takes its command line only when it starts, and it was started without the memory cgroup'
      const change = {
        resource: id,
        stage: 'reboot' as const,
        effects: [{ kind: 'needs-reboot' as const, reason }],
      }
      const due = sh`printf '%s reboot %s\\n' "$mark" ${reason}`
      if (wanted === text) {
        const why = `${path} enables it already, and this kernel was started before that`
        return { ...change, title: 'Have the memory cgroup from the next start on', why, script: due }
      }
      if (root?.type === 'overlay') throw overlay()
      if (mount?.readOnly) throw readOnly(path, mount.point)
      const details = detailsOf(text)
      return {
        ...change,
        title: `Enable the memory cgroup in ${path}`,
        why: 'it is off, so memory limits of containers have no effect',
        ...(details.length > 0 ? { details } : {}),
        diff: diffOf(path, text, wanted),
        script: `${putFile(file, wanted)}\n${due}`,
      }
    },
  })
}

/** What a person who looks at the file may wonder about. */
function detailsOf(text: string): string[] {
  const [line = '', ...others] = text.split(/\r?\n/)
  const rest = others.filter((other) => other.trim() !== '')
  return [
    ...(memoryCgroupIn(line) === 'off'
      ? ['its cgroup_disable=memory stays: of words that contradict each other the last one counts']
      : []),
    ...(rest.length > 0
      ? [
          `the firmware passes on the first line alone, and the file has ${rest.length + 1}` +
            (rest.some((other) => memoryCgroupIn(other) === 'on')
              ? ': the cgroup_enable=memory further down has no effect'
              : ''),
        ]
      : []),
  ]
}

function readSeen(path: string, text: string) {
  const all = (key: string) => text.split('\n').flatMap((line) => new RegExp(`^@${key} (.*)$`).exec(line)?.[1] ?? [])
  const mounts = all('mount').map((line) => {
    const [point = '', type = '', options = ''] = line.split(' ')
    return { point, type, readOnly: options.split(',').includes('ro') }
  })
  return {
    file: readFiles(text).find((file) => file.path === path) ?? { path, sum: 'absent', text: undefined },
    /** Whether the memory cgroup is at work. */
    on: all('controllers').at(-1)?.split(' ').includes('memory') ?? false,
    /** The running kernel's command line. */
    running: all('running').at(-1) ?? '',
    /** What is mounted where the file is. Of mounts over one folder the last is on top. */
    mount: mounts.toSorted((a, b) => a.point.length - b.point.length).at(-1),
    /** The root file system. */
    root: mounts.findLast(({ point }) => point === '/'),
  }
}

const refusal = (cause: string, remedy: string) =>
  new FitoutError({ doing: 'enabling the memory cgroup', cause, remedy })
const skip = 'or leave it as it is with raspberry-pi.memoryCgroup=false'

const noFile = (path: string) =>
  refusal(
    `${path} is not there`,
    `mount the boot partition (\`mount /boot/firmware\`, before Raspberry Pi OS 12 \`mount /boot\`) and run fitout again, ${skip}`,
  )

const emptyLine = (path: string) =>
  refusal(
    `the first line of ${path} is empty, and the firmware passes on no other`,
    `bring its words onto the first line (\`cat /proc/cmdline\` has what this kernel was started with), then run fitout again, ${skip}`,
  )

const readOnly = (path: string, point: string) =>
  refusal(
    `${path} cannot be written: ${point} is mounted read-only`,
    `\`mount -o remount,rw ${point}\`, then run fitout again, ${skip}; where it turns read-only by itself the card has errors: ` +
      '`dmesg` names them, and `fsck` mends what can be mended',
  )

const overlay = () =>
  refusal(
    'the root file system is an overlay in memory (raspi-config’s overlay file system): whatever is installed is gone after a restart',
    `switch it off (\`raspi-config nonint disable_overlayfs\` and restart), run fitout, and switch it on again, ${skip}`,
  )
