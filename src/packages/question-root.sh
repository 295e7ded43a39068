# A folder for one question (frame.ts), `$root`: root's alone, since copies of sources in it may hold passwords. It goes away with the shell
# that asks, also where that is killed; what a power cut left is removed by the next question.
# shellcheck shell=sh
umask 077
# abandoned FOLDER: is it of a question that nobody asks any more? One that does not say who asks may be about to.
abandoned() {
  # Nothing of another user's, who could exchange what is in it while it is removed.
  if [ ! -d "$1" ] || [ -L "$1" ] || [ "$(stat -c %u "$1")" != "$(id -u)" ]; then return 1; fi
  if [ "$1" != "${1%.lists}" ]; then [ ! -e "${1%.lists}" ] && return 0; fi
  if [ -r "${1%.lists}/asker" ]; then
    read -r asker began <"${1%.lists}/asker"
    [ -z "$began" ] || [ "$(started_at "$asker")" != "$began" ]
  else
    [ -n "$(find "$1" -maxdepth 0 -mtime +0)" ]
  fi
}
# Its path is part of options and patterns, unquoted ones too; a relative one is another folder for each program that is called elsewhere.
case ${TMPDIR-} in *[!A-Za-z0-9/._+-]*) tmp=/var/tmp ;; /*) tmp=$TMPDIR ;; *) tmp=/var/tmp ;; esac
if [ ! -d "$tmp" ] || [ ! -w "$tmp" ]; then tmp=/var/tmp; fi
for old in "$tmp"/fitout-probe.*; do
  if abandoned "$old"; then rm -rf "$old"; fi
done
root=$(mktemp -d "$tmp/fitout-probe.XXXXXX") || exit 1
trap 'rm -rf "$root.lists" "$root"' EXIT
trap 'exit 130' HUP INT TERM
printf '%s %s\n' "$$" "$(started_at "$$")" >"$root/asker"
# In a session of its own, a keeper reads until the last process that asks has ended, and removes what is left then.
mkfifo "$root/alive"
# shellcheck disable=SC2016 # it is expanded there, not here
setsid sh -c 'cd / && cat "$0/alive"; rm -rf "$0.lists" "$0"' "$root" </dev/null >/dev/null 2>&1 &
exec 7>"$root/alive"
