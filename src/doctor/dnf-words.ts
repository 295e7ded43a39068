import type { Finding } from './check.js'

/** What is the same on hosts where dnf is, said in other words there. */
const words: readonly [RegExp, string][] = [
  [/\bdpkg:/g, 'rpm:'],
  [/neither docker-ce nor docker\.io/g, 'neither docker-ce nor moby-engine'],
  [/apt-get install --reinstall/g, 'dnf reinstall'],
  [/apt-get (install|remove)\b/g, 'dnf $1'],
  [/apt-get autoremove --purge/g, 'dnf remove --oldinstallonly'],
  [/apt-get clean/g, 'dnf clean packages'],
  [/apt-get update/g, 'dnf makecache'],
  [/update-initramfs -u( -k all)?/g, 'dracut --force --regenerate-all'],
  [/linux-headers-/g, 'kernel-devel-'],
  [/\bapt and registries\b/g, 'dnf and registries'],
]

/** A finding of a check that is made for apt and dnf alike, as somebody can act on it where dnf is. */
export function inDnfWords(finding: Finding): Finding {
  const said = (text: string) => words.reduce((all, [pattern, word]) => all.replace(pattern, word), text)
  return {
    ...finding,
    evidence: finding.evidence.map(said),
    cause: said(finding.cause),
    remedy: said(finding.remedy),
  }
}
