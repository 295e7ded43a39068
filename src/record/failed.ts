import type { RunRecord } from './read.js'

/** Targets of a run that did not end as wanted: they failed, were interrupted, were not reached, or nobody saw their end. */
export function failedTargets(record: RunRecord): string[] {
  const again = new Set(['failed', 'interrupted', 'unknown', 'not-reached'])
  return record.hosts.filter(({ outcome }) => again.has(outcome)).map(({ host }) => host)
}

/** Whether the process that writes this record is still at work, as far as this machine can tell. */
export function stillRuns(
  { end, controller }: RunRecord,
  here: { hostname: string; alive(pid: number): boolean },
): boolean {
  return end === undefined && controller.host === here.hostname && controller.pid > 1 && here.alive(controller.pid)
}
