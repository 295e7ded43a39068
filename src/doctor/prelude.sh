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
  most=$1
  shift
  if [ "$(ask 0 id -u)" = "$uid" ]; then
    ask 0 limited "$most" "$@"
    return
  fi
  set -- "$(ask 0 id -g -- "$person")" "$@"
  if [ -z "$uid" ] || [ -z "$1" ]; then return 1; fi
  # setpriv is not everywhere, and not every one knows these options; runuser neither.
  if setpriv --reuid="$uid" --regid="$1" --init-groups true 2>/dev/null; then
    group_id=$1
    shift
    ask 0 limited "$most" setpriv --reuid="$uid" --regid="$group_id" --init-groups "$@"
  elif runuser -u "$person" -- true 2>/dev/null; then # Another way follows.
    shift
    ask 0 limited "$most" runuser -u "$person" -- "$@"
  else
    shift
    # Its words go behind those of `sh -c`, whatever shell the person has.
    # shellcheck disable=SC2016
    ask 0 limited "$most" su -s /bin/sh -c '"$0" "$@"' -- "$person" "$@"
  fi
}
