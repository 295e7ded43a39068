# What every look may use; `person`, `home` and `uid` are set: who uses this host. Of a person who does not log in only the name is, before
# `know_person`. `container`: what kind of container the host itself is, if it is one.
# Every program is run by `ask`, behind the `about` of what it tells: what a program said that failed is never lost.
# shellcheck disable=SC2034,SC2154
PATH=$PATH:/usr/sbin:/sbin
say() { [ -z "$2" ] || printf '%s %s\n' "$1" "$2"; }
# Every line of standard input behind a key, cut where it is longer than any person reads.
each() { ask 0 cut -c 1-4000 | ask 0 sed "s|^|$1 |"; }
# The first lines of standard input. It reads all of it, so that the program before it does not end by SIGPIPE.
first() { ask 0 sed -n "1,$1p"; }
# At most so many seconds; what takes longer is ended.
limited() {
  seconds=$1
  shift
  if command -v timeout >/dev/null 2>&1; then timeout -k 2 "$seconds" "$@"; else "$@"; fi
}
# Sets `uid` and `home`.
know_person() {
  if [ -z "$uid" ]; then uid=$(ask 0 id -u -- "$person"); fi
  if [ -z "$home" ]; then home=$(ask 0 getent passwd -- "$person" | ask 0 cut -d : -f 6); fi
}
# as_person SECONDS COMMAND...: runs it as the person, without their shell: what root reads in a person's home may lead anywhere, and root may see it
# less than they do (NFS).
as_person() {
  if [ "$(ask 0 id -u)" = "$uid" ]; then
    ask 0 limited "$@"
  else
    as_user 0 "$person" "$uid" "$@"
  fi
}
# as_user STATUSES USER UID SECONDS COMMAND...: runs it as that user, without their shell. STATUSES are those of `ask`.
as_user() {
  answers=$1 user=$2 user_id=$3 most=$4
  shift 4
  set -- "$(ask 0 id -g -- "$user")" "$@"
  if [ -z "$user_id" ] || [ -z "$1" ]; then return 1; fi
  # setpriv is not everywhere, and not every one knows these options; runuser neither.
  if setpriv --reuid="$user_id" --regid="$1" --init-groups true 2>/dev/null; then
    group_id=$1
    shift
    ask "$answers" limited "$most" setpriv --reuid="$user_id" --regid="$group_id" --init-groups "$@"
  elif runuser -u "$user" -- true 2>/dev/null; then # Another way follows.
    shift
    ask "$answers" limited "$most" runuser -u "$user" -- "$@"
  else
    shift
    # Its words go behind those of `sh -c`, whatever shell the user has.
    # shellcheck disable=SC2016
    ask "$answers" limited "$most" su -s /bin/sh -c '"$0" "$@"' -- "$user" "$@"
  fi
}
# says_of_itself PROGRAM WORDS...: the first line that a program answers if it is asked what it is. The user nobody asks it, and only if no other than
# root can change it. If it fails, it has said nothing.
says_of_itself() (
  roots_program "$1" && nobody=$(ask 0,1 id -u nobody) && cd / || exit 0
  said=$(as_user any nobody "$nobody" 20 env HOME=/nonexistent "$@" </dev/null) && printf '%s\n' "$said" | first 1
)
