# Functions that make groups and put users in them, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# group_home GROUP: the name service that has a group which is not in the host's own files, as /etc/nsswitch.conf calls it.
group_home() {
  while IFS=: read -r name _; do
    if [ "$name" = "$1" ]; then return 0; fi
  done </etc/group
  [ -r /etc/nsswitch.conf ] || return 0
  # shellcheck disable=SC2013 # words of one line
  for service in $(sed -n -e 's/\[[^]]*\]//g' -e 's/^group:[[:blank:]]*//p' /etc/nsswitch.conf); do
    if getent -s "$service" group "$1" >/dev/null; then
      case $service in files | compat) ;; *) printf '%s\n' "$service" ;; esac
      return 0
    fi
  done
}

# group_entry NAME: its line, nothing where there is none. Fails where nobody can say.
group_entry() {
  status=0
  getent group "$1" || status=$?
  case $status in 0 | 2) ;; *) return "$status" ;; esac
}

# member_of USER GROUP: `yes` or `no`. Fails where nobody can say.
member_of() {
  entry=$(group_entry "$2") || return
  numbers=$(id -G -- "$1") || return
  if in_group "$entry" "$numbers"; then echo yes; else echo no; fi
}

# make_group NAME: a system group of that name is there.
make_group() {
  entry=$(group_entry "$1")
  [ -z "$entry" ] || return 0
  groupadd --system "$1"
  entry=$(group_entry "$1")
  [ -n "$entry" ] || fail "groupadd ended without an error, but this host knows no group $1" \
    'see which sources of groups /etc/nsswitch.conf names: /etc/group (files) has to be among them'
  journal "group $1"
}

# join_group USER GROUP: the user is in it. gpasswd knows users of every name service, usermod only those of /etc/passwd.
join_group() {
  member=$(member_of "$1" "$2")
  [ "$member" = no ] || return 0
  home=$(group_home "$2")
  [ -z "$home" ] || fail "the group $2 comes from another name service ($home), not from /etc/group, so gpasswd cannot change it" \
    "add $1 to the group $2 in that service (extrausers: /var/lib/extrausers/group), then run fitout again"
  gpasswd -a "$1" "$2"
  member=$(member_of "$1" "$2")
  [ "$member" = yes ] || fail "gpasswd ended without an error, but $1 is not in the group $2" \
    'see which sources /etc/nsswitch.conf names for groups, and whether something restores /etc/group'
  journal "joined $1 $2"
}

# leave_group USER GROUP: the user is no longer in it.
leave_group() {
  member=$(member_of "$1" "$2")
  [ "$member" = yes ] || return 0
  gpasswd -d "$1" "$2"
  member=$(member_of "$1" "$2")
  [ "$member" = no ] || fail "gpasswd ended without an error, but $1 is still in the group $2" \
    'see which sources /etc/nsswitch.conf names for groups, and whether something restores /etc/group'
  journal "left $1 $2"
}

# drop_group NAME: where nobody is in it.
drop_group() {
  entry=$(group_entry "$1")
  [ -n "$entry" ] || return 0
  number=$(printf '%s\n' "$entry" | cut -d : -f 3)
  firsts=$(getent passwd)
  if [ -n "${entry##*:}" ] || printf '%s\n' "$firsts" | cut -d : -f 4 | grep -qx "$number"; then
    printf '%s note the group %s stays: somebody is in it\n' "$mark" "$1"
    return 0
  fi
  groupdel "$1"
  # In its own file: a directory may have one of that name, too, or remember the old one.
  if grep -q "^$1:" /etc/group; then
    fail "groupdel ended without an error, but /etc/group still has the group $1" 'see whether something restores that file'
  fi
  journal "no-group $1"
}
