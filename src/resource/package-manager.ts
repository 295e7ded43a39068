import { plainRpmVersion } from '../data/rpm-version.js'
import type { Facts } from '../facts/facts.js'
import { sh } from '../shell/quote.js'
import { defineResource, type Resource } from './resource.js'
import { restarts } from './service.js'

/**
 * No package installation was left half-way.
 *
 * apt refuses to do anything before that is finished, and the facts tell. rpm forgets a transaction that was cut off: it leaves packages
 * in two versions, or whose scripts never ran. The facts tell the former; for the latter a run notes its transaction on the host until it
 * is through (dnf_transact in src/plan/prelude-dnf.sh).
 *
 * @param facts of the host; without them it is taken for one with apt.
 */
export function packageManager(facts?: Pick<Facts, 'packageManager' | 'interrupted'>): Resource {
  if (facts?.packageManager === 'dnf') return interruptedRpms(facts.interrupted ?? [])
  return defineResource<{ interrupted: string[] }>({
    id: 'package-manager',
    inspect: '',
    read: () => ({ interrupted: [] }),
    assume: (seen) => ({ interrupted: seen.interrupted ?? [] }),
    plan: ({ interrupted }) =>
      interrupted.length === 0
        ? undefined
        : {
            resource: 'package-manager',
            stage: 'prepare',
            title: 'Finish an interrupted package installation',
            why: `${few(interrupted)} was left half-way`,
            details: [
              'dpkg --configure -a, then apt-get --fix-broken install',
              'a package that was cut off while it was unpacked is installed again',
            ],
            script: 'finish_interrupted',
            effects: [],
          },
  })
}

function few(names: readonly string[]): string {
  return `${names.slice(0, 6).join(', ')}${names.length > 6 ? ' …' : ''}`
}

/** What is known of a transaction of a run that did not come to its end. */
interface OpenTransaction {
  /** Whether there is one. */
  open: boolean
  /** Packages that rpm has of it, by name. */
  names: string[]
}

function interruptedRpms(twice: readonly string[]): Resource {
  return defineResource<OpenTransaction>({
    id: 'package-manager',
    inspect: `if [ -r /var/lib/fitout/open-transaction ]; then
  sed 's/^/@open /' /var/lib/fitout/open-transaction
  ask 0 rpm -qa --qf '@rpm %{NAME} %{EVR} %{INSTALLTID}\\n'
fi`,
    read: ({ text }) => readOpen(text),
    assume: () => ({ open: false, names: [] }),
    plan: ({ open, names: torn }) => {
      const names = [...new Set([...twice, ...torn])].sort()
      if (!open && names.length === 0) return undefined
      return {
        resource: 'package-manager',
        stage: 'prepare',
        title: 'Finish an interrupted package installation',
        why:
          names.length === 0
            ? 'dnf was cut off before it had installed anything'
            : `dnf was cut off, or failed, before ${few(names)} ${names.length === 1 ? 'was' : 'were'} complete`,
        details: [
          ...(twice.length > 0 ? [`of two installed versions the older goes: ${few(twice)}`] : []),
          ...(names.length > 0 ? [`dnf reinstall ${names.join(' ')}, so that rpm runs all their scripts`] : []),
          'half-written files of rpm’s are removed',
        ],
        script: sh`dnf_finish ${names}`.trimEnd(),
        effects: names.flatMap((name) => restarts(name, 'is installed again')),
      }
    },
  })
}

/**
 * Reads the note of a transaction and what rpm has. All packages of one transaction have one INSTALLTID, the second in which it began: those of
 * the first that touched a package of the note after it was written are its.
 */
function readOpen(text: string): OpenTransaction {
  let begun: number | undefined
  const wanted = new Set<string>()
  const leaving = new Set<string>()
  const rpms: { name: string; spec: string; tid: number }[] = []
  for (const line of text.split('\n')) {
    const [mark, ...words] = line.split(' ')
    if (mark === '@open' && words[0] === 'begun') begun = Number(words[1])
    else if (mark === '@open' && words[0] === 'install') wanted.add(words[1] ?? '')
    else if (mark === '@open' && words[0] === 'remove') leaving.add(words[1] ?? '')
    else if (mark === '@rpm' && words.length === 3 && rpmName.test(words[0]!) && words[0] !== 'gpg-pubkey')
      rpms.push({
        name: words[0]!,
        spec: `${words[0]}-${plainRpmVersion(words[1]!)}`,
        tid: Number(words[2]),
      })
  }
  if (begun === undefined || !Number.isFinite(begun)) return { open: false, names: [] }
  const since = begun
  const of = (named: ReadonlySet<string>) => rpms.filter(({ name, spec }) => named.has(name) || named.has(spec))
  const first = of(wanted).reduce((least, { tid }) => (tid >= since ? Math.min(least, tid) : least), Infinity)
  const torn = [...rpms.filter(({ tid }) => tid === first), ...of(leaving)]
  return { open: true, names: [...new Set(torn.map(({ name }) => name))] }
}

const rpmName = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/

/**
 * Packages are held again whose hold a run had lifted for its transaction when it was killed. The run left their names on the host
 * (lift_holds in src/plan/prelude.sh).
 */
export function liftedHolds(manager: Facts['packageManager']): Resource {
  return defineResource<string[]>({
    id: 'lifted-holds',
    inspect: '[ ! -r /var/lib/fitout/lifted-holds ] || cat /var/lib/fitout/lifted-holds',
    read: ({ text }) => text.split('\n').filter((line) => /^[A-Za-z0-9][A-Za-z0-9+._:-]*$/.test(line)),
    assume: () => [],
    plan: (names) =>
      names.length === 0
        ? undefined
        : {
            resource: 'lifted-holds',
            // After the transaction, which would not change what is held.
            stage: 'configure',
            title: `Hold ${names.join(', ')} again`,
            why: 'an interrupted run had lifted the hold',
            script: manager === 'dnf' ? 'dnf_hold_left' : 'hold_left',
            effects: [],
          },
  })
}
