import type { FinishedHost } from '../../events.js'
import { applyToFleet } from '../../fleet/apply.js'
import type { Pace } from '../../fleet/conductor.js'
import type { Host, Target } from '../../host/host.js'
import type { Selection } from '../../plan/assemble.js'
import type { Redactor } from '../../redact.js'
import type { ResumeUnit } from '../../run/resume.js'
import type { Screen } from '../../ui/screen.js'
import type { Services } from '../services.js'
import { interruptible } from './interrupt.js'
import { questionFor } from './question.js'
import type { RebootMode } from './reboot-mode.js'
import { agreeToReboot, rebootAsker } from './reboots.js'

export interface ApplyRun {
  targets: readonly Target[]
  /** What each of them is to have. */
  selection(target: Target): Selection
  open(target: Target): Promise<Host>
  engine: Pick<Awaited<ReturnType<Services['engine']>>, 'applyTo' | 'restartHere'>
  screen: Screen
  /** What is masked in questions. */
  secrets: Redactor
  /** Puts the question to a person; absent with `--yes`. */
  ask: ((question: string, preset: boolean) => Promise<boolean | undefined>) | undefined
  /** How many at a time, in which waves, and how many may fail. */
  pace: Pace
  /** Decide on all hosts at once, when every one has its plan. */
  together: boolean
  allowStop: boolean
  verify: boolean
  reboot: RebootMode
  /** With `--resume`: the unit that goes on after this machine’s restart. */
  resumeUnit: ResumeUnit | undefined
}

/** Applies a selection to hosts, with a person before the screen: they are asked, and Ctrl-C is heeded. */
export async function runApply(run: ApplyRun): Promise<FinishedHost[]> {
  const { targets, screen, secrets, ask, reboot, resumeUnit } = run
  const resume = resumeUnit !== undefined
  let changing = false
  const interrupt = interruptible({ changing: () => changing, say: screen.say, beforehand: screen.drop })
  const askReboot = ask && rebootAsker(targets.length, ask)
  try {
    return await applyToFleet({
      ...run,
      emit: (event) => {
        if (event.type === 'run') changing = true
        screen.emit(event)
      },
      onWave: screen.wave,
      propose: screen.propose,
      decide: async (proposals, waves) => {
        const words = { reboot, asking: ask !== undefined, resume, waves }
        const { text, preset } = questionFor(secrets.in(proposals), words)
        if (ask !== undefined && (await ask(text, preset)) !== true) return false
        changing = true
        await screen.begin(proposals)
        return true
      },
      // Without --yes, a person's yes is to a question that lists the containers.
      allowStop: run.allowStop || ask !== undefined,
      reboot: (due, { aside, note }) =>
        agreeToReboot(secrets.in(due), {
          mode: reboot,
          allowStop: run.allowStop,
          resume,
          ask: askReboot && ((host, question) => aside(() => askReboot(host, question))),
          onNote: note,
        }),
      stop: interrupt.stop,
      leave: interrupt.leave,
    })
  } finally {
    interrupt.end()
  }
}
