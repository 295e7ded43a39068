# Whether a user is in a group, for plans, their questions, undo and the doctor.
# shellcheck shell=sh

# in_group ENTRY NUMBERS: by the group's line (`getent group`) and the numbers of the user's groups (`id -G`). Names do not tell: one may
# have spaces ("web admins"), and two name services may each have a group of one name.
in_group() {
  number=${1#*:*:}
  case " $2 " in *" ${number%%:*} "*) [ -n "$1" ] ;; *) return 1 ;; esac
}
