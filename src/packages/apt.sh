# Functions that change packages by apt and dpkg, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# mark_packages auto|manual NAME...: as apt-mark does, of those that are installed. apt names those of another architecture with it.
mark_packages() {
  kind=$1
  shift
  nl='
'
  for name in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || continue
    in_turn apt-mark "$kind" "$name"
    marked=$(apt-mark showauto "$name")
    case $nl$marked$nl in
      *"$nl$name$nl"* | *"$nl$name:"*) now=auto before=manual ;;
      *) now=manual before=auto ;;
    esac
    [ "$now" = "$kind" ] || fail "apt-mark ended without an error, but $name is still marked $now" 'see what else writes /var/lib/apt/extended_states'
    journal "marked $name $before $now"
  done
}

# apt-get that never asks, and waits for its turn. It installs nothing whose index nobody signed that apt was told to believe, whatever
# the host's configuration says of that for all sources. What its owner trusts by [trusted=yes] is the owner's word.
apt_get() {
  in_turn env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none \
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
configure_all() { in_turn env DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --configure -a; }
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
  private_folder "${lifted_holds%/*}"
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
  printf '%s\n' $1 >"$run/settled" || return
  # That no name is left is grep's 1.
  grep -vxF -f "$run/settled" "$lifted_holds" >"$run/unsettled" || [ $? -eq 1 ] || return
  # In one step: whoever kills this leaves no empty list.
  if [ ! -s "$run/unsettled" ]; then
    rm -f "$lifted_holds"
    return
  fi
  cat "$run/unsettled" >"$lifted_holds.new" && mv -f "$lifted_holds.new" "$lifted_holds"
}

# lift_holds NAME...: for the transaction only. A run that ends before it is through sets them again.
lift_holds() {
  lifted=$*
  keep_holds "$lifted"
  trap 'ending=yes; hold_again || :; packages_after; rm -f /run/fitout/lock' EXIT
  in_turn apt-mark unhold "$@"
  for name in "$@"; do
    # That of another architecture may stay held.
    [ "$(wants_of "$name")" != hold ] || fail "apt-mark ended without an error, but $name is still held" 'see what apt-mark says above; apt-mark showhold lists what is held'
  done
}
# hold_packages NAME...: at their version.
hold_packages() {
  in_turn apt-mark hold "$@"
  for name in "$@"; do
    is_held "$name" || fail "apt-mark ended without an error, but $name is not held" 'see what apt-mark says above; apt-mark showhold lists what is held'
  done
}
# wants_of NAME: what is to become of it, as dpkg says, whatever apt-mark ended with: one word, or one a line if its architectures differ.
wants_of() {
  # shellcheck disable=SC2016 # dpkg-query expands it
  dpkg-query -W -f='${db:Status-Want}\n' "$1" | sort -u
}
is_held() { wants_of "$1" | grep -qx hold; }
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
      if ! apt-mark hold "$name" || ! is_held "$name" || ! let_go_holds "$name"; then
        printf '%s is not held again, or its note cannot be taken away\n' "$name" >&2
        unheld=1
      fi
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
  trap 'ending=yes; packages_after; rm -f /run/fitout/lock' EXIT
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
  if ! packages_now after || ! packages_changed >"$run/changes" || ! cat "$run/changes" >>"$run/journal"; then packages_unknown; fi
}
packages_changed() {
  awk 'FNR == NR { if ($4 == "hold") held[$1] = 1; if ($3 == "installed") before[$1] = $2; next }
     $4 == "hold" { if (!($1 in held)) print "held", $1; holds[$1] = 1 }
     $3 == "installed" { if (!($1 in before)) print "installed", $1, $2; else if (before[$1] != $2) print "changed", $1, before[$1], $2; after[$1] = 1 }
     END { for (name in before) if (!(name in after)) print "removed", name, before[name]
       for (name in held) if (!(name in holds)) print "unheld", name }' "$run/packages.before" "$run/packages.after" || return
  lines_more marked "$run/auto.after" "$run/auto.before" ' auto manual' || return
  # A mark of what this transaction brought is no change.
  awk 'FILENAME == ARGV[1] { if ($3 == "installed") there[$1]; next }
    FILENAME == ARGV[2] { auto[$0]; next }
    !($0 in auto) && $0 in there { print "marked", $0, "manual auto" }' "$run/packages.before" "$run/auto.before" "$run/auto.after" || return
  lines_more group "$run/groups.before" "$run/groups.after"
}
