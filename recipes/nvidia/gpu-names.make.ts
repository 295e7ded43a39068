// Makes gpu-names.txt from the database of PCI ids:  npx tsx recipes/nvidia/gpu-names.make.ts /usr/share/misc/pci.ids
// The database comes with Debian’s package pci.ids (`apt-get download pci.ids`) or from https://pci-ids.ucw.cz.
import { readFileSync, writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

/** Fermi and newer. What follows the number (`GL`, `GLM`, `M` …) says for which market a chip was put on a card, but for `GB10B` and `GB20B`. */
const chipOf = /^(G[FKMPVABHR]|TU|AD)\d{2,3}(?!x)(?:(?<=GB\d\d)B)?/
/** Other functions of the same chips. */
const notGpu = /audio|usb|nvswitch|pcie host|pci bridge|root port|\[tegra rp/i

/** One line a GPU, `2330 GH100 H100 SXM5 80GB`, from the text of a pci.ids. */
export function gpuTable(pciIds: string): string {
  const version = /^#\s*Version:\s*(\S+)/m.exec(pciIds)?.[1]
  const nvidia = /^10de {2}.*\n((?:[\t#].*\n|\n)*)/m.exec(pciIds)?.[1]
  if (!version || !nvidia) throw new Error('this is not a pci.ids with a version and NVIDIA’s devices')
  const gpus = nvidia.split('\n').flatMap((line) => {
    const [, id, words] = /^\t([0-9a-f]{4}) {2}(.*)$/.exec(line) ?? []
    const chip = words === undefined ? undefined : chipOf.exec(words)?.[0]
    if (!words || !chip || notGpu.test(words)) return []
    const name = /\[(.*)\]$/.exec(words)?.[1]?.trim()
    return [[id, chip, ...(name && !/^Reserved/.test(name) ? [name] : [])].join(' ')]
  })
  return [
    `# NVIDIA’s GPUs from Fermi on: PCI device id, chip, name. From pci.ids ${version}, made by gpu-names.make.ts.`,
    '# © Martin Mareš, Albert Pool and volunteers of the PCI ID Project, https://pci-ids.ucw.cz; 3-clause BSD licence.',
    ...gpus,
    '',
  ].join('\n')
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [, , source] = argv
  if (!source) throw new Error('give the path of a pci.ids')
  writeFileSync(new URL('gpu-names.txt', import.meta.url), gpuTable(readFileSync(source, 'utf8')))
}
