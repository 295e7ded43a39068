# The functions that plans are written with. A plan carries only those that it uses.
# shellcheck shell=sh disable=SC2034,SC2154

# What this run did, for `fitout undo` and for people: one line each in the run's folder, read by src/undo/journal.ts.
#   file PATH BEFORE AFTER        a sha256 or `absent`; the file of before is kept in kept/PATH
#   file PATH rolled-back         it is as it was before this run again
#   restored PATH                 it stood under another name since a run was cut off
#   folder PATH, no-folder PATH   made; removed, for it was empty
#   installed NAME VERSION, changed NAME OLD NEW, removed NAME OLD
#   marked NAME BEFORE AFTER      `auto` or `manual`, as apt-mark says
#   held NAME, unheld NAME        what is held otherwise after a transaction than before
#   forgotten NAME                dpkg forgot the configuration files of a package that was gone
#   finished-interrupted          a package installation that somebody else had begun
#   group NAME, no-group NAME     made; removed
#   joined USER GROUP, left USER GROUP
#   service UNIT ENABLED ACTIVE   as systemd said it before this run first touched it
#   rpm-key NAME, no-rpm-key NAME rpm trusts a key; no more
#   stream MODULE BEFORE AFTER    of a module of dnf's: `-` where none is enabled, `disabled` where the module is
#   daemon started-by-hand
#   dkms KERNEL                   DKMS built modules for it; they go with the packages that brought them
#   module NAME [VERSION KIND]    a kernel module is loaded in another version; named is that of before
#   undoes ID                     this run begins to take back what the run ID did
#   undone ID [partly]            it has
journal() { printf '%s\n' "$*" >>"$run/journal"; }

# When the process PID started, in the kernel's own count; empty when there is no such process.
started_at() {
  if [ -r "/proc/$1/stat" ]; then sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; fi
}

# own_place: the folder where the runs of a host meet is root's alone. Who can open a file in it can lock it, and hold up every run.
own_place() {
  [ -d /run/fitout ] || (umask 077 && mkdir -p /run/fitout)
  if [ -L /run/fitout ] || [ "$(stat -c %u /run/fitout)" != 0 ]; then
    fail '/run/fitout is not a folder of root' 'find out who made it, remove it, then run fitout again'
  fi
  chmod 0700 /run/fitout
}

# lock_holders FILE: who holds a lock on it, as `process PID (NAME, user USER)`. The kernel's own list names who took it, which may have ended
# since (`flock` of a shell's descriptor), and no path: files of two file systems can have one number.
lock_holders() {
  file=$(stat -L -c %d:%i "$1")
  grep -Els "^lock:.* FLOCK .*:${file#*:} " /proc/[0-9]*/fdinfo/* |
    while IFS= read -r info; do
      process=${info%/fdinfo/*}
      [ "$(stat -L -c %d:%i "$process/fd/${info##*/}" 2>/dev/null)" = "$file" ] || continue
      printf 'process %s (%s, user %s) ' "${process##*/}" "$(cat "$process/comm" 2>/dev/null)" "$(stat -c %U "$process" 2>/dev/null)"
    done
}

# take_lock: one run at a time on a host. The lock names a process and when it started, so that it is never stale; no
# descriptor is held that a daemon started by this run could inherit.
take_lock() {
  own_place
  exec 9>/run/fitout/guard
  if command -v flock >/dev/null 2>&1; then
    # It is held for as long as this function takes.
    tries=0
    until flock -n 9; do
      tries=$((tries + 1))
      if [ "$tries" -ge 30 ]; then
        holders=$(lock_holders /run/fitout/guard)
        fail "the lock /run/fitout/guard is held by ${holders:-a process that cannot be seen from here}" 'end that process, then run fitout again'
      fi
      sleep 1
    done
  fi
  if [ -r /run/fitout/lock ]; then
    read -r pid start holder </run/fitout/lock || :
    if [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ]; then
      printf 'fitout: another run is in progress on this host: %s\nremedy: let it end; its log is in that folder\n' "$holder" >&2
      exit 75
    fi
  fi
  printf '%s %s %s\n' "$$" "$(started_at $$)" "$run" >/run/fitout/lock
  exec 9>&-
  trap 'rm -f /run/fitout/lock' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# fail REASON [REMEDY]: ends the run. Who follows it judges what the host said in this step by the table of symptoms, too, and
# tells both.
fail() {
  printf 'fitout: %s\n' "$1" >&2
  if [ -n "${2-}" ]; then printf 'remedy: %s\n' "$2" >&2; fi
  exit 1
}

# step INDEX TOTAL TITLE: says where the run stands, and stops here when it was asked to.
step() {
  if [ -n "$current" ]; then printf '%s done %s\n' "$mark" "$current"; fi
  if [ -e "$run/stop" ]; then
    printf '%s stopped before %s\n' "$mark" "$1"
    exit 130
  fi
  current=$1
  printf '%s step %s/%s %s\n' "$mark" "$1" "$2" "$3"
}

# The sha256 of a file's content; `absent` when there is none.
sum_of() {
  if [ -f "$1" ]; then
    set -- "$(sha256sum <"$1")"
    printf '%s' "${1%% *}"
  elif [ -e "$1" ]; then
    printf 'not-a-file'
  else
    printf 'absent'
  fi
}

# make_folder PATH: with those above it.
make_folder() {
  if [ -z "$1" ] || [ -d "$1" ]; then return 0; fi
  make_folder "${1%/*}"
  mkdir "$1"
  journal "folder $1"
}

# Keeps a copy of a file, as it was before this run first touched it.
keep() {
  [ -f "$1" ] || return 0
  [ ! -e "$run/kept$1" ] || return 0
  mkdir -p "$run/kept${1%/*}"
  cp -p "$1" "$run/kept$1"
}

# put_back PATH: as it was before this run first touched it. Fails where this run did not.
put_back() {
  path=$1
  if [ -L "$path" ]; then path=$(readlink -f "$path"); fi
  grep -qsF "file $path " "$run/journal" || return 1
  if [ -e "$run/kept$path" ]; then cp -p "$run/kept$path" "$path" || return; else rm -f "$path" || return; fi
  journal "file $path rolled-back"
}

# restore_kept PATH: the copy beside it, where a run was cut off while it let dpkg forget the file (disown_conffile).
restore_kept() {
  if [ -f "$1.fitout-kept" ] && [ ! -e "$1" ]; then
    mv -f "$1.fitout-kept" "$1"
    journal "restored $1"
  fi
}

# disown_conffile PATH PACKAGE...: lets dpkg forget that packages which are gone own PATH, so that purging them later does
# not delete it. dpkg forgets only by deleting: meanwhile the very same file stands under a second name beside it, which
# the next run restores where this one is cut off in between.
disown_conffile() {
  path=$1
  shift
  restore_kept "$path"
  link=
  if [ -L "$path" ]; then link=$(readlink "$path"); fi
  file=$(readlink -f "$path")
  for name in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = config-files ] || continue
    if [ -f "$path" ]; then
      [ ! -e "$path.fitout-kept" ] || [ "$(sum_of "$path.fitout-kept")" = "$(sum_of "$path")" ] ||
        fail "$path.fitout-kept is there and differs from $path" 'keep the one that is right and remove the other'
      keep "$file"
      ln -f "$file" "$path.fitout-kept" 2>/dev/null || cp -p --preserve=all "$file" "$path.fitout-kept" 2>/dev/null ||
        cp -p "$file" "$path.fitout-kept"
      sync "$path.fitout-kept" "${path%/*}" 2>/dev/null || sync
    fi
    status=0
    in_turn dpkg --purge "$name" || status=$?
    if [ -f "$path.fitout-kept" ]; then
      mv -f "$path.fitout-kept" "$file"
      # Two names of one file are no reason for every mv to take one away.
      rm -f "$path.fitout-kept"
      if [ -n "$link" ] && [ ! -L "$path" ]; then ln -s "$link" "$path"; fi
    fi
    [ "$status" -eq 0 ] || fail "dpkg could not forget $name, which owned $path; the file is there as it was" 'see what dpkg says above, and run fitout again'
    journal "forgotten $name"
  done
  # What a run left that was cut off just before its end.
  if [ -e "$path.fitout-kept" ] && [ "$(sum_of "$path.fitout-kept")" = "$(sum_of "$path")" ]; then rm -f "$path.fitout-kept"; fi
}

# write_beside PATH: names in `temporary` the file beside PATH that is to become it. The next run removes it where this one is killed.
write_beside() {
  temporary=$1.fitout-new
  printf '%s\n' "$temporary" >"$run/writing"
  rm -f "$temporary"
}

# sweep_leftovers: removes what runs left that were killed: the new file beside one that was being written, a folder that was not
# laid out whole (its name has the process that did), and one in which nothing is. Follows no links. Whoever calls it holds the lock.
sweep_leftovers() {
  for runs in /var/lib/fitout/runs /run/fitout/runs; do
    for folder in "$runs"/.new-* "$runs"/*; do
      if [ ! -d "$folder" ] || [ -L "$folder" ] || [ "$folder" = "$run" ]; then continue; fi
      case ${folder##*/} in
        .new-*)
          pid=${folder##*/.new-}
          [ "$(started_at "${pid%%-*}")" = "${pid#*-}" ] || rm -rf "$folder"
          continue
          ;;
      esac
      if [ -f "$folder/writing" ] && [ ! -L "$folder/writing" ]; then
        read -r left <"$folder/writing" || left=
        case $left in
          /*.fitout-new) if [ -f "$left" ] && [ ! -L "$left" ]; then rm -f "$left"; fi ;;
        esac
        rm -f "$folder/writing"
      fi
      rmdir "$folder" 2>/dev/null || :
    done
  done
}

# put_in_place PATH SEEN SUM: renames PATH.fitout-new, which must hold what SUM says, to PATH, which held what SEEN says.
put_in_place() {
  if [ "$(sum_of "$1.fitout-new")" != "$3" ]; then
    rm -f "$1.fitout-new"
    fail "$1.fitout-new could not be written whole" 'see whether the disk is full: df -h'
  fi
  sync "$1.fitout-new" 2>/dev/null || sync
  if ! mv -f "$1.fitout-new" "$1" 2>/dev/null; then
    # A file that is a mount point of its own cannot be replaced, only written.
    cat "$1.fitout-new" >"$1"
    rm -f "$1.fitout-new"
  fi
  rm -f "$run/writing"
  [ "$(sum_of "$1")" = "$3" ] || fail "$1 does not hold what was just written to it" "see what else writes it or covers it: findmnt -T $1"
  journal "file $1 $2 $3"
}

# put_file PATH MODE EXPECTED NEW: writes standard input to PATH as root's, whole or not at all, and only when PATH still
# holds what the plan saw (EXPECTED, a sha256 or `absent`). MODE counts for a new file; an existing one keeps its own.
put_file() {
  path=$1
  if [ -L "$path" ]; then path=$(readlink -f "$path"); fi
  now=$(sum_of "$path")
  if [ "$now" = "$4" ]; then
    cat >/dev/null
    return 0
  fi
  [ "$now" = "$3" ] || fail "$path is no longer what it was when the plan was made" 'make a new plan: run fitout again'
  make_folder "${path%/*}"
  keep "$path"
  write_beside "$path"
  if [ "$now" = absent ]; then
    (umask 077 && : >"$temporary")
    chmod "$2" "$temporary"
  else
    # Copying first gives the new file the owner, mode and labels of the old one.
    cp -p --preserve=all "$path" "$temporary" 2>/dev/null || cp -p "$path" "$temporary"
  fi
  # Where it cannot be written whole, its sum says so.
  cat >"$temporary" || :
  put_in_place "$path" "$now" "$4"
}

# put_own_file PATH EXPECTED NEW: writes standard input to PATH, a file of fitout's own that root alone may change: a new regular
# file, root's, 0644, whoever owned the one of before or has it open. Only when PATH holds what the plan saw (EXPECTED) or NEW.
put_own_file() {
  now=$(sum_of "$1")
  if [ -L "$1" ]; then fail "$1 is a symbolic link now" 'make a new plan: run fitout again'; fi
  case $now in
    "$2" | "$3") ;;
    *) fail "$1 is no longer what it was when the plan was made" 'make a new plan: run fitout again' ;;
  esac
  if [ "$now" = "$3" ] && is_roots "$1"; then
    cat >/dev/null
    return 0
  fi
  make_folder "${1%/*}"
  keep "$1"
  write_beside "$1"
  (umask 077 && : >"$temporary")
  chmod 0644 "$temporary"
  cat >"$temporary" || :
  put_in_place "$1" "$now" "$3"
  is_roots "$1" || fail "others than root can still change $1" "see what covers it: findmnt -T $1"
}
is_roots() { [ "$(stat -c '%u %a' "$1")" = '0 644' ]; }

# drop_file PATH EXPECTED: removes a file that still holds what the plan saw; a copy stays in the run's folder.
drop_file() {
  now=$(sum_of "$1")
  [ "$now" != absent ] || return 0
  [ "$now" = "$2" ] || fail "$1 is no longer what it was when the plan was made" 'make a new plan: run fitout again'
  keep "$1"
  rm -f "$1"
  journal "file $1 $now absent"
}

# bring_back PATH EXPECTED COPY SUM: puts the copy that an earlier run kept in the place of what the plan saw (EXPECTED, a
# sha256 or `absent`), with the owner and mode that the file had. SUM is what the copy must hold.
bring_back() {
  # A package that went has masked the unit of its name, as Debian's older ones do.
  if [ "$2" = absent ] && [ "$(readlink "$1")" = /dev/null ]; then rm -f "$1"; fi
  now=$(sum_of "$1")
  [ "$now" != "$4" ] || return 0
  [ "$now" = "$2" ] || fail "$1 is no longer what it was when the plan was made" 'make a new plan: run fitout again'
  [ "$(sum_of "$3")" = "$4" ] || fail "$3 is no longer the copy that was kept of $1" "leave that file as it is: --leave $1"
  make_folder "${1%/*}"
  keep "$1"
  write_beside "$1"
  cp -p --preserve=all "$3" "$temporary" 2>/dev/null || cp -p "$3" "$temporary" || :
  put_in_place "$1" "$now" "$4"
}

# drop_folder PATH: where nothing is in it.
drop_folder() {
  if rmdir "$1" 2>/dev/null; then journal "no-folder $1"; fi
}

# group_home GROUP: the name service that has a group which is not in the host's own files, as /etc/nsswitch.conf calls it.
group_home() {
  [ -r /etc/nsswitch.conf ] || return 0
  for service in files $(sed -n -e 's/\[[^]]*\]//g' -e 's/^group:[[:blank:]]*//p' /etc/nsswitch.conf); do
    if getent -s "$service" group "$1" >/dev/null; then
      case $service in files | compat) ;; *) printf '%s\n' "$service" ;; esac
      return 0
    fi
  done
}

# groups_of USER: on one line. id names them all and fails where one of them has no name.
groups_of() {
  groups=$(id -nG -- "$1") || [ -n "$groups" ] || return 1
  printf '%s\n' "$groups"
}

# group_entry NAME: its line, nothing where there is none. Fails where nobody can say.
group_entry() {
  status=0
  getent group "$1" || status=$?
  case $status in 0 | 2) ;; *) return "$status" ;; esac
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
  groups=$(groups_of "$1")
  case " $groups " in *" $2 "*) return 0 ;; esac
  home=$(group_home "$2")
  [ -z "$home" ] || fail "the group $2 comes from another name service ($home), not from /etc/group, so gpasswd cannot change it" \
    "add $1 to the group $2 in that service (extrausers: /var/lib/extrausers/group), then run fitout again"
  gpasswd -a "$1" "$2"
  groups=$(groups_of "$1")
  case " $groups " in *" $2 "*) ;; *) fail "gpasswd ended without an error, but $1 is not in the group $2" \
    'see which sources /etc/nsswitch.conf names for groups, and whether something restores /etc/group'  ;; esac
  journal "joined $1 $2"
}

# leave_group USER GROUP: the user is no longer in it.
leave_group() {
  groups=$(groups_of "$1")
  case " $groups " in *" $2 "*) ;; *) return 0 ;; esac
  gpasswd -d "$1" "$2"
  groups=$(groups_of "$1")
  case " $groups " in *" $2 "*) fail "gpasswd ended without an error, but $1 is still in the group $2" \
    'see which sources /etc/nsswitch.conf names for groups, and whether something restores /etc/group'  ;; esac
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
  journal "no-group $1"
}

# note_service UNIT...: how a service is before this run first touches it, once each.
note_service() {
  for unit in "$@"; do
    if grep -qsF "service $unit " "$run/journal"; then continue; fi
    if [ -d /run/systemd/system ]; then
      enabled=$(systemctl is-enabled "$unit" 2>/dev/null) || :
      # It has a word for every unit, also for one that is not there, unless systemd does not answer.
      active=$(systemctl is-active "$unit") || :
      [ -n "$active" ] || fail "systemd does not say how $unit is, so undo could not restore it" 'see why systemd does not answer (systemctl status), then run fitout again'
      journal "service $unit ${enabled:-not-found} $active"
    else
      status=0
      unit_runs "$unit" || status=$?
      case $status in 0) active=active ;; 1) active=inactive ;; *) continue ;; esac
      journal "service $unit unknown $active"
    fi
  done
}

# service_as UNIT ENABLED ACTIVE: as it was once, in the words of systemd. What is not there any more stays so.
service_as() {
  note_service "$1"
  if [ ! -d /run/systemd/system ]; then
    case $3 in active | inactive) unit_by_hand "$1" "$3" ;; esac
    return 0
  fi
  enabled=$(systemctl is-enabled "$1" 2>/dev/null) || :
  case "$enabled $2" in
    'disabled enabled') systemctl enable --quiet "$1" ;;
    'enabled disabled' | 'enabled-runtime disabled') systemctl disable --quiet "$1" ;;
    ' '* | 'not-found '*) return 0 ;;
  esac
  case $3 in
    active) start_unit "$1" ;;
    inactive | failed) if systemctl is-active --quiet "$1"; then systemctl stop "$1"; fi ;;
  esac
}

# mark_packages auto|manual NAME...: as apt-mark does, of those that are installed.
mark_packages() {
  kind=$1
  shift
  for name in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || continue
    in_turn apt-mark "$kind" "$name"
    if [ "$kind" = auto ]; then journal "marked $name manual auto"; else journal "marked $name auto manual"; fi
  done
}

# in_turn COMMAND...: runs it, and again for ten minutes while another package manager holds one of the locks that it
# needs, saying who; not if the lock's own file cannot be written. apt's own waiting covers some of the locks, and says nothing. What
# it complains of is kept in memory meanwhile: on a full disk the reason would be lost, for which the run's reserve then makes room.
turn=/run/fitout/turn.err
in_turn() {
  tries=0
  own_place
  [ -e "$turn" ] || (umask 077 && : >"$turn")
  until
    status=0
    "$@" 2>"$turn" || status=$?
    [ "$status" -eq 0 ] || [ "$tries" -ge 200 ] ||
      ! grep -Ev 'Read-only file system|No space left on device|Permission denied|Input/output error' "$turn" | grep -Eq 'Could not get lock|Unable to (acquire|lock)|lock (is|was) locked by another process|another copy is running|[Ff]ailed to obtain [^ ]* *(transaction )?lock|transaction lock'
  do
    tries=$((tries + 1))
    holder=$(sed -n -e 's/.*held by process \([0-9]*\).*/\1/p' -e 's/.* process with pid \([0-9]*\).*/\1/p' \
      -e 's/.*another copy is running as pid \([0-9]*\).*/\1/p' "$turn" | head -n 1)
    if [ -n "$holder" ] && [ "$holder" != "${waited_for-}" ]; then
      printf '%s note waiting for process %s (%s), which holds the lock of the package manager\n' "$mark" "$holder" \
        "$(cat "/proc/$holder/comm" 2>/dev/null || echo ended)"
      waited_for=$holder
    fi
    sleep 3
  done
  [ "$status" -eq 0 ] || rm -f "$run/reserve"
  cat "$turn" >&2
  return "$status"
}

# apt-get that never asks, and waits for its turn. It installs nothing whose index nobody signed that apt was told to believe, whatever
# the host's configuration says of that for all sources. What its owner trusts by [trusted=yes] is the owner's word.
apt_get() {
  in_turn env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none LC_ALL=C \
    UCF_FORCE_CONFFOLD=1 apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 -o APT::Get::AllowUnauthenticated=false \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# Was the host's own package index fetched within the last day?
index_is_fresh() {
  [ -n "$(find /var/lib/apt/lists -maxdepth 0 -mtime -1 2>/dev/null)" ] || return 1
  for list in /var/lib/apt/lists/*_Packages*; do [ -e "$list" ] && return 0; done
  return 1
}

# refresh_index [FILE...]: fetches the package index once. Where the host's own is fresh only the named sources are asked.
refresh_index() {
  if index_is_fresh; then
    for list in "$@"; do
      apt_get update -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=/dev/null -o APT::Get::List-Cleanup=0 || return
    done
  else
    # A foreign source that fails must not stop what does not need it: the installation decides.
    apt_get update || printf '%s note some package sources did not answer; going on with the others\n' "$mark"
  fi
}

# half_way: what dpkg has neither whole nor gone, one a line in the run's folder: NAME WANT FLAG STATE [VERSION].
half_way() {
  # shellcheck disable=SC2016 # dpkg-query expands it
  dpkg-query -W -f='${binary:Package} ${db:Status-Want} ${db:Status-Eflag} ${db:Status-Status} ${Version}\n' >"$run/states"
  awk '$3 != "ok" || $4 !~ /^(installed|config-files|not-installed)$/' "$run/states" >"$run/half-way"
}

# finish_interrupted: completes package installations that were cut short. dpkg finishes what is unpacked, and apt what was being
# removed. A package that was cut off while dpkg unpacked it must be installed again: apt takes its version for installed
# if dpkg remembers the package from before, and does that only when told to. Nothing that is held loses its hold.
finish_interrupted() {
  journal finished-interrupted
  # What it cannot do yet, the second time shows.
  configure_all || :
  half_way
  held=$(awk '$2 == "hold" { print $1 }' "$run/half-way")
  keep_holds "$held"
  set --
  indexed=no
  cut_off=$(awk '$3 != "ok" || ($4 == "half-installed" && $2 ~ /^(install|hold)$/) { print $1 "=" $5 }' "$run/half-way")
  for torn in $cut_off; do
    name=${torn%%=*}
    exact=${torn#*=}
    versions_offered "$name"
    if [ ! -s "$run/offered" ] && [ "$indexed" = no ]; then
      # That a source does not answer is no sign that it has nothing.
      if apt_get -o APT::Update::Error-Mode=any update; then indexed=yes; else indexed=partly; fi
      versions_offered "$name"
    fi
    # What apt fetched for the transaction that was cut off.
    fetched=/var/cache/apt/archives/${name%%:*}_$(printf %s "$exact" | sed 's/:/%3a/g')_
    if grep -qxF -e "$exact" "$run/offered"; then
      set -- "$@" "$torn"
    elif dpkg-deb -I "$(find "$fetched"*.deb 2>/dev/null | head -n 1)" >/dev/null 2>&1; then
      in_turn dpkg --force-confdef --force-confold --unpack "$fetched"*.deb
    elif [ -s "$run/offered" ]; then
      set -- "$@" "$name"
    else
      [ "$indexed" = yes ] || fail "$name is half installed, and not all package sources answer" 'see what apt-get update says, then run fitout again'
      printf '%s note no package source offers %s %s, which is half installed: it is removed, and its configuration stays\n' "$mark" "$name" "$exact"
      in_turn dpkg --remove --force-remove-reinstreq "$name" ||
        fail "$name is half installed, and no package source offers it" 'add the source that it came from, then run fitout again'
    fi
  done
  if [ "$#" -gt 0 ]; then set -- --reinstall --allow-downgrades --allow-change-held-packages "$@"; fi
  install_packages --fix-broken "$@"
  configure_all
  lifted=$held
  in_turn hold_again
  lifted=
  half_way
  left=$(awk 'NR <= 8 { printf "%s%s (%s)", comma, $1, $4; comma = ", " }' "$run/half-way")
  [ -z "$left" ] || fail "dpkg still has packages half-way: $left" 'dpkg --audit lists them, too'
}
configure_all() { in_turn env DEBIAN_FRONTEND=noninteractive LC_ALL=C dpkg --force-confdef --force-confold --configure -a; }
# versions_offered NAME: the versions that package sources have of it, one a line in the run's folder.
versions_offered() {
  apt-cache madison "$1" >"$run/madison"
  cut -d '|' -f 2 "$run/madison" | tr -d ' ' >"$run/offered"
}

# install_packages ARGUMENT...: one transaction. apt fetches all of it before it unpacks any; where something cannot be had by
# the index that is there, the whole index is fetched again, once.
install_packages() {
  apt_get --no-install-recommends install "$@" && return 0
  status=$?
  grep -Eq 'Failed to fetch|Unable to (fetch|locate)|was not found' "$turn" || return "$status"
  printf '%s note the packages could not be fetched; refreshing the whole index and trying again\n' "$mark"
  apt_get update || :
  apt_get --no-install-recommends install "$@"
}

# Packages whose hold was lifted for a transaction, one name a line, until they are held again: a run that is killed meanwhile
# leaves word to the next one, whose plan has hold_left.
lifted_holds=/var/lib/fitout/lifted-holds
# keep_holds NAMES: adds to those.
keep_holds() {
  [ -n "$1" ] || return 0
  mkdir -p "${lifted_holds%/*}"
  : >>"$lifted_holds"
  # shellcheck disable=SC2086
  printf '%s\n' $1 | sort -u - "$lifted_holds" >"$lifted_holds.new"
  sync "$lifted_holds.new" 2>/dev/null || sync
  mv -f "$lifted_holds.new" "$lifted_holds"
}
# let_go_holds NAMES: takes them away from there.
let_go_holds() {
  [ -e "$lifted_holds" ] || return 0
  # shellcheck disable=SC2086
  printf '%s\n' $1 >"$lifted_holds.settled"
  grep -vxF -f "$lifted_holds.settled" "$lifted_holds" >"$lifted_holds.new" || :
  mv -f "$lifted_holds.new" "$lifted_holds" || return
  rm -f "$lifted_holds.settled" || return
  [ -s "$lifted_holds" ] || rm -f "$lifted_holds"
}

# lift_holds NAME...: for the transaction only. A run that ends before it is through sets them again.
lift_holds() {
  lifted=$*
  keep_holds "$lifted"
  trap 'hold_again || :; packages_after; rm -f /run/fitout/lock' EXIT
  in_turn apt-mark unhold "$@"
}
# holds_settled: the holds are as the plan wants them.
holds_settled() {
  let_go_holds "$lifted"
  lifted=
}
# hold_again: as far as they are there. Fails where one is not held afterwards; its name is kept then.
hold_again() {
  unheld=0
  for name in $lifted; do
    if dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -Eqx 'installed|half-configured|unpacked|triggers-.*'; then
      if ! apt-mark hold "$name" || ! let_go_holds "$name"; then unheld=1; fi
    fi
  done
  return "$unheld"
}
# hold_left: holds again what an earlier run had lifted and, killed, left so. What is not there any more needs no hold.
hold_left() {
  [ -e "$lifted_holds" ] || return 0
  lifted=$(cat "$lifted_holds")
  in_turn hold_again
  holds_settled
}

# packages_before / packages_after: journal what a transaction really changed: packages, holds, apt's marks, and groups that
# the packages made. Of a transaction that fails as well.
packages_before() {
  # shellcheck disable=SC2046
  note_service $(watched_units)
  packages_now before
  # Should the power go while packages change, this is all that tells what there was.
  sync "$run"/* 2>/dev/null || sync
  counting=yes
  trap 'packages_after; rm -f /run/fitout/lock' EXIT
}
packages_now() {
  dpkg-query -W -f='${Package} ${Version} ${db:Status-Status} ${db:Status-Want}\n' >"$run/packages.$1" || return
  apt-mark showauto >"$run/auto.$1" || return
  cut -d : -f 1 /etc/group >"$run/groups.$1" || return
}
packages_after() {
  [ "${counting-}" = yes ] || return 0
  counting=
  # Half a list would say that the rest was removed.
  if ! packages_now after; then
    printf '%s note what the packages were before is in %s/packages.before; what they are now cannot be listed\n' "$mark" "$run"
    return 0
  fi
  {
    awk 'FNR == NR { if ($4 == "hold") held[$1] = 1; if ($3 == "installed") before[$1] = $2; next }
       $4 == "hold" { if (!($1 in held)) print "held", $1; holds[$1] = 1 }
       $3 == "installed" { if (!($1 in before)) print "installed", $1, $2; else if (before[$1] != $2) print "changed", $1, before[$1], $2; after[$1] = 1 }
       END { for (name in before) if (!(name in after)) print "removed", name, before[name]
         for (name in held) if (!(name in holds)) print "unheld", name }' "$run/packages.before" "$run/packages.after"
    grep -vxF -f "$run/auto.after" "$run/auto.before" | sed 's/.*/marked & auto manual/'
    # A mark of what this transaction brought is no change.
    grep -vxF -f "$run/auto.before" "$run/auto.after" | while IFS= read -r name; do
      if grep -q "^$name [^ ]* installed" "$run/packages.before"; then printf 'marked %s manual auto\n' "$name"; fi
    done
    grep -vxF -f "$run/groups.before" "$run/groups.after" | sed 's/^/group /'
  } >>"$run/journal" || :
}

# attempt_begins: what attempt_log shows was said from here on, never before.
attempt_begins() {
  cursor=
  [ -d /run/systemd/system ] || return 0
  cursor=$(journalctl --quiet -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
}

# attempt_log UNIT: what systemd and the service itself said of it since attempt_begins. systemd's words come first, and the
# service's own, which name the reason, after them.
attempt_log() {
  if [ ! -d /run/systemd/system ]; then
    if [ -r "/var/log/${1%.service}.log" ]; then tail -n 12 "/var/log/${1%.service}.log" >&2 || :; fi
    return 0
  fi
  [ -n "${cursor-}" ] || return 0
  {
    journalctl --sync || :
    journalctl --quiet --after-cursor="$cursor" _PID=1 "UNIT=$1" -n 4 --no-pager -o cat || :
    # What it says while all is well would crowd out the reason, and the next attempt of systemd's has begun.
    journalctl --quiet --after-cursor="$cursor" "_SYSTEMD_UNIT=$1" -n 200 --no-pager -o cat | grep -Ev 'level=(debug|info)' | tail -n 8 || :
  } >&2
}

# enable_unit UNIT: it starts with the machine, now that this was asked of systemd.
enable_unit() {
  systemctl enable --quiet "$1" || return
  case $(systemctl is-enabled "$1") in
    disabled | masked*)
      printf 'systemctl ended without an error, but %s does not start with the machine\n' "$1" >&2
      return 1
      ;;
  esac
}

# start_unit UNIT [VERB]: now; VERB (`restart`, `reload-or-restart`) makes it read its configuration. If it does not start, systemd's words
# and its own of this attempt say why.
start_unit() {
  note_service "$1"
  if [ ! -d /run/systemd/system ]; then
    start_by_hand "$@"
    return
  fi
  attempt_begins
  if systemctl "${2:-start}" "$1" && systemctl is-active --quiet "$1"; then return 0; fi
  attempt_log "$1"
  fail "$1 does not start" "journalctl -u $1 has more"
}

# start_by_hand UNIT [VERB]: the same without systemd, by the functions of its recipe or by its init script.
start_by_hand() {
  status=0
  unit_runs "$1" || status=$?
  if [ "$status" != 2 ]; then
    if [ "$status" = 0 ] && [ -n "${2-}" ]; then unit_by_hand "$1" inactive; fi
    unit_by_hand "$1" active || fail "$1 does not start" "start it by hand and see what it says"
  elif [ -x "/etc/init.d/${1%.service}" ]; then
    set -- "$1" "${2:+restart}"
    "/etc/init.d/${1%.service}" "${2:-start}" || fail "$1 does not start" "see what /etc/init.d/${1%.service} says"
  else
    printf '%s note nothing here can start %s: it reads its configuration when it next starts\n' "$mark" "$1"
  fi
}

# fetch URL FILE: with whatever can speak HTTP here. apt's own methods always can, where apt is.
fetch() {
  if command -v curl >/dev/null 2>&1; then
    case $1 in
      # What is asked for over TLS comes over TLS, wherever the server sends us.
      https:*) curl -fsSL --proto-redir '=https' --retry 3 -o "$2" "$1" ;;
      *) curl -fsSL --retry 3 -o "$2" "$1" ;;
    esac
  else
    # It refuses by itself to be sent from https to http, which wget does not.
    /usr/lib/apt/apt-helper download-file "$1" "$2" >/dev/null
  fi
}

# put_binary PATH URL SHA256-OR-URL: a checked download, 0755.
put_binary() {
  fetch "$2" "$run/download" || fail "$2 could not be fetched" 'check the address and the network, or set plugins to another value'
  expected=$3
  case $expected in
    *://*)
      fetch "$expected" "$run/download.sha256" || fail "$3 could not be fetched" 'give the sha256 in the options instead'
      # `SUM`, `SUM *NAME`, or a list of such lines for all files of a release.
      expected=$(awk -v name="${2##*/}" 'NF > 1 { sub(/^\*/, "", $2) } NF == 1 || $2 == name { print $1; exit }' "$run/download.sha256")
      ;;
  esac
  [ "$(sum_of "$run/download")" = "$expected" ] || fail "$2 does not have the published checksum $expected" 'do not use it; try again later'
  make_folder "${1%/*}"
  keep "$1"
  now=$(sum_of "$1")
  chmod 0755 "$run/download"
  write_beside "$1"
  mv -f "$run/download" "$temporary"
  mv -f "$temporary" "$1"
  rm -f "$run/writing"
  journal "file $1 $now $expected"
}
