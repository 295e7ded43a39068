import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import type { Trial } from '../../src/recipe/recipe.js'
import { boardName, isRaspberryPi, knowsCgroupEnable, mixedBits } from './board.js'
import { memoryCgroupIn } from './boot-command-line.js'

/** Below this, in MiB, notes speak of memory: boards of 1 GiB and less have it. */
const littleMemory = 1024

/** Whether `fitout apply` can enable it. */
export function canEnableMemoryCgroup(facts: Facts): boolean {
  return facts.bootCommandLine?.path !== undefined && piMemoryCgroup(facts, { memoryCgroup: true }) !== undefined
}

/**
 * The file in which the memory cgroup is to be enabled; undefined where nothing is to be done about it.
 *
 * @throws FitoutError where it is off, and the boot partition has no such file.
 */
export function piMemoryCgroup(facts: Facts, options: { memoryCgroup: boolean }): string | undefined {
  const { bootCommandLine, memoryCgroup } = facts
  if (!isRaspberryPi(facts) || !options.memoryCgroup || facts.container !== undefined) return undefined
  // Facts of an older release say nothing of it.
  if (bootCommandLine === undefined || memoryCgroup !== false || toldInVain(facts)) return undefined
  if (bootCommandLine.path === undefined) {
    throw new FitoutError({
      doing: 'enabling the memory cgroup',
      cause:
        'neither /boot/firmware nor /boot has the cmdline.txt that the firmware reads: the boot partition is not mounted, it seems',
      remedy:
        '`mount /boot/firmware` (before Raspberry Pi OS 12 `mount /boot`) and run fitout again, or leave it as it is with raspberry-pi.memoryCgroup=false',
    })
  }
  return bootCommandLine.path
}

/** The running kernel was told to enable it, and has it not. */
function toldInVain({ memoryCgroup, bootCommandLine }: Facts): boolean {
  return memoryCgroup === false && memoryCgroupIn(bootCommandLine?.running ?? '') === 'on'
}

/** What a person should know of this board, as far as it decides anything. */
export function piNotes(facts: Facts, options: { memoryCgroup: boolean }): string[] {
  if (!isRaspberryPi(facts)) return ['this is not a Raspberry Pi, by its device tree: the recipe has nothing to do']
  const isOff = facts.memoryCgroup === false
  return [
    mixedBits(facts) &&
      '32-bit system (armhf) on a 64-bit kernel: its packages decide, so Docker’s are armhf too, and so are the images that it pulls (linux/arm/v7)',
    facts.container === undefined
      ? options.memoryCgroup && kernelNote(facts)
      : `this is a container (${facts.container}) on a ${boardName(facts)}: the kernel’s command line is its host’s`,
    !options.memoryCgroup && isOff && 'the memory cgroup stays off, as you asked: `docker run --memory` has no effect',
    facts.memoryMiB <= littleMemory &&
      `${facts.memoryMiB} MiB of memory: give containers limits (\`--memory\`); swap and zram stay as they are, the memory cgroup itself takes about 1 %`,
    facts.journal === 'volatile' &&
      'the journal is kept in memory, which spares the card: what Docker said is gone after a restart (`journalctl -u docker`)',
  ].filter((note) => typeof note === 'string')
}

/** What may keep a kernel from having its memory cgroup though it is asked for. */
function kernelNote(facts: Facts): string | undefined {
  const { kernel, memoryCgroup } = facts
  if (toldInVain(facts))
    return `the kernel ${kernel.release} was started with cgroup_enable=memory and has no memory cgroup all the same: only Raspberry Pi’s own kernels and Ubuntu’s for it know that word`
  if (memoryCgroup !== false || knowsCgroupEnable(facts)) return undefined
  return `the kernel ${kernel.release} is not known to be one of Raspberry Pi’s or Ubuntu’s for it, and others do not know cgroup_enable: the trial after the restart tells`
}

/** Docker's limits need the memory cgroup; asked of the kernel and, where it runs, of Docker. */
export function memoryLimitTrial(): Trial {
  return {
    name: 'memory-limit',
    title: 'Memory limits count',
    user: 'root',
    timeout: 60,
    script: `if [ -r /sys/fs/cgroup/cgroup.controllers ]; then
  sed 's/^/controllers /' /sys/fs/cgroup/cgroup.controllers
elif [ -d /sys/fs/cgroup/memory ]; then
  echo 'controllers memory'
fi
if [ -S /var/run/docker.sock ] && command -v docker >/dev/null 2>&1; then
  ask 0 timeout 30 docker -H unix:///var/run/docker.sock info --format 'docker {{.MemoryLimit}}'
fi
sed 's/^/running /' /proc/cmdline
uname -r | sed 's/^/kernel /'`,
    judge: ({ text }) => {
      const said = (key: string) => new RegExp(`^${key} (.*)$`, 'm').exec(text)?.[1] ?? ''
      const on = said('controllers').split(' ').includes('memory')
      const docker = said('docker')
      if (on && docker !== 'false') {
        const proven = ['the kernel has its memory cgroup']
        return {
          outcome: 'passed',
          proven: docker === 'true' ? [...proven, 'Docker says that memory limits work'] : proven,
        }
      }
      if (on) {
        return {
          outcome: 'failed',
          proven: [],
          because: 'the kernel has its memory cgroup, and Docker says that memory limits do not work',
          remedy: 'restart Docker (`systemctl restart docker`) and see what `docker info` warns of',
        }
      }
      const told = memoryCgroupIn(said('running')) === 'on'
      return {
        outcome: 'failed',
        proven: [],
        because: told
          ? `the kernel ${said('kernel')} was started with cgroup_enable=memory and has no memory cgroup: it does not know that word`
          : 'the kernel runs without its memory cgroup',
        remedy: told
          ? 'start Raspberry Pi’s own kernel (the packages linux-image-rpi-v8 and linux-image-rpi-2712) or Ubuntu’s linux-raspi, or do without limits: raspberry-pi.memoryCgroup=false'
          : 'run `fitout apply`: it enables the memory cgroup and asks for the restart',
      }
    },
  }
}
