# Functions that write and remove files, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

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

# put_back PATH: as it was before this run first touched it. Ends with 2 where this run did not, and ends the run where it cannot.
put_back() {
  path=$1
  if [ -L "$path" ]; then path=$(readlink -f "$path"); fi
  grep -qsF "file $path " "$run/journal" || return 2
  if [ -e "$run/kept$path" ]; then
    cp -p "$run/kept$path" "$path" || fail "$path, which this run wrote, cannot be put back" "put back what was there before: cp -p $run/kept$path $path"
  else
    rm -f "$path" || fail "$path, which this run wrote, cannot be removed again" "remove it: it was not there before this run"
  fi
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
    has_conffiles "$name" || continue
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
      # If dpkg removed nothing, these are two names of one file, which not every mv takes for two.
      [ -e "$file" ] || mv -f "$path.fitout-kept" "$file"
      rm -f "$path.fitout-kept"
      if [ -n "$link" ] && [ ! -L "$path" ]; then ln -s "$link" "$path"; fi
    fi
    if [ "$status" -eq 0 ] && has_conffiles "$name"; then status=1; fi
    [ "$status" -eq 0 ] || fail "dpkg could not forget $name, which owned $path; the file is there as it was" 'see what dpkg says above, and run fitout again'
    journal "forgotten $name"
  done
  # What a run left that was cut off just before its end.
  if [ -e "$path.fitout-kept" ] && [ "$(sum_of "$path.fitout-kept")" = "$(sum_of "$path")" ]; then rm -f "$path.fitout-kept"; fi
}
# has_conffiles NAME: a package that is gone, whose configuration files dpkg knows.
has_conffiles() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = config-files ]; }

# write_beside PATH: names in `temporary` the file beside PATH that is to become it. The next run removes it where this one is killed.
write_beside() {
  temporary=$1.fitout-new
  printf '%s\n' "$temporary" >"$run/writing"
  rm -f "$temporary"
}
# new_beside MODE: makes $temporary, to be written. By cp it is for root alone from the start, as its copy is: where the folder has a default
# access control list, umask counts for nothing, and whoever opened the file before it has its mode could write to it later.
new_beside() {
  chmod 0600 "$run/writing"
  cp -p "$run/writing" "$temporary"
  chmod "$1" "$temporary"
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
    new_beside "$2"
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
  need_roots_folder "$1"
  keep "$1"
  write_beside "$1"
  new_beside 0644
  cat >"$temporary" || :
  put_in_place "$1" "$now" "$3"
  is_roots "$1" || fail "others than root can still change $1" "see what covers it: findmnt -T $1"
}
is_roots() { [ "$(stat -c '%u %a' "$1")" = '0 644' ]; }

# need_roots_folder PATH: the folder of a file that root alone may change is there, and nobody else can put another file or folder in its place.
need_roots_folder() {
  make_folder "${1%/*}"
  roots_alone "${1%/*}" || fail "others than root can put another file in the place of $1" "see who can change its folders: namei -l ${1%/*}"
}

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
