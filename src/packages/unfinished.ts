import { plainRpmVersion } from '../data/rpm-version.js'
import { sh } from '../shell/quote.js'

/** What is known of an installation that did not come to its end. */
export interface CutOff {
  /** Packages that the facts tell of. */
  interrupted: readonly string[]
  /** Whether a run left word of a transaction of its own. */
  open: boolean
  /** Packages that there are of it, by name. */
  names: readonly string[]
}

/** How an installation that was cut off is found, and what finishes it. */
export interface Unfinished {
  /** Shell that asks for what facts do not tell; empty if they tell all. */
  inspect: string
  read(text: string): Pick<CutOff, 'open' | 'names'>
  /** `again`: packages that are installed again by it. */
  finish(cut: CutOff): { why: string; details: string[]; script: string; again: string[] } | undefined
}

function few(names: readonly string[]): string {
  return `${names.slice(0, 6).join(', ')}${names.length > 6 ? ' …' : ''}`
}

/** apt refuses to do anything before that is finished, and the facts tell. */
export const aptUnfinished: Unfinished = {
  inspect: '',
  read: () => ({ open: false, names: [] }),
  finish: ({ interrupted }) =>
    interrupted.length === 0
      ? undefined
      : {
          why: `${few(interrupted)} was left half-way`,
          details: [
            'dpkg --configure -a, then apt-get --fix-broken install',
            'a package that was cut off while it was unpacked is installed again',
          ],
          script: 'finish_interrupted',
          again: [],
        },
}

/**
 * rpm forgets a transaction that was cut off: it leaves packages in two versions, or whose scripts never ran. The facts tell the former; for
 * the latter a run notes its transaction on the host until it is through (dnf_transact in src/plan/prelude-dnf.sh).
 */
export const rpmUnfinished: Unfinished = {
  inspect: `if [ -r /var/lib/fitout/open-transaction ]; then
  sed 's/^/@open /' /var/lib/fitout/open-transaction
  ask 0 rpm -qa --qf '@rpm %{NAME} %{EVR} %{INSTALLTID}\\n'
fi`,
  read: readOpen,
  finish: ({ interrupted: twice, open, names: torn }) => {
    const names = [...new Set([...twice, ...torn])].sort()
    if (!open && names.length === 0) return undefined
    return {
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
      again: names,
    }
  },
}

const rpmName = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/

/**
 * Reads the note of a transaction and what rpm has. All packages of one transaction have one INSTALLTID, the second in which it began: those of
 * the first that touched a package of the note after it was written are its.
 */
function readOpen(text: string): Pick<CutOff, 'open' | 'names'> {
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
