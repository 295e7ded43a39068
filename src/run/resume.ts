import type { Host } from '../host/host.js'
import { hostFailure } from '../host-failure.js'
import { quote } from '../shell/quote.js'

/** The unit that goes on after this machine's restart. */
export const resumeName = 'fitout-resume.service'
const path = `/etc/systemd/system/${resumeName}`
const wanted = `/etc/systemd/system/multi-user.target.wants/${resumeName}`

/** What is to run after the restart, and where. */
export interface Resuming {
  /** The program’s absolute path, and its arguments. */
  command: readonly string[]
  /** The folder that relative paths among the arguments start from. */
  folder: string
  /** Who runs fitout now; the recipes mean this user by “the one who logs in”. */
  user: string
}

/**
 * The text of a systemd unit that runs a command once, at the next start, and removes itself before. Pure.
 *
 * @throws RangeError when a word holds a NUL character.
 */
export function resumeUnit({ command, folder, user }: Resuming): string {
  // As root nobody is asked for a password; the recipes look at SUDO_USER.
  const [program = '', ...args] = command
  const who = user === 'root' ? [] : [`Environment=${word(`SUDO_USER=${user}`)}`]
  return `# Written by fitout. It runs once, after the next start of this machine, and removes itself.
[Unit]
Description=fitout goes on after the restart
Wants=network-online.target
After=network-online.target docker.service
RequiresMountsFor=${word(folder)} ${command
    .filter((part) => part.startsWith('/'))
    .map(word)
    .join(' ')}

[Service]
# A start that is not waited for: whatever fitout starts must not wait for it in turn.
Type=exec
Environment=HOME=/root
${who.map((line) => `${line}\n`).join('')}WorkingDirectory=${folder.replaceAll('%', '%%')}
ExecStartPre=/bin/rm -f ${path} ${wanted}
ExecStart=${[program, ...args.map((arg) => arg.replaceAll('$', '$$$$'))].map(word).join(' ')}

[Install]
WantedBy=multi-user.target
`
}

/** A word of a unit file, whatever it holds (systemd.syntax(7), “Quoting”; `%` starts a specifier). */
function word(text: string): string {
  if (text.includes('\0')) throw new RangeError('a NUL character cannot be part of a unit file')
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped}"`
}

/**
 * Writes the unit and lets it start with the machine.
 *
 * @returns its name.
 * @throws FitoutError when it cannot be written; the machine is then not restarted.
 */
export async function writeResumeUnit(host: Host, unit: string): Promise<string> {
  // Arguments may hold what is nobody else's business.
  const script = `set -e
trap 'status=$?; [ "$status" = 0 ] || rm -f ${path} ${path}.new ${wanted}; exit "$status"' EXIT
umask 077
mkdir -p ${wanted.slice(0, wanted.lastIndexOf('/'))}
chmod 0755 ${wanted.slice(0, wanted.lastIndexOf('/'))}
printf '%s' ${quote(unit)} >${path}.new
mv -f ${path}.new ${path}
ln -sf ${path} ${wanted}
systemctl daemon-reload
systemctl cat ${resumeName} >/dev/null`
  const outcome = await (await host.root()).exec(script, { timeout: 60_000 })
  if (outcome.code === 0) return resumeName
  throw hostFailure({
    doing: `writing ${path}`,
    cause: 'the unit that would go on after the restart could not be put in place, so nothing was restarted',
    remedy: 'restart this machine yourself, then run `fitout apply --verify` again',
    said: outcome.stderr.trim().split('\n').slice(-4),
  })
}
