import { sh } from '../../../src/shell/quote.js'
import clientFiles from '../client-files.sh'
import pluginFolders from '../plugin-folders.sh'

/** What the person's own files say of their client; read as that person, so that root follows no link and waits for no pipe of theirs. */
export const clientLook = [
  sh`client=${`${pluginFolders}\n${clientFiles}\nwhere_set $docker_variables $image_variables\naliased\nclient_config "$HOME/.docker"\nplugins_at "$HOME/.docker"\n:`}`,
  'know_person',
  // It reads some dozens of files, each by a few processes: seconds on a slow board.
  'as_person 30 env "HOME=$home" sh -c "fitout_id=$fitout_id; $fitout_ask $client" </dev/null',
  ':',
].join('\n')
