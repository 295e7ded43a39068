// Written from docs/writing-recipes.md alone, as whoever reads that page would; own-recipe.test.ts sees it on lab machines.
import { defineResource, membership, recipe, sh, userName, z } from 'fitout/recipe'

const folder = ({ path, group }) =>
  defineResource({
    id: `folder ${path}`,
    inspect: sh`stat -c '%F %G %a' ${path} 2>/dev/null; :`,
    read: ({ text }) => text.trim(),
    assume: () => '',
    plan: (seen) => {
      if (seen === `directory ${group} 2770`) return undefined
      return {
        resource: `folder ${path}`,
        stage: 'configure',
        title: `Share ${path} within the group ${group}`,
        why: seen === '' ? 'it is not there' : `it is a ${seen}`,
        script: [sh`make_folder ${path}`, sh`chgrp ${group} ${path}`, sh`chmod 2770 ${path}`].join('\n'),
        effects: [],
      }
    },
  })

export default recipe({
  name: 'shared-folder',
  title: 'A folder that a group shares',
  about: 'Makes a folder in which every member of a group may write, and whose files belong to the group.',
  options: {
    path: z.string().startsWith('/').default('/srv/shared').describe('where it is'),
    members: z.array(userName).min(1).describe('who may write there'),
  },
  resources: ({ options }) => [
    ...options.members.map((user) => membership({ user, group: 'shared' })),
    folder({ path: options.path, group: 'shared' }),
  ],
  trials: ({ options }) =>
    options.members.map((user) => ({
      name: `shared-${user}`,
      title: `${user} can write`,
      user,
      script: sh`file=$(mktemp ${options.path}/XXXXXX) && stat -c %G "$file" && rm "$file"`,
      judge: ({ text, code }) =>
        code === 0 && text.trim() === 'shared'
          ? { outcome: 'passed', proven: [`a file in ${options.path} belongs to the group`] }
          : { outcome: 'failed', proven: [], because: `${user} cannot write in ${options.path}`, said: [text] },
    })),
})
