import type { Facts, OsRelease } from '../../src/facts/facts.js'

/** Docker's repositories for apt: `https://download.docker.com/linux/FAMILY`. */
type DockerFamily = 'ubuntu' | 'debian' | 'raspbian'

export type DockerPlatform =
  | {
      family: DockerFamily
      suite: string
      /** Why this suite, as a phrase for the plan: `Docker publishes for Ubuntu noble`. */
      why: string
      /** Whether Docker publishes packages for this suite and architecture as far as the table knows. The repository has the last word. */
      published: boolean
      /** What was taken for granted and a person may want to know, as a sentence. */
      assumed?: string
    }
  | { unsupported: { cause: string; remedy: string; last?: string } }

/** One suite of Docker's repositories. */
interface Suite {
  family: DockerFamily
  suite: string
  /** The release's number, as /etc/os-release and /etc/debian_version give it. */
  release: string
  /** Package architectures that get new versions. Empty for a suite that is no longer built. */
  architectures: readonly string[]
  /** What is known of the end of a suite; its last packages stay where they are. */
  ended?: string
}

const built = ['amd64', 'arm64', 'armhf'] as const

/**
 * Docker's suites. Sources: docker-ce-packaging, distros.json of 2026-08-20 (what is built), its history (what ended, with
 * dates), Docker's release notes of 29.0 (Raspbian), docker-install's list of ended releases; read 2026-11.
 */
const suites: readonly Suite[] = [
  { family: 'ubuntu', suite: 'resolute', release: '26.04', architectures: built },
  { family: 'ubuntu', suite: 'questing', release: '25.10', architectures: [], ended: 'on 2026-08-10' },
  { family: 'ubuntu', suite: 'plucky', release: '25.04', architectures: [], ended: 'in February 2026' },
  { family: 'ubuntu', suite: 'oracular', release: '24.10', architectures: [], ended: 'with that release' },
  { family: 'ubuntu', suite: 'noble', release: '24.04', architectures: built },
  { family: 'ubuntu', suite: 'mantic', release: '23.10', architectures: [], ended: 'with that release' },
  { family: 'ubuntu', suite: 'lunar', release: '23.04', architectures: [], ended: 'with that release' },
  { family: 'ubuntu', suite: 'kinetic', release: '22.10', architectures: [], ended: 'with that release' },
  { family: 'ubuntu', suite: 'jammy', release: '22.04', architectures: built },
  { family: 'ubuntu', suite: 'focal', release: '20.04', architectures: [], ended: 'with its standard support' },
  { family: 'ubuntu', suite: 'bionic', release: '18.04', architectures: [], ended: 'with its standard support' },
  { family: 'ubuntu', suite: 'xenial', release: '16.04', architectures: [], ended: 'with its standard support' },
  { family: 'debian', suite: 'trixie', release: '13', architectures: built },
  { family: 'debian', suite: 'bookworm', release: '12', architectures: built },
  { family: 'debian', suite: 'bullseye', release: '11', architectures: built },
  { family: 'debian', suite: 'buster', release: '10', architectures: [], ended: 'with that release' },
  { family: 'debian', suite: 'stretch', release: '9', architectures: [], ended: 'with that release' },
  { family: 'raspbian', suite: 'bookworm', release: '12', architectures: [], ended: 'with version 28' },
  { family: 'raspbian', suite: 'bullseye', release: '11', architectures: [], ended: 'with version 28' },
  { family: 'raspbian', suite: 'buster', release: '10', architectures: [], ended: 'with that release' },
]

/** Architectures that ended suites were built for. Source: the same, older revisions. */
const builtOnce: Record<DockerFamily, readonly string[]> = { ubuntu: built, debian: built, raspbian: ['armhf'] }

/** What Debian testing and everything that rolls with it takes. Source: docker-install maps forky to trixie, 2026-06. */
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

/** Names under which what becomes the next Debian goes. */
const unreleasedDebian = /^(sid|testing|unstable|forky|duke)$/

interface Refusal {
  /** IDs of /etc/os-release, its own or those it says to be like. */
  ids: readonly string[]
  needs: string
  remedy: string
}

/** Who is not served yet, and what it would take. Source: docs.docker.com, distros.json of 2026-08-20. */
const refusals: readonly Refusal[] = [
  {
    ids: ['fedora', 'rhel', 'centos', 'rocky', 'almalinux', 'ol', 'amzn'],
    needs: 'Docker publishes rpm packages for its relatives; fitout cannot write dnf repositories yet',
    remedy:
      'follow docs.docker.com/engine/install/ for RHEL, CentOS or Fedora; fitout’s other recipes work on what is installed then',
  },
  {
    ids: ['suse', 'opensuse', 'sles'],
    needs: 'Docker publishes no packages for it; fitout would have to drive zypper',
    remedy: 'install the distribution’s own: `zypper install docker docker-compose`',
  },
  {
    ids: ['arch', 'archarm', 'manjaro'],
    needs: 'Docker publishes no packages for it; fitout would have to drive pacman',
    remedy: 'install the distribution’s own: `pacman -S docker docker-compose docker-buildx`',
  },
  {
    ids: ['alpine', 'postmarketos'],
    needs: 'Docker publishes no packages for it; fitout would have to drive apk',
    remedy: 'install the distribution’s own: `apk add docker docker-cli-compose docker-cli-buildx`',
  },
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
  if (os.id === 'raspbian' && arch.package === 'armhf') return raspbian(os, arch)
  if (isUbuntu(os)) return ubuntu(os, arch)
  return debian(os, arch)
}

function isUbuntu(os: OsRelease): boolean {
  return os.id === 'ubuntu' || os.ubuntuCodename !== undefined || os.idLike.includes('ubuntu')
}

function ubuntu(os: OsRelease, arch: Facts['arch']): DockerPlatform {
  const own = os.id === 'ubuntu' ? (suiteOf('ubuntu', os.versionId) ?? os.codename) : knownSuite('ubuntu', os.codename)
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
  const tooOld = belowArmv7(os, arch)
  if (tooOld) return tooOld
  const said = os.debianCodename ?? (os.id === 'debian' ? os.codename : undefined)
  const version = os.debianVersion?.trim() ?? (os.id === 'debian' ? os.versionId : undefined)
  const codename =
    said ?? suiteOf('debian', version?.split('.')[0]) ?? renamedDebian[os.codename ?? ''] ?? version?.split('/')[0]
  if (os.id === 'kali' || codename === 'kali-rolling') {
    const assumed = `${os.prettyName} rolls on; its documentation says to take Docker’s packages for Debian’s current stable release, ${newestDebian}`
    return published('debian', newestDebian, arch, { assumed })
  }
  const suite = renamedDebian[codename ?? ''] ?? codename
  // `trixie/sid` was how trixie called itself before its release; forky and sid have nothing of their own.
  if (suite !== undefined && unreleasedDebian.test(suite)) {
    const assumed = `Docker publishes nothing for ${os.prettyName}; its packages for Debian ${newestDebian} are taken`
    return published('debian', newestDebian, arch, { assumed })
  }
  if (suite === undefined || (os.id !== 'debian' && knownSuite('debian', suite) === undefined)) {
    return unsupported(
      `${os.prettyName} does not say which Debian release it is built on`,
      'take the distribution’s packages with docker-engine.source=distro, or add DEBIAN_CODENAME to /etc/os-release',
    )
  }
  const base = os.id === 'debian' ? undefined : `${os.prettyName} is built on Debian ${suite}`
  return published('debian', suite, arch, { base, assumed: armAssumption(os, arch) })
}

/**
 * Raspberry Pi OS with a 32-bit userland. Sources: release notes of Docker 29.0.0 ("packages for Raspbian are no longer
 * provided"; "Debian armhf … target ARMv7"), docker-install issue 542, docs.docker.com/engine/install/raspberry-pi-os.
 */
function raspbian(os: OsRelease, arch: Facts['arch']): DockerPlatform {
  const tooOld = belowArmv7(os, arch)
  if (tooOld) return tooOld
  const suite = os.codename ?? suiteOf('debian', os.versionId) ?? newestDebian
  if (knownSuite('raspbian', suite)) return published('raspbian', suite, arch, {})
  const assumed = armAssumption(os, arch)
  return published('debian', suite, arch, {
    base: `Docker has no packages for 32-bit Raspberry Pi OS ${suite}; Debian’s run on ARMv7 and newer`,
    assumed,
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

function armAssumption(os: OsRelease, arch: Facts['arch']): string | undefined {
  if (arch.package !== 'armhf' || arch.armVersion !== undefined || os.id !== 'raspbian') return undefined
  return 'the CPU does not say its ARM version; ARMv7 or newer is taken for granted'
}

function published(
  family: DockerFamily,
  suite: string,
  arch: Facts['arch'],
  given: { base?: string | undefined; assumed?: string | undefined },
): DockerPlatform {
  // The suite becomes part of an address and of a configuration file.
  if (!/^[a-z]+$/.test(suite)) {
    return unsupported(
      `the release’s codename “${suite}” is not one`,
      'take the distribution’s packages with docker-engine.source=distro, or mend /etc/os-release',
    )
  }
  const row = suites.find((candidate) => candidate.family === family && candidate.suite === suite)
  const name = { ubuntu: `Ubuntu ${suite}`, debian: `Debian ${suite}`, raspbian: `32-bit Raspberry Pi OS ${suite}` }[
    family
  ]
  const base = given.base ? `${given.base}; ` : ''
  const result = (isPublished: boolean, why: string, ...assumed: (string | undefined)[]) => {
    const notes = [given.assumed, ...assumed].filter((note) => note !== undefined)
    return {
      family,
      suite,
      why: base + why,
      published: isPublished,
      ...(notes.length > 0 ? { assumed: notes.join('. ') } : {}),
    }
  }
  if (!row) return result(false, `as of August 2026 Docker publishes nothing for ${name}`)
  if (row.architectures.includes(arch.package)) return result(true, `Docker publishes for ${name} on ${arch.package}`)
  if (row.ended && builtOnce[family].includes(arch.package)) {
    const ended = `Docker stopped publishing for ${name} ${row.ended}; the last packages are still there`
    return result(true, ended, 'Those last packages get no security updates any more')
  }
  return result(false, `Docker publishes for ${name}, but not on ${arch.package}`)
}

function knownSuite(family: DockerFamily, suite: string | undefined): string | undefined {
  return suites.find((row) => row.family === family && row.suite === suite)?.suite
}

function suiteOf(family: DockerFamily, release: string | undefined): string | undefined {
  return suites.find((row) => row.family === family && row.release === release)?.suite
}

function unsupported(cause: string, remedy: string): DockerPlatform {
  return { unsupported: { cause, remedy } }
}
