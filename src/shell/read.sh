# How questions (frame.ts) read a file of a host. Nothing but a regular file is opened: a FIFO waits for its writer, and /dev/zero has no end.
# shellcheck shell=sh disable=SC2034

# some_of FILE...: what is in files, 256 KiB of each at most; nothing of one that cannot be read.
some_of() {
  for one in "$@"; do
    if [ -f "$one" ] && [ -r "$one" ]; then ask 0 timeout 5 head -c 262144 "$one"; fi
  done
}

# first_line FILE: sets `line` to the first line of a file. The kernel’s, and one that every Debian has, take no process, which is what costs here; others
# have any size. (`root`: facts.sh.)
first_line() {
  line=
  if [ ! -f "$1" ] || [ ! -r "$1" ]; then return 0; fi
  case ${1#"${root-}"} in
    /proc/* | /sys/* | /etc/debian_version) IFS= read -r line <"$1" || : ;;
    *)
      line=$(timeout 5 head -c 4096 "$1" | tr -d '\000')
      line=${line%%
*}
      ;;
  esac
}
