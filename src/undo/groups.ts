import type { Change } from '../resource/resource.js'
import { sh } from '../shell/quote.js'
import { listed } from '../text.js'
import type { Undone } from './services.js'
import type { Undo } from './undo.js'

/** Groups that the run made or removed, and who joined or left one. */
export function groupChanges(undo: Undo, services: readonly Undone[]): Change[] {
  const { run, now, left } = undo
  const { groups, members } = run.journal
  const changes: Change[] = []
  for (const [group, what] of groups) {
    if (what !== 'removed' || now.groups.has(group)) continue
    changes.push({
      resource: `group ${group}`,
      stage: 'configure',
      title: `Make the group ${group}`,
      why: 'the run removed it',
      script: sh`make_group ${group}`,
      effects: [],
    })
  }
  for (const { user, group, joined } of members) {
    const has = now.users.get(user)
    // Who is gone is in no group.
    if (has === undefined || has.includes(group) !== joined) continue
    if (!joined && !now.groups.has(group) && groups.get(group) !== 'removed') continue
    changes.push({
      resource: `membership ${user} ${group}`,
      stage: 'configure',
      title: joined ? `Take ${user} out of the group ${group}` : `Add ${user} to the group ${group}`,
      why: joined ? 'the run added them' : 'the run took them out',
      script: joined ? sh`leave_group ${user} ${group}` : sh`join_group ${user} ${group}`,
      effects: [{ kind: 'new-login', user }],
    })
  }
  for (const [group, what] of groups) {
    if (what !== 'made' || !now.groups.has(group)) continue
    const why = whyStays(undo, services, group)
    if (why !== undefined) left.push(`the group ${group} stays${why}`)
    else
      changes.push({
        resource: `group ${group}`,
        stage: 'configure',
        title: `Remove the group ${group}`,
        why: 'it came with the run, and nobody is in it then',
        script: sh`drop_group ${group}`,
        effects: [],
      })
  }
  return changes
}

function whyStays({ run, now, options }: Undo, services: readonly Undone[], group: string): string | undefined {
  const { members, primary } = now.groups.get(group)!
  const leaving = run.journal.members.filter((one) => one.joined && one.group === group).map(({ user }) => user)
  const others = members.filter((user) => !leaving.includes(user))
  if (others.length > 0) return `: ${listed(others)} ${others.length === 1 ? 'is' : 'are'} in it`
  if (primary) return ': it is the first group of a user'
  const owner = services.find(({ service, has }) => has && service.undo.group === group)
  if (owner !== undefined) return `: ${owner.service.title}’s socket is given to it`
  return options.keepPackages ? ' with the packages' : undefined
}
