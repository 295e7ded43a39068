import { FitoutError } from '../errors.js'
import { sh } from '../shell/quote.js'
import { defineResource, type Resource } from './resource.js'

/**
 * A user is in a group; the group is made (as a system group) where it does not exist.
 *
 * @throws FitoutError from `plan` when there is no such user.
 */
export function membership({ user, group }: { user: string; group: string }): Resource {
  return defineResource<{ groupExists: boolean; groups: string[] | undefined }>({
    id: `membership ${user} ${group}`,
    // 2: there is no such entry. Anything else means that the name service did not answer. id ends with 1 where one of the groups
    // has no name, too.
    inspect: `groups=
${sh`if ask 0,2 getent passwd ${user} >/dev/null; then groups=$(ask 0,1 id -nG -- ${user}) || [ -n "$groups" ]; fi`}
if [ -n "$groups" ]; then printf 'member %s\n' "$groups"; fi
${sh`case " $groups " in *${` ${group} `}*) ;; *) if ask 0,2 getent group ${group} >/dev/null; then echo group; fi ;; esac`}
:`,
    read: ({ text }) => {
      const groups = /^member (.*)$/m.exec(text)?.[1]?.split(' ')
      return { groupExists: /^group$/m.test(text) || groups?.includes(group) === true, groups }
    },
    assume: () => ({ groupExists: false, groups: [] }),
    plan: ({ groupExists, groups }) => {
      if (groups === undefined) {
        throw new FitoutError({
          doing: `planning the membership of ${user} in ${group}`,
          cause: `there is no user ${user} on this host`,
          remedy: 'name another user, or make this one first (useradd)',
        })
      }
      if (groups.includes(group)) return undefined
      return {
        resource: `membership ${user} ${group}`,
        stage: 'configure',
        title: `Add ${user} to the group ${group}`,
        why: `${user} is not in it`,
        script: sh`make_group ${group}\njoin_group ${user} ${group}`,
        effects: [{ kind: 'new-login', user }],
        adds: true,
        ...(groupExists ? {} : { details: [`make the group ${group}`] }),
      }
    },
  })
}
