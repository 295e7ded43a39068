import { z } from 'zod'
import type { FactsPart } from '../../src/facts/part.js'
import script from './facts.sh'

const text = z.string().optional()

/** The command line of a Raspberry Pi's kernel; what it says of the memory cgroup, `memoryCgroupIn` (boot-command-line.ts) tells. */
const bootCommandLine = z.object({
  /** `/boot/firmware/cmdline.txt`; absent where there is none, as when the boot partition is not mounted. */
  path: text,
  /** Its first line, which is all that the firmware passes on. */
  line: text,
  /** What the running kernel was started with: words of the firmware's own, then those of the file as it was then. */
  running: z.string(),
})

const shape = {
  /** Whether the kernel has its memory cgroup at work; absent where there are no control groups to tell by. */
  memoryCgroup: z.boolean().optional(),
  /** How the kernel gets its command line; on a Raspberry Pi alone. */
  bootCommandLine: bootCommandLine.optional(),
  /** Whether systemd's journal outlives a restart; told on a Raspberry Pi alone, whose system spares its card. */
  journal: z.enum(['persistent', 'volatile']).optional(),
}

declare module '../../src/facts/facts.js' {
  interface FactsParts extends z.infer<z.ZodObject<typeof shape>> {}
}

/** Whether memory of containers is counted, and what a Raspberry Pi starts with. */
export const raspberryPiFacts: FactsPart = {
  keys: ['boot', 'memoryCgroup', 'journal'],
  packages: { deb: [], rpm: [] },
  script,
  shape,
  read: (lines) => {
    const values = new Map(lines)
    const memory = values.get('memoryCgroup')
    const journal = shape.journal.safeParse(values.get('journal')).data
    const running = values.get('boot.running')
    return {
      ...(memory === undefined ? {} : { memoryCgroup: memory === 'yes' }),
      ...(journal === undefined ? {} : { journal }),
      ...(running === undefined
        ? {}
        : { bootCommandLine: { path: values.get('boot.file'), line: values.get('boot.line'), running } }),
    }
  },
  rows: ({ memoryCgroup, bootCommandLine: boot }) => [
    ['memory of containers', memoryCgroup === false ? 'is not counted' : undefined],
    ['command line in', boot?.path],
  ],
}
