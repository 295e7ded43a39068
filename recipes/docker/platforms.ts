import type { Facts, OsRelease } from '../../src/facts/facts.js'
import { type Published, publication, type Unsupported, unsupported } from './published.js'

/** Docker's repositories for apt: `https://download.docker.com/linux/FAMILY`. */
type DockerFamily = 'ubuntu' | 'debian' | 'raspbian'

interface DockerSuite extends Published {
  family: DockerFamily
  suite: string
  /** It is not the host's own release, nor one that it is built on: it comes near. */
  near?: true
}

/** `otherwise`: the suite that serves the release if Docker has none of its own for it. */
export type DockerPlatform = (DockerSuite & { otherwise?: DockerSuite }) | Unsupported

/** One suite of Docker's repositories. */
interface Suite {
  family: DockerFamily
  suite: string
  /** The release's number, as /etc/os-release and /etc/debian_version give it. */
  release: string
  /** What is known of the end of a suite that is no longer built; its last packages stay where they are. */
  ended?: string
}

/**
 * Docker's suites. Sources: docker-ce-packaging, distros.json of 2026-08-20 (what is built), its history (what ended, with
 * dates), Docker's release notes of 29.0 (Raspbian), docker-install's list of ended releases; read 2026-11.
 */
const suites: readonly Suite[] = [
  { family: 'ubuntu', suite: 'resolute', release: '26.04' },
  { family: 'ubuntu', suite: 'questing', release: '25.10', ended: 'on 2026-08-10' },
  { family: 'ubuntu', suite: 'plucky', release: '25.04', ended: 'in February 2026' },
  { family: 'ubuntu', suite: 'oracular', release: '24.10', ended: 'with that release' },
  { family: 'ubuntu', suite: 'noble', release: '24.04' },
  { family: 'ubuntu', suite: 'mantic', release: '23.10', ended: 'with that release' },
  { family: 'ubuntu', suite: 'lunar', release: '23.04', ended: 'with that release' },
  { family: 'ubuntu', suite: 'kinetic', release: '22.10', ended: 'with that release' },
  { family: 'ubuntu', suite: 'jammy', release: '22.04' },
  { family: 'ubuntu', suite: 'focal', release: '20.04', ended: 'with its standard support' },
  { family: 'ubuntu', suite: 'bionic', release: '18.04', ended: 'with its standard support' },
  { family: 'ubuntu', suite: 'xenial', release: '16.04', ended: 'with its standard support' },
  { family: 'debian', suite: 'trixie', release: '13' },
  { family: 'debian', suite: 'bookworm', release: '12' },
  { family: 'debian', suite: 'bullseye', release: '11' },
  { family: 'debian', suite: 'buster', release: '10', ended: 'with that release' },
  { family: 'debian', suite: 'stretch', release: '9', ended: 'with that release' },
  { family: 'raspbian', suite: 'bookworm', release: '12', ended: 'with version 28' },
  { family: 'raspbian', suite: 'bullseye', release: '11', ended: 'with version 28' },
  { family: 'raspbian', suite: 'buster', release: '10', ended: 'with that release' },
]

/** The package architectures of a family's suites. Source: the same, and older revisions for suites that ended. */
const built: Record<DockerFamily, readonly string[]> = {
  ubuntu: ['amd64', 'arm64', 'armhf'],
  debian: ['amd64', 'arm64', 'armhf'],
  raspbian: ['armhf'],
}

/** The suites with the architectures that are built of them. */
export const dockerSuites = suites.map((row) => ({ ...row, built: built[row.family] }))

const titles: Record<DockerFamily, string> = {
  ubuntu: 'Ubuntu',
  debian: 'Debian',
  raspbian: '32-bit Raspberry Pi OS',
}

/** What Debian testing and everything that rolls with it takes as long as Docker has nothing of its own for it. Source: docker-install maps forky to trixie, 2026-06. */
const newestDebian = 'trixie'

/** Derivatives that name Debian's releases anew. Source: each one's own release notes; read 2026-11. */
const renamedDebian: Record<string, string> = {
  // Devuan
  chimaera: 'bullseye',
  daedalus: 'bookworm',
  excalibur: 'trixie',
  // Linux Mint Debian Edition, where DEBIAN_CODENAME is missing
  elsie: 'bullseye',
  faye: 'bookworm',
  gigi: 'trixie',
}

/** Suites of Debian that are never released. */
const rollingDebian = /^(sid|testing|unstable)$/
/** Releases of Debian to come. Source: Debian’s announcement of their names; read 2026-11. */
const comingDebian = /^(forky|duke)$/

/** Who is not served yet, by IDs of /etc/os-release, and what it would take. Source: docs.docker.com, distros.json of 2026-08-20. */
const refusals: readonly { ids: readonly string[]; needs: string; remedy: string }[] = [
  {
    ids: ['fedora', 'rhel', 'centos', 'rocky', 'almalinux', 'ol', 'amzn'],
    needs: 'its packages are rpm’s, and fitout installs those by dnf only',
    remedy:
      'install Docker by your distribution’s own means (docs.docker.com/engine/install/); fitout’s other recipes work on what is installed then',
  },
  ...[
    { ids: ['suse', 'opensuse', 'sles'], install: 'zypper install docker docker-compose' },
    { ids: ['arch', 'archarm', 'manjaro'], install: 'pacman -S docker docker-compose docker-buildx' },
    { ids: ['alpine', 'postmarketos'], install: 'apk add docker docker-cli-compose docker-cli-buildx' },
  ].map(({ ids, install }) => ({
    ids,
    needs: `Docker publishes no packages for it; fitout would have to drive ${install.split(' ')[0]}`,
    remedy: `install the distribution’s own: \`${install}\``,
  })),
]

/**
 * Which suite of Docker's repositories serves a release. Pure: a table and the rules of who is a relative of whom. The
 * architecture is what the package manager installs, never what the kernel says.
 */
export function dockerPlatform(os: OsRelease, arch: Facts['arch']): DockerPlatform {
  const refusal = refusals.find(({ ids }) => [os.id, ...os.idLike].some((id) => ids.includes(id)))
  const relative =
    os.id === 'debian' || os.id === 'ubuntu' || os.idLike.some((id) => id === 'debian' || id === 'ubuntu')
  if (refusal && !relative) return unsupported(`${os.prettyName} is not served yet: ${refusal.needs}`, refusal.remedy)
  if (!relative && os.id !== 'raspbian') {
    return unsupported(
      `${os.prettyName} (ID=${os.id}) is not known to be a relative of Debian or Ubuntu`,
      'install Docker by your distribution’s own means; fitout’s other recipes work on what is installed then',
    )
  }
  const isRaspbian = os.id === 'raspbian' && arch.package === 'armhf'
  const isUbuntu = os.id === 'ubuntu' || os.ubuntuCodename !== undefined || os.idLike.includes('ubuntu')
  if (isUbuntu && !isRaspbian) return whole(ubuntu(os, arch))
  return belowArmv7(os, arch) ?? whole(isRaspbian ? raspbian(os, arch) : debian(os, arch))
}

/** The platform, unless its suite, which becomes part of an address and of a configuration file, cannot be one. */
function whole(platform: DockerPlatform): DockerPlatform {
  if (!('suite' in platform) || /^[a-z]+$/.test(platform.suite)) return platform
  return unsupported(
    `the release’s codename “${platform.suite}” is not one`,
    'take the distribution’s packages with docker-engine.source=distro, or mend /etc/os-release',
  )
}

function ubuntu(os: OsRelease, arch: Facts['arch']): DockerPlatform {
  const own =
    os.id === 'ubuntu'
      ? (suiteOf('ubuntu', 'release', os.versionId) ?? os.codename)
      : suiteOf('ubuntu', 'suite', os.codename)
  const suite = os.ubuntuCodename ?? own
  if (suite === undefined) {
    return unsupported(
      `${os.prettyName} does not say which Ubuntu release it is built on`,
      'take the distribution’s packages with docker-engine.source=distro, or add UBUNTU_CODENAME to /etc/os-release',
    )
  }
  const base = os.id === 'ubuntu' ? undefined : `${os.prettyName} is built on Ubuntu ${suite}`
  return published('ubuntu', suite, arch, { base })
}

function debian(os: OsRelease, arch: Facts['arch']): DockerPlatform {
  const said = os.debianCodename ?? (os.id === 'debian' ? os.codename : undefined)
  const version = os.debianVersion?.trim() ?? (os.id === 'debian' ? os.versionId : undefined)
  const codename =
    said ??
    suiteOf('debian', 'release', version?.split('.')[0]) ??
    renamedDebian[os.codename ?? ''] ??
    version?.split('/')[0]
  if (os.id === 'kali' || codename === 'kali-rolling') {
    const assumed = `${os.prettyName} rolls on; its documentation says to take Docker’s packages for Debian’s current stable release, ${newestDebian}`
    return { ...published('debian', newestDebian, arch, { assumed }), near: true }
  }
  const suite = renamedDebian[codename ?? ''] ?? codename
  const isListed = suite !== undefined && suiteOf('debian', 'suite', suite) !== undefined
  const assumed = `${os.prettyName} uses Docker’s packages for Debian ${newestDebian}`
  if (suite !== undefined && rollingDebian.test(suite))
    return { ...published('debian', newestDebian, arch, { assumed }), near: true }
  // As trixie did before its release, testing calls itself `forky/sid`.
  if (suite !== undefined && !isListed && (comingDebian.test(suite) || os.debianVersion?.trim() === `${suite}/sid`))
    return { ...published('debian', suite, arch, {}), otherwise: published('debian', newestDebian, arch, { assumed }) }
  if (suite === undefined || (os.id !== 'debian' && os.debianCodename === undefined && !isListed)) {
    return unsupported(
      `${os.prettyName} does not say which Debian release it is built on`,
      'take the distribution’s packages with docker-engine.source=distro, or add DEBIAN_CODENAME to /etc/os-release',
    )
  }
  const base = os.id === 'debian' ? undefined : `${os.prettyName} is built on Debian ${suite}`
  return published('debian', suite, arch, { base })
}

/**
 * Raspberry Pi OS with a 32-bit userland. Sources: release notes of Docker 29.0.0 ("packages for Raspbian are no longer
 * provided"; "Debian armhf … target ARMv7"), docker-install issue 542, docs.docker.com/engine/install/raspberry-pi-os.
 */
function raspbian(os: OsRelease, arch: Facts['arch']): DockerPlatform {
  const suite = os.codename ?? suiteOf('debian', 'release', os.versionId) ?? newestDebian
  if (suiteOf('raspbian', 'suite', suite)) return published('raspbian', suite, arch, {})
  return published('debian', suite, arch, {
    base: `Docker has no packages for 32-bit Raspberry Pi OS ${suite}; Debian’s run on ARMv7 and newer`,
    assumed:
      arch.armVersion === undefined
        ? 'the CPU does not say its ARM version; ARMv7 or newer is taken for granted'
        : undefined,
  })
}

/** Source of the versions: a user's report for bookworm in containerd-packaging issue 428; moby issue 47540. */
function belowArmv7(os: OsRelease, arch: Facts['arch']): DockerPlatform | undefined {
  if ((arch.package !== 'armhf' && arch.package !== 'armel') || arch.armVersion === undefined || arch.armVersion >= 7)
    return undefined
  const last =
    'the last of Docker’s that are reported to work here are those of linux/raspbian bookworm: docker-ce 28.0.1, containerd.io 1.7.25-1, ' +
    `buildx 0.21.1-1, compose 2.33.1${os.codename === 'bookworm' ? '' : ' (not for this release)'}`
  return {
    unsupported: {
      cause: `this CPU is ARMv${arch.armVersion} (a Raspberry Pi 1, Zero or Zero W), and Docker’s packages are built for ARMv7: they end in “Illegal instruction”`,
      remedy: `take the distribution’s own, which are built for this CPU, with docker-engine.source=distro; ${last}`,
      last,
    },
  }
}

function published(
  family: DockerFamily,
  suite: string,
  arch: Facts['arch'],
  given: Parameters<typeof publication>[4],
): DockerSuite {
  const row = suites.find((candidate) => candidate.family === family && candidate.suite === suite)
  const known = publication(
    `${titles[family]} ${suite}`,
    arch.package,
    row && { ...row, built: built[family] },
    () => 'Those last packages get no security updates any more',
    given,
  )
  return { family, suite, ...known }
}

function suiteOf(family: DockerFamily, by: 'suite' | 'release', value: string | undefined): string | undefined {
  return suites.find((row) => row.family === family && row[by] === value)?.suite
}
