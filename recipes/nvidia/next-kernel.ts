import { compareDebVersions } from '../../src/data/deb-version.js'
import { matchesPattern } from '../../src/patterns.js'

/** What a host says of its boot loader: the lines `nvidia.boot.…` of `facts.sh`, without that. */
interface BootLines {
  loader?: string | undefined
  /** Releases with an image in /boot. */
  images: string[]
  /** Settings of GRUB and the entries that its environment holds. */
  set: Map<string, string>
  /** File names of systemd-boot’s entries. */
  entries: string[]
  /** systemd-boot’s pattern, or the release that kernelstub boots. */
  default?: string | undefined
}

/**
 * The release of the kernel that the boot loader starts next; `undefined` where that cannot be known. What GRUB’s menu says is
 * worked out from what it is made of, since only root may read it.
 *
 * Sources: GRUB 2.06 and 2.12, util/grub.d/00_header.in and 10_linux.in, with Debian’s and Ubuntu’s patches (GRUB_TOP_LEVEL,
 * GRUB_FLAVOUR_ORDER); loader.conf(5); kernelstub’s README.
 */
export function nextKernel(boot: BootLines, kernels: readonly string[]): string | undefined {
  if (boot.loader === 'kernelstub') return boot.images.find((image) => image === boot.default)
  if (boot.loader === 'systemd-boot') return ofSystemdBoot(boot, kernels)
  if (boot.loader === 'bls') return ofSavedEntry(boot, kernels)
  if (boot.loader !== 'grub') return undefined
  const images = inMenuOrder(boot)
  // What grub-reboot set comes before everything else, once.
  const entry = boot.set.get('next_entry') || setting(boot, 'GRUB_DEFAULT') || '0'
  return ofGrub(entry === 'saved' ? boot.set.get('saved_entry') || '0' : entry, images, boot)
}

/** The value as the shell that sources the file has it. */
function setting({ set }: BootLines, name: string): string {
  const text = (set.get(name) ?? '').trim()
  const quoted = /^(["'])(.*?)\1/.exec(text)
  return quoted ? quoted[2]! : text.replace(/\s+#.*$/, '')
}

/** Newest first, except for what GRUB was told to put before the others. */
function inMenuOrder(boot: BootLines): string[] {
  const flavours = setting(boot, 'GRUB_FLAVOUR_ORDER').split(/\s+/).filter(Boolean)
  const rank = (release: string) => {
    const found = flavours.findIndex((flavour) => release.endsWith(`-${flavour}`))
    return found === -1 ? flavours.length : found
  }
  const images = boot.images
    .filter((name) => !/\.(dpkg-.*|rpm(save|new)|old|bak)$|~$/.test(name))
    .sort((a, b) => rank(a) - rank(b) || compareDebVersions(b, a))
  const top = /vmlinuz-(.+)$/.exec(setting(boot, 'GRUB_TOP_LEVEL'))?.[1]
  return top !== undefined && images.includes(top) ? [top, ...images.filter((one) => one !== top)] : images
}

/** `0`, `1>2`, a title or an identifier. */
function ofGrub(entry: string, images: readonly string[], boot: BootLines): string | undefined {
  if (entry === '0') return images[0]
  const perKernel = setting(boot, 'GRUB_DISABLE_RECOVERY') === 'true' ? 1 : 2
  const flat = /^(true|y)$/.test(setting(boot, 'GRUB_DISABLE_SUBMENU'))
  const numbers = flat ? /^(\d+)$/.exec(entry) : /^1>(\d+)$/.exec(entry)
  if (numbers) return images[Math.floor(Number(numbers[1]) / perKernel)]
  const last = entry.slice(entry.lastIndexOf('>') + 1)
  const release = /^gnulinux-(.+)-(?:advanced|recovery)-/.exec(last)?.[1] ?? /, with Linux (\S+)/.exec(last)?.[1]
  if (release !== undefined) return images.find((image) => image === release)
  return /^gnulinux-simple-|^Ubuntu$|GNU\/Linux$/.test(last) ? images[0] : undefined
}

/**
 * What grub2 of RHEL's family starts: the entry that is saved, which a new kernel becomes when it is installed. Sources: grub2’s
 * blscfg.c and kernel-install’s 20-grub.install as Fedora and RHEL patch them.
 */
function ofSavedEntry({ set, entries }: BootLines, kernels: readonly string[]): string | undefined {
  const saved = set.get('next_entry') || set.get('saved_entry')
  const entry = entries.find((one) => one === `${saved}.conf`)
  return entry && kernels.find((release) => entry.endsWith(`-${release}.conf`))
}

function ofSystemdBoot({ entries, default: pattern = '*' }: BootLines, kernels: readonly string[]): string | undefined {
  // `@saved` is in the firmware; anything else with an @ is unknown to this.
  if (pattern.startsWith('@')) return undefined
  const suiting = entries.filter((entry) => matchesPattern(pattern, entry))
  const releases = suiting.map((entry) =>
    kernels.find((release) => entry === `${release}.conf` || entry.endsWith(`-${release}.conf`)),
  )
  // An entry that names no kernel, as a unified image’s, may be the one.
  if (releases.includes(undefined)) return undefined
  return releases.sort((a, b) => compareDebVersions(b!, a!))[0]
}
