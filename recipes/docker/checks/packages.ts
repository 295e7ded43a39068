import { fingerprintsIn } from '../../../src/data/openpgp/any-key.js'
import type { LookAnswer } from '../../../src/doctor/answer.js'
import { check, type Finding } from '../../../src/doctor/check.js'
import { dnfLook, packagesLook } from '../../../src/doctor/looks/index.js'
import type { Facts } from '../../../src/facts/facts.js'
import type { Sources } from '../../../src/packages/apt-sources/read.js'
import { isInstalled } from '../../../src/packages/installed.js'
import { packageManagerOf } from '../../../src/packages/package-manager.js'
import { counted, listed } from '../../../src/text.js'
import { hasGpuForContainers } from '../../nvidia/gpus.js'
import { nvidiaFingerprints } from '../../nvidia/repositories.js'
import { toolkitPackages } from '../../nvidia-container-toolkit/packages.js'
import { rpmLook } from '../looks/index.js'
import { dockerPackages } from '../packages.js'
import { dockerFingerprint } from '../repository.js'
import { rpmPlatform } from '../rpm-platforms.js'
import { shownUnit, sourcesOf, unsignedBy } from './apt-entries.js'
import { bare, shown, sources } from './apt-sources.js'

const apt = (facts: Facts) => facts.packageManager === 'apt'
const aptOrDnf = ({ packageManager }: Facts) => packageManager === 'apt' || packageManager === 'dnf'
const mend = { recipe: 'docker-engine' }

/** What a transaction of rpm’s leaves that was cut off between bringing the new version and taking the old one. */
function twice(answer: LookAnswer): Finding | Finding[] {
  const lines = answer.all('twice')
  if (lines.length === 0) return []
  const names = [...new Set(lines.map((line) => line.split(' ')[0]!))]
  return {
    severity: 'error',
    title: `installed in two versions: ${listed(names)}`,
    evidence: lines.map((line) => `rpm -qa: ${line}`),
    cause: 'an upgrade was cut off (power, connection, memory or disk); dnf takes one of them for the installed one',
    remedy: `\`dnf check --duplicates\` lists all of them; \`rpm -e NAME-VERSION\` of the older one, then \`dnf reinstall ${names.join(' ')}\``,
  }
}

const halfInstalled = check({
  name: 'half-installed',
  title: 'no package is installed half-way',
  finds:
    'packages whose installation was cut off; where dnf is, those of Docker and NVIDIA that stand there in two versions',
  mends: ['docker-engine'],
  looks: [rpmLook],
  suits: aptOrDnf,
  judge: ({ facts }, answer) => {
    if (facts.packageManager === 'dnf') return twice(answer)
    const interrupted = facts.interrupted ?? []
    if (interrupted.length === 0) return []
    const states = interrupted.map((name) => {
      const known = facts.packages[name]
      return name === 'dpkg'
        ? '/var/lib/dpkg/updates: not empty'
        : `/var/lib/dpkg/status: Package: ${name}${known ? ` (${known.version}, ${known.state})` : ''}`
    })
    return {
      severity: 'error',
      title: `${counted(interrupted.length, 'package')} installed half-way`,
      evidence: states.slice(0, 8),
      cause:
        'an installation was cut off: power, connection, memory or disk; apt refuses everything else before it is finished',
      remedy:
        '`dpkg --configure -a`, then `apt-get --fix-broken install`; a package that `dpkg --audit` names even then: `apt-get install --reinstall NAME`',
      mend,
    }
  },
})

const held = check({
  name: 'held-packages',
  title: 'no package is held back',
  finds: 'holds of Docker’s or the container toolkit’s packages; a warning where only some of a set are held',
  mends: ['docker-engine', 'nvidia-container-toolkit'],
  looks: [],
  suits: aptOrDnf,
  judge: ({ facts }) => {
    const { commands } = packageManagerOf(facts)
    const isHeld = (name: string) => facts.packages[name]!.held
    const sets = [
      {
        recipe: 'docker-engine',
        title: 'Docker’s',
        names: [...dockerPackages(true), 'docker.io', 'docker-cli', 'containerd', 'runc'],
      },
      { recipe: 'nvidia-container-toolkit', title: 'the NVIDIA Container Toolkit’s', names: toolkitPackages },
    ]
    return sets.flatMap(({ recipe, title, names }): Finding | Finding[] => {
      const present = names.filter((name) => isInstalled(facts, name))
      const theirs = present.filter(isHeld)
      if (theirs.length === 0) return []
      const some = theirs.length < present.length
      return {
        severity: some ? 'warning' : 'note',
        title: some ? `only some of ${title} packages are held: ${listed(theirs)}` : `${title} packages are held`,
        evidence: theirs.map((name) => `${commands.held}: ${name}`),
        cause: some
          ? `${listed(present.filter((name) => !isHeld(name)))} can be upgraded without them, and an upgrade of all is refused`
          : 'somebody holds them at their version: they get no security updates either',
        remedy: `\`${commands.unhold(...theirs)}\`${some ? ', or hold all of them' : ' where that is not wanted any more'}`,
        // The toolkit is part of a run only where there is a GPU.
        ...(recipe === 'docker-engine' || hasGpuForContainers(facts)
          ? { mend: { recipe, set: [`${recipe}.hold=false`] } }
          : {}),
      }
    })
  },
})

/** By its address or its file: mirrors, too. */
const isOfProduct = ({ uri, file }: { uri: string; file: string }) => /docker|nvidia|cuda/.test(`${uri} ${file}`)

const repositories = check({
  name: 'dnf-repositories',
  title: 'Docker’s and NVIDIA’s repositories are those of this release',
  finds: 'where dnf is: a repository of Docker’s, or NVIDIA’s of CUDA, that is for another release than this',
  looks: [dnfLook],
  suits: ({ packageManager }) => packageManager === 'dnf',
  judge: ({ facts }, answer) => {
    const platform = rpmPlatform(facts.os, facts.arch)
    if ('unsupported' in platform) return []
    const fedora = platform.folder === 'fedora'
    const here = `${fedora ? 'fedora' : 'rhel'}${platform.major}`
    return answer.all('repo').flatMap((line): Finding | Finding[] => {
      const [state, id, url = '', file = ''] = line.split(' ')
      const docker = /download\.docker\.com\/linux\/(centos|rhel|fedora)\/([^/]+)\//.exec(`${url}/`)
      const cuda = /\/compute\/cuda\/repos\/((?:rhel|fedora)\d+)\//.exec(`${url}/`)
      // RHEL’s packages and CentOS’ fit all relatives; a variable is dnf’s to fill.
      const other = docker
        ? (docker[1] === 'fedora') !== fedora ||
          (/^\d/.test(docker[2]!) && Number.parseInt(docker[2]!, 10) !== Number(platform.major))
        : cuda !== null && cuda[1] !== here
      if (state !== 'on' || !other) return []
      return {
        severity: docker ? 'warning' : 'note',
        title: `${docker ? 'Docker’s' : 'NVIDIA’s CUDA'} repository is configured for another release than this`,
        evidence: [`${file}: [${id}] baseurl=${url}`, `/etc/os-release: ${facts.os.prettyName}`],
        cause: docker
          ? `this host wants ${platform.name}: ${platform.why}; packages of another release ask for libraries that are not here`
          : `NVIDIA has a folder for each release, and this host is a ${platform.name}; drivers of another one may not build or start here`,
        remedy: docker
          ? `correct the address in ${file}, or delete it and run \`fitout apply --set docker-engine.version=latest\`, which writes the right one`
          : `correct the address in ${file}, where NVIDIA has packages for ${platform.name}`,
      }
    })
  },
})

/** One for each address of a unit whose packages are taken unsigned. */
function unsignedEntries({ entries }: Sources): { file: string; uri: string; option: string; line: string }[] {
  const found = new Map<string, { file: string; uri: string; option: string; line: string }>()
  for (const { unit, uri, type } of entries) {
    const option = unsignedBy(unit)
    if (option === undefined || type !== 'deb') continue
    const line = shownUnit(unit)
    const one = { file: unit.file, uri: bare(uri), option, line: line.includes(option) ? line : `${line} ${option}` }
    found.set(`${one.file} ${unit.number} ${one.uri}`, one)
  }
  return [...found.values()]
}

const signatures = check({
  name: 'signatures',
  title: 'packages of Docker’s and NVIDIA’s repositories are checked',
  finds:
    'repositories of Docker’s or NVIDIA’s whose packages are taken without a signature: `trusted=yes`, `allow-insecure=yes`, `gpgcheck=0`',
  looks: [packagesLook, dnfLook],
  suits: aptOrDnf,
  judge: ({ facts }, answer) => {
    const unsigned =
      facts.packageManager === 'dnf'
        ? answer.all('repo').flatMap((line) => {
            const [, id = '', uri = '', file = '', option = ''] = /^unsigned (\S+) (\S+) (\S+) (.*)$/.exec(line) ?? []
            return option === '' ? [] : [{ file, uri, option, line: `[${id}] ${option}` }]
          })
        : unsignedEntries(sourcesOf(answer, facts.arch.package))
    return unsigned.filter(isOfProduct).map(
      (entry): Finding => ({
        severity: 'warning',
        title: `packages of ${entry.uri} are installed without a look at their signature`,
        evidence: [shown(entry)],
        cause: `${entry.option}: whoever is between here and the server can have this host install anything`,
        remedy: `take \`${entry.option}\` out of ${entry.file}`,
      }),
    )
  },
})

/** The keys in a keyring of apt's that no package brought, by its file. */
function trustedKeys(answer: LookAnswer): Map<string, string[]> {
  const texts = new Map<string, string>()
  for (const line of answer.all('trusted.key')) {
    const [, file = '', base64 = ''] = /^(\S+) (.*)$/.exec(line) ?? []
    texts.set(file, `${texts.get(file) ?? ''}${base64}`)
  }
  return new Map([...texts].map(([file, base64]) => [file, fingerprintsIn(Buffer.from(base64, 'base64'))]))
}

const aptKey = check({
  name: 'apt-key',
  title: 'no key of Docker’s or NVIDIA’s is trusted for every repository',
  finds: 'what `apt-key add` left: keys of Docker’s or NVIDIA’s in /etc/apt/trusted.gpg or trusted.gpg.d',
  looks: [packagesLook],
  suits: apt,
  judge: (_examined, answer) => {
    const theirs = [dockerFingerprint, ...nvidiaFingerprints]
    const found = [...trustedKeys(answer)].flatMap(([file, keys]) => {
      const known = keys.filter((key) => theirs.includes(key))
      return known.length > 0 ? [{ file, known, alone: known.length === keys.length }] : []
    })
    if (found.length === 0) return []
    const commands = found.map(({ file, known, alone }) =>
      alone
        ? `\`rm ${file}\``
        : `\`gpg --no-default-keyring --keyring ${file} --batch --yes --delete-keys ${known.join(' ')}\``,
    )
    return {
      severity: 'note',
      title: `keys of earlier set-ups are trusted for every repository: ${listed(found.map(({ file }) => file))}`,
      evidence: found.flatMap(({ file, known }) => [
        ...answer.all('trusted').flatMap((line) => (line.endsWith(` ${file}`) ? `ls: ${line}` : [])),
        ...known.map((key) => `${file}: ${key}`),
      ]),
      cause: '`apt-key add` put them there; whoever has such a key can sign packages of any repository of this host',
      remedy: `give each source its Signed-By, then ${commands.join(', ')}`,
    }
  },
})

/** What the doctor looks at in apt and dnf because of docker-engine. */
export const packageChecks = [halfInstalled, held, sources, repositories, signatures, aptKey]
