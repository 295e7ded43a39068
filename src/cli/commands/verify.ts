import { errorData, FitoutError } from '../../errors.js'
import type { FinishedHost } from '../../events.js'
import type { Plan } from '../../plan/plan.js'
import { endedReport, exitCodeOf } from '../../run/ended.js'
import { say, widthOf, writeJson, writeLines } from '../../ui/io.js'
import { showTally, showVerified } from '../../ui/summary.js'
import { command } from '../command.js'
import { documentsOf, type LookOptions, lookAtEach, lookOptions, showErrors, valuesOf } from '../hosts/looking.js'
import { selectionsOf } from '../hosts/selection.js'
import { machinesOf } from '../hosts/targets.js'
import { jsonOption, type SelectionOptions, selectionOptions, targetsArgument } from '../options.js'
import { type RecordOptions, recordOf, recordOption } from '../recording.js'

type Verified = FinishedHost & { plan: Plan | undefined }

export const verify = command<SelectionOptions & LookOptions & RecordOptions>({
  name: 'verify',
  summary: 'run the trials, and say whether all is as wanted',
  about:
    'Looks whether anything would change, and runs the trials. Changes nothing but what trials clean up themselves.',
  arguments: [targetsArgument],
  options: [...selectionOptions, jsonOption, recordOption, ...lookOptions],
  examples: [{ line: 'fitout verify web1', does: 'whether web1 is as wanted and its user can run containers' }],
  run: async (args, options, context) => {
    const machines = await machinesOf(args, options, context)
    const selection = await selectionsOf(options, machines, context)
    const { io, paint, verbose } = context
    const onTrouble = (text: string) => say(io.stderr, text)
    const record = await recordOf({ command: 'verify', machines, selection, options, onTrouble }, context)
    const ended = await lookAtEach(machines, options, context, async (host, emit): Promise<Verified> => {
      const { verifyHost } = await context.services.engine()
      let plan: Plan | undefined
      let error: unknown
      const report = await verifyHost(host, selection(host.target), (event) => {
        if (event.type === 'planned') plan = event.plan
        if (event.type === 'host-done') error = event.error
        record.emit(event)
        emit(event)
      })
      if (error instanceof FitoutError) error.host ??= host.target.name
      return { report, plan, error }
    })
    const results: FinishedHost[] = ended.map((one) =>
      'value' in one ? one.value : { report: endedReport(one.host, 0, 'failed'), error: one.error },
    )
    const verified = valuesOf(ended).map(({ value }) => value)
    if (options.json) {
      const hosts = documentsOf(ended, context, (host, value) => ({
        ...value,
        host,
        error: value.error && errorData(value.error, verbose),
      }))
      writeJson(io.stdout, { hosts }, 2)
    } else {
      const view = { paint: paint.out, width: widthOf(io.stdout) }
      for (const { report, plan } of verified) writeLines(io.stdout, showVerified(report, plan, view))
      if (results.length > 1) writeLines(io.stdout, ['', ...showTally(results, view)])
    }
    const inside = verified.flatMap(({ report, error }) => (error === undefined ? [] : [{ host: report.host, error }]))
    const failure = showErrors([...ended.filter((one) => 'error' in one), ...inside], context)
    const exitCode = failure === 0 ? exitCodeOf(verified) : failure
    record.end(results, exitCode)
    return exitCode
  },
})
