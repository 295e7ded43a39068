import type { Host } from '../host/host.js'
import { hostFailure } from '../host-failure.js'
import atWork from '../plan/at-work.sh'
import { allServices } from '../resource/service.js'
import { quote } from '../shell/quote.js'

/** The unit that continues after this machine's restart. */
export const resumeName = 'fitout-resume.service'
const path = `/etc/systemd/system/${resumeName}`
const wantedFolder = '/etc/systemd/system/multi-user.target.wants'
const wanted = `${wantedFolder}/${resumeName}`
const scriptPath = '/var/lib/fitout/resume'

/** What is to run after the restart, and where. */
export interface Resuming {
  /** The program’s absolute path, and its arguments. */
  command: readonly string[]
  /** The folder that relative paths among the arguments start from. */
  folder: string
  /** Who runs fitout now; the recipes mean this user by “the one who logs in”. */
  user: string
}

/** A systemd unit, and the script that it runs. */
export interface ResumeUnit {
  unit: string
  script: string
}

/**
 * A systemd unit that runs a command once, at the next start. It and its script are removed before. systemd tells every user the
 * words of a unit, whoever may read its file: the command, whose arguments may be secrets (`--set`), is in the script alone. Pure.
 *
 * @throws RangeError when a word holds a NUL character.
 */
export function resumeUnit({ command, folder, user }: Resuming): ResumeUnit {
  const paths = [scriptPath, folder, ...command.filter((part) => part.startsWith('/'))]
  // As root nobody is asked for a password; the recipes look at SUDO_USER.
  const variables = ['HOME=/root', ...(user === 'root' ? [] : [`SUDO_USER=${user}`])]
  return {
    unit: `# Written by fitout. It runs once, after the next start of this machine, and removes itself.
[Unit]
Description=fitout continues after the restart
Wants=network-online.target
After=${['network-online.target', ...allServices().map(({ units: [unit] }) => unit)].join(' ')}
RequiresMountsFor=${paths.map(word).join(' ')}

[Service]
# A start that is not waited for: whatever fitout starts must not wait for it in turn.
Type=exec
ExecStart=/bin/sh ${scriptPath}

[Install]
WantedBy=multi-user.target
`,
    script: `rm -f "$0" ${path} ${wanted}
cd ${quote(folder)} || exit
exec env ${[...variables, ...command].map(quote).join(' ')}
`,
  }
}

/** A word of a unit file, whatever it holds (systemd.syntax(7), “Quoting”; `%` starts a specifier). */
function word(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped}"`
}

/**
 * Writes the unit and its script, both for root alone, and lets it start with the machine.
 *
 * @returns its name.
 * @throws FitoutError when it cannot be written; the machine is then not restarted.
 */
export async function writeResumeUnit(host: Host, { unit, script }: ResumeUnit): Promise<string> {
  const writing = `set -e
trap 'status=$?; [ "$status" = 0 ] || rm -f ${scriptPath} ${path} ${path}.new ${wanted}; exit "$status"' EXIT
umask 077
${atWork}
private_folder /var/lib/fitout
mkdir -p ${wantedFolder}
chmod 0755 ${wantedFolder}
rm -f ${scriptPath} ${path}.new
: >${scriptPath}
: >${path}.new
# A default access control list of a folder takes the place of umask.
chmod 0600 ${scriptPath} ${path}.new
printf '%s' ${quote(script)} >${scriptPath}
printf '%s' ${quote(unit)} >${path}.new
mv -f ${path}.new ${path}
ln -sf ${path} ${wanted}
systemctl daemon-reload
systemctl cat ${resumeName} >/dev/null`
  const outcome = await (await host.root()).exec(writing, { timeout: 60_000 })
  if (outcome.code === 0) return resumeName
  throw hostFailure({
    doing: `writing ${path}`,
    cause: 'the unit that would continue after the restart could not be put in place, so nothing was restarted',
    remedy: 'restart this machine yourself, then run `fitout apply --verify` again',
    said: outcome.stderr.trim().split('\n').slice(-4),
  })
}
