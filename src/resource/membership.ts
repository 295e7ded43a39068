import { FitoutError } from '../errors.js'
import { sh } from '../shell/quote.js'
import inGroup from './in-group.sh'
import { defineResource, type Resource } from './resource.js'

/**
 * Names that users may have, also in a directory, as a pattern (flag `u`): `ada`, `CORP\ada`, `ada@corp.example`, `ada lovelace`. A number
 * alone would be taken for a uid, and a `-` in front for an option.
 */
export const userNames = String.raw`(?!\d+$)[\p{L}\p{N}_](?:[\p{L}\p{N}_.@\\ $+-]{0,254}[\p{L}\p{N}_.@$+-])?`

/**
 * A user is in a group; the group is made (as a system group) where it does not exist.
 *
 * @throws FitoutError from `plan` when there is no such user, or one with a name that nobody could undo.
 */
export function membership({ user, group }: { user: string; group: string }): Resource {
  return defineResource<{ userExists: boolean; groupExists: boolean; member: boolean }>({
    id: `membership ${user} ${group}`,
    shared: inGroup,
    // id fails where there is no such user, and where the name service does not answer: then getent says which (2: there is no such entry).
    inspect: `${sh`numbers=$(ask 0,1 id -G -- ${user}) || numbers=`}
${sh`if [ -z "$numbers" ] && ask 0,2 getent passwd -- ${user} >/dev/null; then numbers=$(ask 0 id -G -- ${user}); fi`}
if [ -n "$numbers" ]; then echo user; fi
${sh`if entry=$(ask 0,2 getent group ${group}); then echo group; fi`}
if in_group "$entry" "$numbers"; then echo member; fi
:`,
    read: ({ text }) => {
      const said = text.split('\n')
      return { userExists: said.includes('user'), groupExists: said.includes('group'), member: said.includes('member') }
    },
    assume: () => ({ userExists: true, groupExists: false, member: false }),
    plan: ({ userExists, groupExists, member }) => {
      const refusal = (cause: string, remedy: string) =>
        new FitoutError({ doing: `planning the membership of ${user} in ${group}`, cause, remedy })
      if (!userExists) {
        throw refusal(`there is no user ${user} on this host`, 'name another user, or make this one first (useradd)')
      }
      if (member) return undefined
      if (!new RegExp(`^${userNames}$`, 'u').test(user)) {
        throw refusal(
          `fitout does not add a user with such a name to a group: ${JSON.stringify(user)}`,
          `add this user yourself (gpasswd -a USER ${group}), or name another user`,
        )
      }
      return {
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
