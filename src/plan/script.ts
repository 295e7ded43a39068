import type { Facts } from '../facts/facts.js'
import { managerCalled, packageManagerOf } from '../packages/package-manager.js'
import { type Change, stages, type Transaction } from '../resource/resource.js'
import { allServices, type BringUp, bringUpStep, does, onService, type Service } from '../resource/service.js'
import { quote, sh } from '../shell/quote.js'
import { english } from '../shell/script.js'
import { visible } from '../text.js'
import { version } from '../version.js'
import { functionsFor } from './functions.js'

/** What the script checks before it touches anything: the host must still be the one that was planned for. */
export interface Precondition {
  osId: string
  versionId: string | undefined
  arch: string
  /** By what the architecture is asked for, and packages are changed; apt unless said otherwise. */
  manager?: 'apt' | 'dnf' | undefined
  prettyName: string
  /** Ids of running containers that may be stopped; `undefined` when the plan stops nothing. */
  mayStop: readonly string[] | undefined
}

/** The host of these facts, as a script knows it again. */
export function preconditionOf(facts: Facts, mayStop: Precondition['mayStop']): Precondition {
  const { os, arch } = facts
  const { name: manager } = packageManagerOf(facts)
  return { osId: os.id, versionId: os.versionId, arch: arch.package, manager, prettyName: os.prettyName, mayStop }
}

/** One step of the script: what its marker says, and its shell. */
export interface Step {
  title: string
  script: string
}

/**
 * Orders changes by stage, makes one transaction and one index refresh of all of them, and one restart or reload at
 * the end of each service. Pure: the same changes give the same steps.
 */
export function stepsOf(planned: readonly Change[]): Step[] {
  const steps: Step[] = []
  const services = allServices()
  const restartedBy = (change: Change, service: Service) =>
    change.effects.some((effect) => does(effect, 'restarts', service))
  const withPackages = services.filter((service) =>
    planned.some((change) => change.stage === 'packages' && restartedBy(change, service)),
  )
  // A transaction that starts the service anew takes a new configuration along: written before, no second restart is due.
  const changes = planned.map((change) =>
    change.stage !== 'packages' && withPackages.some((service) => restartedBy(change, service))
      ? { ...change, stage: 'prepare' as const }
      : change,
  )
  const effects = changes.flatMap((change) => change.effects)
  const modeOf = (service: Service): BringUp => {
    if (withPackages.includes(service)) return 'start'
    if (effects.some((effect) => does(effect, 'restarts', service))) return 'restart'
    return effects.some((effect) => does(effect, 'reloads', service)) ? 'reload' : 'check'
  }
  for (const stage of stages) {
    const here = changes.filter((change) => change.stage === stage)
    for (const change of here) {
      if (change.script.trim() !== '') steps.push({ title: change.title, script: change.script })
    }
    if (stage === 'prepare') {
      const refreshes = changes.filter((change) => change.refresh !== undefined)
      if (refreshes.length > 0) {
        const files = [...new Set(refreshes.map((change) => change.refresh!).filter((file) => file !== ''))]
        steps.push({ title: 'Refresh the package index', script: `refresh_index ${files.map(quote).join(' ')}`.trim() })
      }
    }
    if (stage === 'packages') steps.push(...transactionSteps(changes))
    // What only now first runs has been told nothing yet: it is looked at once it runs.
    for (const service of services) {
      const mode = modeOf(service)
      if (stage !== (mode === 'check' ? 'services' : 'configure')) continue
      const step = bringUpStep(service, mode, changes)
      if (step !== undefined) steps.push(step)
    }
  }
  return steps
}

/** The one package transaction of a plan, with holds lifted before and set after. */
function transactionSteps(changes: readonly Change[]): Step[] {
  const transactions = changes.flatMap((change) => (change.transaction ? [change.transaction] : []))
  if (transactions.length === 0) return []
  const each = <Item>(of: (transaction: Transaction) => readonly Item[]) => [...new Set(transactions.flatMap(of))]
  const all: Transaction = {
    install: each(({ install }) => install),
    remove: each(({ remove }) => remove),
    allowDowngrade: transactions.some(({ allowDowngrade }) => allowDowngrade),
    unhold: each(({ unhold }) => unhold),
    hold: each(({ hold }) => hold),
    fresh: each(({ fresh = [] }) => fresh),
    going: each(({ going = [] }) => going),
  }
  const { shell } = managerCalled(transactions.find(({ manager }) => manager)?.manager)
  const lines = [
    shell.before,
    ...(all.unhold.length > 0 ? [shell.lift(all.unhold)] : []),
    ...shell.transaction(all),
    ...(all.hold.length > 0 ? [shell.hold(all.hold)] : []),
    ...(all.unhold.length > 0 ? ['holds_settled'] : []),
    shell.after,
  ]
  return [{ title: transactionTitle(all.install, all.remove), script: lines.join('\n') }]
}

function transactionTitle(install: Transaction['install'], remove: Transaction['remove']): string {
  return [
    install.length > 0 ? `Install ${install.map(({ name }) => name).join(', ')}` : '',
    remove.length > 0
      ? `${install.length > 0 ? 'in place of' : 'Remove'} ${remove.map(({ name }) => name).join(', ')}`
      : '',
    install.length + remove.length === 0 ? 'Change which packages are held' : '',
  ]
    .filter(Boolean)
    .join(' ')
}

function refusals(changes: readonly Change[], mayStop: readonly string[]): string[] {
  const touched = new Set(changes.flatMap(({ effects }) => effects.map((effect) => onService(effect)?.service)))
  return allServices().flatMap(({ name, refuseToStop }) => (touched.has(name) ? (refuseToStop?.(mayStop) ?? []) : []))
}

/** Text for a comment: whatever it holds, it is one line and nothing of it is hidden. */
function remark(text: string): string {
  return visible(text.replace(/[\r\n]+/g, ' '))
}

/** ID and VERSION_ID of /etc/os-release, read as facts.sh reads them. It is shell by specification, and not run: whoever wrote it would be root. */
const osRelease = `
  id=
  version=
  if [ -f /etc/os-release ]; then
    while IFS='=' read -r key value || [ -n "$key" ]; do
      case $value in (\\"*\\" | \\'*\\') value=\${value#?} value=\${value%?} ;; esac
      case $key in (ID) id=$value ;; (VERSION_ID) version=$value ;; esac
    done </etc/os-release
  fi
  printf '%s %s' "$id" "$version"
`

/**
 * The whole script of a plan: complete, runnable by itself as root, safe to run twice, refusing when the host has moved on.
 * It holds no time, no host name and no nonce: the same plan gives the same bytes.
 */
export function renderScript(changes: readonly Change[], before: Precondition): string {
  const steps = stepsOf(changes)
  if (steps.length === 0) return ''
  const checks = [
    `[ "$(id -u)" = 0 ] || fail 'this has to run as root' 'sudo sh FILE'`,
    `[ "$(${osRelease})" = ${quote(`${before.osId} ${before.versionId ?? ''}`)} ] ||`,
    sh`  fail ${`this was planned for ${remark(before.prettyName)}, and this host is another`} ${'make a plan for this host'}`,
    `${managerCalled(before.manager).shell.isArchitecture(before.arch)} ||`,
    sh`  fail ${`this was planned for ${remark(before.arch)}, and this host has another architecture`} ${'make a plan for this host'}`,
  ]
  const body = [
    ...checks,
    'take_lock',
    'private_folder "$run"',
    'sweep_leftovers',
    ...(before.mayStop === undefined ? [] : refusals(changes, before.mayStop)),
    ...steps.flatMap(({ title, script }, index) => [
      '',
      sh`step ${index + 1} ${steps.length} ${title}`,
      script.trimEnd(),
    ]),
    '',
    `printf '%s done %s\\n' "$mark" "$current"`,
  ].join('\n')
  return `#!/bin/sh
# Made by fitout ${version} for ${remark(before.prettyName)}, ${remark(before.arch)}. Run as root: sudo sh FILE
# Safe to run twice. It refuses where the host is no longer what the plan saw.
#
${steps.map(({ title }, index) => `#  ${index + 1}. ${remark(title)}`).join('\n')}
set -eu
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
# Programs are to speak English: what they say is compared.
${english}
# What this run did and the files that it replaced are kept here.
run=\${FITOUT_RUN:-/var/lib/fitout/runs/by-hand-$(date +%Y%m%dT%H%M%S)-$$}
mark=\${FITOUT_MARK:-==>}
current=

${functionsFor(body)}

main() {
${body}
}
main </dev/null
`
}
