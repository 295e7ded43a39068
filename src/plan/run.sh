# Functions that each run is written with, for the scripts of plans: its journal, its lock, its steps, its end. A plan carries only those that it uses.
# shellcheck shell=sh disable=SC2034,SC2154

# What this run did, for `fitout undo` and for people: one line each in the run's folder, read by src/undo/journal.ts.
#   file PATH BEFORE AFTER        a sha256 or `absent`; the file of before is kept in kept/PATH
#   file PATH rolled-back         it is as it was before this run again
#   secret begin, secret end      the text of the files in between may hold a secret, before and after
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
#   copied FROM TO                a folder's content; both stay
#   module NAME [VERSION KIND]    a kernel module is loaded in another version; named is that of before
#   undoes ID                     this run begins to take back what the run ID did
#   undone ID [partly]            it has
# What is not written down nobody can take back: that ends the run, also where a command may fail.
journal() {
  printf '%s\n' "$*" >>"$run/journal" ||
    fail "what this run did cannot be written to $run/journal, so undo could not take it back" \
      'see whether the disk is full or cannot be written (df -h, findmnt), then run fitout again'
}

# What the package manager complains of, while it is waited for.
turn=/run/fitout/turn.err
# own_runs_folder: the folder where the runs of a host meet is root's alone. Who can open a file in it can lock it, and hold up every run.
# What lies there from when it was open to others goes: a link leads elsewhere, and a pipe is waited for without end.
own_runs_folder() {
  if [ ! -d /run/fitout ]; then
    private_folder /run/fitout
  elif [ -L /run/fitout ] || [ "$(stat -c %u /run/fitout)" != 0 ]; then
    fail '/run/fitout is not a folder of root' 'find out who made it, remove it, then run fitout again'
  else
    chmod 0700 /run/fitout || fail '/run/fitout cannot be closed to others' 'see what chmod says of it'
  fi
  for meeting in /run/fitout/guard /run/fitout/lock "$turn"; do
    if [ ! -e "$meeting" ] && [ ! -L "$meeting" ]; then continue; fi
    whose=$(stat -c '%u %h' "$meeting") || fail "it cannot be seen whose $meeting is" 'see what stat says of it'
    if [ -L "$meeting" ] || [ ! -f "$meeting" ] || [ "$whose" != '0 1' ]; then
      rm -rf "$meeting" || fail "$meeting is not a file of root's own, and cannot be removed" 'see what rm says of it'
    fi
  done
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
  own_runs_folder
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
  holder=$(run_at_work)
  if [ -n "$holder" ]; then
    printf 'fitout: another run is in progress on this host: %s\nremedy: let it end; its log is in that folder\n' "$holder" >&2
    exit 75
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
      # A process only for one that is empty: a host has many runs.
      set -- "$folder"/*
      [ -e "$1" ] || rmdir "$folder" 2>/dev/null || :
    done
  done
}
