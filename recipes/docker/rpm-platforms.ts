import type { Facts, OsRelease } from '../../src/facts/facts.js'
import { type Published, publication, type Unsupported, unsupported } from './published.js'

/** Docker's folders of rpm repositories: `https://download.docker.com/linux/FOLDER/MAJOR/ARCH/CHANNEL`. */
type RpmFolder = 'rhel' | 'centos' | 'fedora'

export type RpmPlatform =
  | (Published & {
      folder: RpmFolder
      /** The release's whole number: `$releasever` may be a minor one (9.4), under which Docker publishes nothing. */
      major: string
      /** `RHEL 9`, `Fedora 43`. */
      name: string
    })
  | Unsupported

interface Release {
  folder: RpmFolder
  major: string
  /** What is known of the end of it; its last packages stay where they are. */
  ended?: string
}

/**
 * What Docker builds. Sources: docker-ce-packaging, distros.json of 2026-08-20 (commit 2f12fe8, Fedora 43 and 44), and the rpm/ folder of a
 * later commit (Fedora 45); its history and docker-install's list of ended releases for what ended; read 2026-11.
 */
const releases: readonly Release[] = [
  { folder: 'rhel', major: '10' },
  { folder: 'rhel', major: '9' },
  { folder: 'rhel', major: '8' },
  { folder: 'rhel', major: '7', ended: 'with that release' },
  { folder: 'centos', major: '10' },
  { folder: 'centos', major: '9' },
  { folder: 'centos', major: '8', ended: 'with CentOS Stream 8' },
  { folder: 'centos', major: '7', ended: 'with that release' },
  { folder: 'fedora', major: '45' },
  { folder: 'fedora', major: '44' },
  { folder: 'fedora', major: '43' },
  { folder: 'fedora', major: '42', ended: 'with that release' },
  { folder: 'fedora', major: '41', ended: 'with that release' },
]

const built = ['amd64', 'arm64']

/** The releases with the architectures that are built of them. */
export const dockerRpmReleases = releases.map((row) => ({ ...row, built }))

const names: Record<RpmFolder, string> = { rhel: 'RHEL', centos: 'CentOS Stream', fedora: 'Fedora' }

/** Rebuilds of RHEL, which take its packages. Source: each one's own word; Docker's linux/rocky is empty (docker-install PR 557). */
const rebuilds: readonly string[] = ['rocky', 'almalinux', 'ol']

/** Whether a host is RHEL, a relative of it, or Fedora. */
export function isRpmRelative(os: OsRelease): boolean {
  return [os.id, ...os.idLike].some((id) => ['rhel', 'centos', 'fedora', ...rebuilds].includes(id))
}

/**
 * Which of Docker's rpm repositories serves a release. Pure: PLATFORM_ID (`platform:el9`, `platform:f43`) tells what a release is
 * built like, whatever it calls itself.
 */
export function rpmPlatform(os: OsRelease, arch: Facts['arch']): RpmPlatform {
  if (os.id === 'amzn') {
    return unsupported(
      `${os.prettyName} is not served yet: Docker publishes no packages for it, and those for Fedora or RHEL do not fit its libraries`,
      'install Amazon’s own: `dnf install docker` (2023), `amazon-linux-extras install docker` (2); the recipes docker-daemon and docker-group work on it then',
    )
  }
  const [, kind, major] = /^platform:(el|f)(\d+)$/.exec(os.platformId ?? '') ?? guessed(os)
  if (kind === undefined || major === undefined) {
    return unsupported(
      `${os.prettyName} (ID=${os.id}) does not say which release of RHEL or Fedora it is built like (PLATFORM_ID in /etc/os-release)`,
      'install Docker by your distribution’s own means; fitout’s other recipes work on what is installed then',
    )
  }
  if (os.ostree) {
    return unsupported(
      `${os.prettyName} is an image that packages are layered on by rpm-ostree or bootc, and a running one cannot be changed by dnf`,
      'put Docker into the image (`rpm-ostree install docker-ce docker-ce-cli containerd.io` with Docker’s repository, then restart); the recipes docker-daemon and docker-group work on it then',
    )
  }
  const published = (folder: RpmFolder, given: Parameters<typeof publication>[4] = {}): RpmPlatform => {
    const row = releases.find((release) => release.folder === folder && release.major === major)
    const name = `${names[folder]} ${major}`
    const known = publication(
      name,
      arch.package,
      row && { ...row, built },
      (ended) => `${ended}, without security updates`,
      given,
    )
    return { folder, major, name, ...known }
  }
  if (kind === 'f') {
    return published('fedora', os.id === 'fedora' ? {} : { base: `${os.prettyName} is built on Fedora ${major}` })
  }
  if (os.id === 'centos' || os.id === 'rhel') return published(os.id)
  const known = rebuilds.includes(os.id)
  return published('rhel', {
    base: `${os.prettyName} is ${known ? 'a rebuild of' : 'built like'} RHEL ${major}, whose packages it takes`,
    assumed: known ? undefined : `${os.prettyName} is taken for a rebuild of RHEL ${major}`,
  })
}

/** For releases of before PLATFORM_ID. */
function guessed(os: OsRelease): [string, string | undefined, string | undefined] {
  const major = /^\d+/.exec(os.versionId ?? '')?.[0]
  if (os.id === 'fedora') return ['', 'f', major]
  return ['rhel', 'centos', ...rebuilds].includes(os.id) ? ['', 'el', major] : ['', undefined, undefined]
}
