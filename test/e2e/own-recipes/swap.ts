// Written from docs/writing-recipes.md alone.
import { check, type FactsPart, file, recipe, z } from 'fitout/recipe'

const shape = {
  swap: z.object({
    swappiness: z.number(),
    devices: z.array(z.object({ path: z.string(), kib: z.number() })),
  }),
}

declare module 'fitout/recipe' {
  interface FactsParts extends z.infer<z.ZodObject<typeof shape>> {}
}

const swapFacts: FactsPart = {
  keys: ['swap'],
  packages: { deb: ['zram-tools'], rpm: ['zram-generator'] },
  script: `say swap.swappiness "$(cat /proc/sys/vm/swappiness)"
tail -n +2 /proc/swaps | while read -r path _ kib _; do
  say swap.device "$kib $path"
done`,
  shape,
  read: (lines) => {
    const all = (wanted: string) => lines.flatMap(([key, value]) => (key === `swap.${wanted}` ? [value] : []))
    const devices = all('device').map((line) => line.split(' '))
    return {
      swap: {
        swappiness: Number(all('swappiness')[0] ?? 60),
        devices: devices.map(([kib, ...path]) => ({ path: path.join(' '), kib: Number(kib) })),
      },
    }
  },
  rows: ({ swap }) => [
    ['swaps to', swap.devices.map(({ path, kib }) => `${path} (${Math.round(kib / 1024)} MiB)`).join(', ')],
    ['swappiness', String(swap.swappiness)],
  ],
}

const swapOnCard = check({
  name: 'swap-on-card',
  title: 'the kernel does not swap to a memory card',
  finds: 'swap on an SD card or eMMC, which wears out',
  mends: ['swap'],
  suits: ({ swap }) => swap.devices.length > 0,
  looks: ['about swap; ask 0 tail -n +2 /proc/swaps | each swap'],
  judge: ({ facts }, said) => {
    const onCard = said.all('swap').filter((line) => line.startsWith('/dev/mmcblk'))
    if (onCard.length === 0) return []
    const often = facts.swap.swappiness > 10
    return [
      {
        severity: often ? 'warning' : 'note',
        title: 'the kernel swaps to a memory card',
        evidence: [...onCard.map((line) => `/proc/swaps: ${line}`), `vm.swappiness is ${facts.swap.swappiness}`],
        cause: 'every page that is swapped out is a write, and cards wear out',
        remedy: '`swapoff -a`, and remove the entry from /etc/fstab',
        mend: often ? { recipe: 'swap' } : undefined,
      },
    ]
  },
})

const path = '/etc/sysctl.d/60-swappiness.conf'

export default recipe({
  name: 'swap',
  title: 'A kernel that swaps less',
  about: 'Sets how readily the kernel swaps. What it swaps to stays as it is.',
  options: {
    swappiness: z.int().min(0).max(200).default(10).describe('how readily the kernel swaps'),
  },
  facts: [swapFacts],
  checks: [swapOnCard],
  resources: ({ options, facts }) => [
    file({
      path,
      text: `vm.swappiness = ${options.swappiness}\n`,
      purpose: `lower vm.swappiness, which is ${facts.swap.swappiness}`,
      after: `sysctl -q -p ${path}`,
    }),
  ],
  notes: ({ facts }) => (facts.swap.devices.length === 0 ? ['nothing to swap to is configured'] : []),
})
