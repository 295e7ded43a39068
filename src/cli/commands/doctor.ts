import type { Examination } from '../../doctor/examine.js'
import { widthOf, writeJson, writeLines } from '../../ui/io.js'
import { command } from '../command.js'
import { documentsOf, type LookOptions, lookAtEach, lookOptions, showErrors, valuesOf } from '../hosts/looking.js'
import { machinesOf, recipesKnown, refuseRecipeNames } from '../hosts/targets.js'
import { jsonOption, targetsArgument } from '../options.js'

export const doctor = command<LookOptions>({
  name: 'doctor',
  summary: 'look for what is wrong, and say why and what helps',
  about:
    'Looks for what is known to go wrong with Docker and NVIDIA: each finding with the lines that show it, its cause, ' +
    'its remedy, and whether `fitout apply` mends it. Changes nothing. Exit status: 1 with an error among the findings, ' +
    '2 with warnings, else 0.',
  arguments: [targetsArgument],
  options: [jsonOption, ...lookOptions],
  examples: [{ line: 'fitout doctor web1', does: 'what is wrong with that host' }],
  run: async (args, options, context) => {
    const machines = await machinesOf(args, options, context)
    const recipes = await recipesKnown(options, machines.fleet, context)
    refuseRecipeNames(
      machines.targets.filter(({ name }) => !machines.hosts.has(name)),
      recipes.map(({ name }) => name),
    )
    const { allChecks, examine } = await context.services.doctor()
    const checks = allChecks(recipes)
    const ended = await lookAtEach(machines, options, context, (host, emit) => examine(host, checks, emit))
    const { io, paint, verbose } = context
    const examined = valuesOf(ended).map(({ host, value }) => ({ host, ...value }))
    if (options.json) writeJson(io.stdout, { hosts: documentsOf(ended, context, documentOf) }, 2)
    else {
      const { showExamination, showDiagnosis } = await import('../../ui/doctor.js')
      const view = { paint: paint.out, width: widthOf(io.stdout), verbose }
      for (const one of examined) writeLines(io.stdout, showExamination(one.host, one, view))
      if (ended.length > 1) writeLines(io.stdout, ['', ...showDiagnosis(examined, ended.length, view)])
    }
    const failure = showErrors(ended, context)
    return failure === 0 ? exitCodeOf(examined) : failure
  },
})

/** 1 where anything is an error, 2 where the worst is a warning, else 0: notes are no reason to fail. */
function exitCodeOf(examined: readonly Examination[]): number {
  const found = examined.flatMap(({ checked }) => checked.flatMap(({ findings }) => findings))
  if (found.some(({ severity }) => severity === 'error')) return 1
  return found.some(({ severity }) => severity === 'warning') ? 2 : 0
}

function documentOf(host: string, { facts, checked, milliseconds }: Examination) {
  const findings = checked.flatMap((one) => one.findings.map((finding) => ({ check: one.check, ...finding })))
  const named = (state: string) => checked.filter((one) => one.state === state).map(({ check }) => check)
  return {
    host,
    findings,
    healthy: named('healthy'),
    skipped: named('skipped'),
    unknown: named('unknown'),
    milliseconds,
    facts,
  }
}
