import { realpathSync } from 'node:fs'
import { whoAmI } from '../../home.js'
import { stoppedText } from '../../plan/show.js'
import type { RebootDue } from '../../run/engine.js'
import { type ResumeUnit, resumeName, resumeUnit } from '../../run/resume.js'
import { counted, visible } from '../../text.js'
import { wordsOf } from '../options.js'
import type { RebootMode } from './reboot-mode.js'
import type { ChangeOptions } from './shown.js'

/** The unit that runs this very command again on this machine, without a question and without another restart. */
export function resumeUnitFor(options: ChangeOptions): ResumeUnit {
  const script = process.argv[1]
  return resumeUnit({
    command: [
      process.execPath,
      ...(script === undefined ? [] : [realpathSync(script)]),
      'apply',
      ...wordsOf(options, ['only', 'skip', 'set', 'recipe', 'fleet', 'inventory', 'allowStop', 'json']),
      ...(options.record === false ? ['--no-record'] : []),
      // What was done before the restart was not tried yet.
      ...['--verify', '--yes', '--reboot', 'never'],
    ],
    folder: process.cwd(),
    user: process.env.SUDO_USER ?? whoAmI().name ?? 'root',
  })
}

/** What a person is asked before a host restarts; the preset answer is no. */
export function rebootQuestion({ host, local, reason, containers }: RebootDue, resume: boolean): string {
  const name = local ? 'this machine' : visible(host)
  const stops = containers.map((container) => `  ${stoppedText(container)}`)
  return [
    `${local ? 'This machine' : name} has to restart: ${visible(reason)}.`,
    ...(stops.length > 0 ? [`That stops ${counted(stops.length, 'running container')}:`, ...stops] : []),
    ...(local
      ? [
          resume
            ? `fitout ends with it; ${resumeName} continues once after the restart, and its output is in the journal.`
            : 'fitout ends with it; run `fitout apply --verify` with the same options again afterwards.',
        ]
      : []),
    `Restart ${name} now?`,
  ].join('\n')
}

export interface RebootConsent {
  mode: RebootMode
  allowStop: boolean
  resume: boolean
  ask: ((due: RebootDue, question: string) => Promise<boolean>) | undefined
  /** Told why nobody was asked. */
  onNote(text: string): void
}

/**
 * Asks about restarts one after the other. Of several hosts, whoever says yes to the first is asked once whether that holds for
 * all others too; it never does where containers run.
 */
export function rebootAsker(
  hosts: number,
  ask: (question: string, preset: boolean) => Promise<boolean | undefined>,
): (due: RebootDue, question: string) => Promise<boolean> {
  let before: Promise<unknown> = Promise.resolve()
  let others: boolean | undefined
  const one = async (due: RebootDue, question: string): Promise<boolean> => {
    const idle = due.containers.length === 0
    if (others && idle && !due.local) return true
    const answer = (await ask(question, false)) === true
    if (answer && idle && others === undefined && hosts > 1) {
      const text = 'Restart the other hosts, too, where that is due and no container runs, without asking for each?'
      others = (await ask(text, false)) === true
    }
    return answer
  }
  return (due, question) => {
    const answer = before.then(() => one(due, question))
    before = answer.catch(() => undefined)
    return answer
  }
}

/** Whether a host may restart now. `--yes` never says so. */
export async function agreeToReboot(due: RebootDue, consent: RebootConsent): Promise<boolean> {
  const { mode, ask, allowStop, resume, onNote } = consent
  if (mode === 'never') return false
  if (mode === 'if-needed' && (allowStop || due.containers.length === 0)) return true
  if (ask !== undefined) return await ask(due, rebootQuestion(due, resume))
  const names = due.containers.map(({ name }) => name).join(', ')
  onNote(
    mode === 'if-needed'
      ? `it was not restarted, because that stops running containers (${names}): \`--allow-stop\` allows it`
      : 'it was not restarted, because nobody could be asked: `--reboot if-needed` allows it',
  )
  return false
}
