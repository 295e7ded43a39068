import clientFiles from '../../recipe/trials/client-files.sh'
import { sh } from '../../shell/quote.js'

/** What the person's own files say of their client; read as that person, so that root follows no link and waits for no pipe of theirs. */
export const clientLook = [
  sh`client=${`${clientFiles}\nwhere_set $docker_variables\naliased\nclient_config "$HOME/.docker"\nplugins_at "$HOME/.docker"`}`,
  `if [ "$uid" = 0 ] || [ -z "$uid" ]; then
  printf '%s' "$client" | HOME=$home limited 15 sh 2>/dev/null
else
  printf '%s' "$client" | limited 15 su -s "$(command -v env)" - "$person" sh 2>/dev/null
fi
:`,
].join('\n')
