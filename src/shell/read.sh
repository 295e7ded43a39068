# How questions (frame.ts) read a file of the system. Nothing but a regular file is opened: a FIFO waits for its writer, and /dev/zero has no end.
# shellcheck shell=sh disable=SC2034

# some_of FILE...: what is in files, 256 KiB of each at most; nothing of one that cannot be read.
some_of() {
  for one in "$@"; do
    if [ -f "$one" ] && [ -r "$one" ]; then ask 0 head -c 262144 "$one"; fi
  done
}

# first_line FILE: sets `line` to the first line of a file, by the shell alone: a process is what costs here.
# shellcheck disable=SC2034
first_line() {
  line=
  if [ -f "$1" ] && [ -r "$1" ]; then IFS= read -r line <"$1" || :; fi
}
