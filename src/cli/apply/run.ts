import type { FinishedHost } from '../../events.js'
import { applyToFleet, type FleetRun } from '../../fleet/apply.js'
import type { Redactor } from '../../redact.js'
import type { Screen } from '../../ui/screen.js'
import { interruptible } from './interrupt.js'
import { questionFor } from './question.js'
import type { RebootMode } from './reboot-mode.js'
import { agreeToReboot, rebootAsker } from './reboots.js'

type Shared = 'targets' | 'selection' | 'open' | 'engine' | 'pace' | 'together' | 'allowStop' | 'verify' | 'resumeUnit'

export interface ApplyRun extends Pick<FleetRun, Shared> {
  screen: Screen
  /** What is masked in questions. */
  secrets: Redactor
  /** Puts the question to a person; absent with `--yes`. */
  ask: ((question: string, preset: boolean) => Promise<boolean | undefined>) | undefined
  reboot: RebootMode
}

/** Applies a selection to hosts, with a person before the screen: they are asked, and Ctrl-C is heeded. */
export async function runApply(run: ApplyRun): Promise<FinishedHost[]> {
  const { targets, screen, secrets, ask, reboot, allowStop, resumeUnit } = run
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
      allowStop: allowStop || ask !== undefined,
      reboot: (due, { aside, note }) =>
        agreeToReboot(secrets.in(due), {
          mode: reboot,
          allowStop,
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
