# Whose files are: functions for questions (frame.ts) and for runs (plan/functions.ts). Root neither trusts nor runs what others can change.
# shellcheck shell=sh

# way_to PATH...: `@way MODE UID OCTAL PATH` for all that leads to each, as far as it is there: folders from `/` on, links, and what they lead to.
way_to() {
  count=$#
  for rest in "$@"; do
    at='' links=0
    set -- "$@" /
    while [ -n "$rest" ]; do
      part=${rest%%/*}
      case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
      case $part in
        '' | .) continue ;;
        ..) at=${at%/*} && continue ;;
      esac
      at=$at/$part
      if [ -L "$at" ]; then
        set -- "$@" "$at"
        links=$((links + 1))
        # A circle of links leads to nothing.
        [ "$links" -le 40 ] || break
        link=$(readlink "$at") || return
        rest=$link/$rest
        case $link in /*) at='' ;; *) at=${at%/*} ;; esac
      elif [ -e "$at" ]; then
        set -- "$@" "$at"
      else
        break
      fi
    done
  done
  shift "$count"
  stat -c '@way %A %u %a %n' -- "$@"
}

# roots_alone PATH: whether nobody but root can change what is there, or put something else in its place: all that leads to it is root's, and nobody else
# can write to it. (What an ACL allows at most stands in the mode, as the group's.)
roots_alone() {
  way=$(way_to "$1") || return 1
  printf '%s\n' "$way" | while read -r _ mode uid _; do
    case "$uid $mode" in
      '0 l'*) ;;
      # In a folder as /tmp is, what belongs to root stays there.
      '0 d'????????[tT]) ;;
      '0 '?????w* | '0 '????????w*) exit 1 ;;
      '0 '*) ;;
      *) exit 1 ;;
    esac
  done
}

# roots_program FILE-OR-NAME: whether this is a program that root alone can change: no other is run as root because it lies somewhere. Says so if not.
roots_program() {
  case $1 in /*) ;; *) set -- "$(command -v "$1")" ;; esac
  if [ ! -f "$1" ] || [ ! -x "$1" ]; then return 1; fi
  if roots_alone "$1"; then return 0; fi
  printf 'others than root can change %s, so it is not run as root\n' "$1" >&2
  return 1
}
