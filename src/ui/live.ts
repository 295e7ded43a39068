import type { Emit } from '../events.js'
import type { Plan } from '../plan/plan.js'
import { showPlans } from '../plan/show-many.js'
import { Gate } from './gate.js'
import { say, widthOf, writeLines } from './io.js'
import type { Screen, ScreenOptions } from './screen.js'
import { type Status, statusOn } from './status.js'
import { showReport, showTally } from './summary.js'
import type { Tasks } from './tasks.js'

/**
 * The screen of a terminal: one moving line while hosts are looked at, then the plans, then a list of tasks, then the
 * summary. A question holds whatever moves.
 */
export function liveScreen({ io, hosts, verbose, paint }: ScreenOptions): Screen {
  const out = new Gate(io.stdout)
  const err = new Gate(io.stderr)
  let status: Status | undefined = statusOn(err, io.env)
  let tasks: Tasks | undefined
  let asking = 0
  const planned = new Map<string, Plan>()
  const view = () => ({ paint: paint.out, width: widthOf(io.stdout) })

  const emit: Emit = (event) => {
    if (event.type === 'planned' && event.round <= 1 && !planned.has(event.host)) planned.set(event.host, event.plan)
    status?.emit(event)
    tasks?.emit(event)
    // On a moving screen, the host's own lines would push it away; they are shown in its row.
  }
  const endStatus = () => {
    status?.end()
    status = undefined
  }
  return {
    emit,
    together: true,
    propose: (proposals) => {
      if (tasks !== undefined) return
      endStatus()
      const plans = hosts.flatMap((host) => {
        const plan = proposals.find((one) => one.host === host)?.plan ?? planned.get(host)
        return plan === undefined ? [] : [{ host, plan }]
      })
      writeLines(out, showPlans(plans, view()))
    },
    begin: async (proposals) => {
      if (tasks !== undefined) return
      endStatus()
      const { tasksOn } = await import('./tasks.js')
      tasks = tasksOn(out, proposals, { verbose })
    },
    question: (state) => {
      asking += state === 'asked' ? 1 : -1
      if (asking === 1 && state === 'asked') status?.clear()
      for (const gate of [out, err]) state === 'asked' ? gate.hold() : gate.letGo()
    },
    end: async (results) => {
      endStatus()
      await tasks?.end()
      tasks = undefined
      for (const { report } of results) writeLines(out, ['', ...showReport(report, view())])
      if (results.length > 1) writeLines(out, ['', ...showTally(results, view())])
    },
    say: (text) => {
      if (tasks !== undefined && asking === 0) tasks.say(text)
      else say(err, text)
    },
    drop: () => {
      for (const gate of [out, err]) gate.open()
      endStatus()
      // The task list hides the cursor.
      if (tasks !== undefined) io.stderr.write('\x1b[?25h')
    },
  }
}
