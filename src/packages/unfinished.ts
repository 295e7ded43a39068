import { plainRpmVersion } from '../data/rpm-version.js'
import { sh } from '../shell/quote.js'
import { packageName } from './installed.js'

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
 * the latter a run notes its transaction on the host until it is through (dnf_transact in dnf.sh).
 */
export const rpmUnfinished: Unfinished = {
  inspect: `if [ -f /var/lib/fitout/open-transaction ]; then
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

/**
 * Reads the note of a transaction and what rpm has. All packages of one transaction have one INSTALLTID, the second in which it began: those of
 * the first that touched a package of the note after it was written are its.
 */
function readOpen(text: string): Pick<CutOff, 'open' | 'names'> {
  const marked = (mark: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(`${mark} `) ? [line.split(' ').slice(1)] : []))
  const note = marked('@open')
  const noted = (kind: string) => note.filter(([word]) => word === kind).map(([, name = '']) => name)
  const since = Number(noted('begun').at(-1) || NaN)
  if (!Number.isFinite(since)) return { open: false, names: [] }
  const rpms = marked('@rpm')
    .filter(([name = '', ...more]) => more.length === 2 && packageName.test(name) && name !== 'gpg-pubkey')
    .map(([name = '', version = '', tid]) => ({ name, spec: `${name}-${plainRpmVersion(version)}`, tid: Number(tid) }))
  const of = (names: readonly string[]) => rpms.filter(({ name, spec }) => names.includes(name) || names.includes(spec))
  const first = Math.min(...of(noted('install')).flatMap(({ tid }) => (tid >= since ? [tid] : [])))
  const torn = [...rpms.filter(({ tid }) => tid === first), ...of(noted('remove'))]
  return { open: true, names: [...new Set(torn.map(({ name }) => name))] }
}
