# Functions that change packages by dnf and rpm, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# Is dnf number 5?
is_dnf_five() {
  case $(readlink -f "$(command -v dnf)") in *dnf5) return 0 ;; *) return 1 ;; esac
}

# dnf that never asks, and waits for its turn. What is only recommended is left out, and nothing goes because nothing needs it
# any more. A foreign repository that does not answer must not stop what does not need it, unless its own section says so.
dnf_get() {
  waiting=
  # What dnf 4 would do by itself has no end, and says nothing.
  is_dnf_five || waiting=--setopt=exit_on_lock=True
  in_turn dnf -y $waiting --setopt=install_weak_deps=False --setopt=clean_requirements_on_remove=False \
    --setopt=skip_if_unavailable=True --setopt=retries=3 --setopt=timeout=30 "$@"
}

# list_rpms FILE: every package and its version, one a line, in order.
list_rpms() {
  rpm -qa --qf '%{NAME} %{EVR}\n' >"$run/packages" || return
  sed -e '/^gpg-pubkey /d' -e 's/ 0:/ /' -e 's/ (none):/ /' "$run/packages" | sort >"$1"
}

# A transaction that is not through yet: when it began and in which run, then what it is about, one a line: `install NAME-OR-SPEC`,
# `remove NAME`, or `going NAME` for what goes because others come. A run that is killed meanwhile, or whose dnf fails half-way, leaves this
# to the next run, whose plan has dnf_finish.
open_transaction=/var/lib/fitout/open-transaction
# dnf_transact KIND PACKAGES ARGUMENT...: dnf_get, with that note of its packages.
dnf_transact() {
  private_folder "${open_transaction%/*}"
  if [ -e "$open_transaction" ]; then cp "$open_transaction" "$run/open-before"; fi
  begun=$(date +%s)
  {
    printf 'begun %s %s\n' "$begun" "$run"
    for one in $2; do printf '%s %s\n' "$1" "$one"; done
    # What comes along, by the simulation right before.
    if [ "$1" = install ] && [ -e "$run/coming" ]; then sed 's/^/install /' "$run/coming"; fi
    for one in ${going-}; do printf 'going %s\n' "$one"; done
  } >"$open_transaction.new"
  sync "$open_transaction.new" 2>/dev/null || sync
  mv -f "$open_transaction.new" "$open_transaction"
  shift 2
  code=0
  dnf_get "$@" || code=$?
  # dnf 4 ends well where the script of a package failed that was put in place before; dnf 5 does not.
  if [ "$code" -eq 0 ] && scripts_failed; then
    fail 'the script of a package failed, although dnf came to its end'
  fi
  # What failed and changed nothing has nothing to finish. What was killed may have left files that no package owns yet.
  if [ "$code" -eq 0 ] || { [ "$code" -lt 128 ] && list_rpms "$run/packages.failed" && cmp -s "$run/packages.failed" "$run/packages.before"; }; then
    dnf_settled
  fi
  # dnf 5 says only that the transaction failed.
  database=$(rpm -E '%{_dbpath}')
  if [ "$code" -ne 0 ] && [ -d "$database" ] && [ ! -w "$database" ]; then
    fail "rpm's database in $database cannot be written: Read-only file system" "see \`findmnt -T $database\`, mount it writable, then run fitout again"
  fi
  return "$code"
}
# Did dnf just say that of a package's script?
scripts_failed() { grep -q '^Error in .* scriptlet in rpm package' "$turn"; }
# The transaction is through. One of an earlier run, which is not, is for dnf_finish.
dnf_settled() {
  if [ -e "$run/open-before" ]; then mv -f "$run/open-before" "$open_transaction"; else rm -f "$open_transaction"; fi
}
# dnf_finish NAME...: completes a transaction that was cut off, for these packages. Of two versions of a package, the one that was there
# before goes. What the transaction brought is installed again: rpm may not have run all scripts of it. Half-written files, which
# no package owns, are removed.
dnf_finish() {
  begun=0 owner='' gone=
  if [ -e "$open_transaction" ]; then
    read -r _ begun owner <"$open_transaction"
    gone=$(sed -n 's/^going //p' "$open_transaction" | tr '\n' ' ')
  fi
  cut -d : -f 1 /etc/group >"$run/groups.unfinished"
  if [ "$#" -gt 0 ]; then
    rpms_twice "$@"
    older=$(cat "$run/older")
    if [ -n "$older" ]; then
      printf '%s note the packages of before leave: %s\n' "$mark" "$(printf '%s' "$older" | tr '\n' ' ')"
      # What needs them is to follow in the packages' own step.
      # shellcheck disable=SC2086
      in_turn rpm -e $older || in_turn rpm -e --nodeps $older
    fi
    list_rpms "$run/packages.again"
    awk -v names=" $* " 'index(names, " " $1 " ") { print $1 "-" $2 }' "$run/packages.again" >"$run/again"
    again=$(cat "$run/again")
    if [ -n "$again" ]; then
      # shellcheck disable=SC2086
      dnf_get reinstall $again ||
        fail 'packages whose installation was cut off cannot be installed again' "see that their repositories answer, then run fitout again; by hand: dnf reinstall $*"
    fi
    if [ -n "$again" ] && scripts_failed; then
      fail 'the script of a package failed once more'
    fi
    rpms_twice "$@"
    [ ! -s "$run/older" ] || fail "two versions of one package are still there: $(tr '\n' ' ' <"$run/older")" 'dnf check --duplicates lists them; rpm -e removes one'
  fi
  torn_files "$begun"
  rm -f "$open_transaction"
  # Together with what follows this can be undone; what the run that was cut off changed alone, perhaps not.
  if [ -e "$owner/packages.before" ]; then
    list_rpms "$run/packages.finished"
    awk -v names=" $* " -v gone=" $gone" 'FNR == NR { before[$1] = $2; next }
      { now[$1] = 1 }
      index(names, " " $1 " ") == 0 { next }
      !($1 in before) { print "installed", $1, $2; next }
      before[$1] != $2 { print "changed", $1, before[$1], $2 }
      END { for (name in before) if (!(name in now) && index(gone, " " name " ")) print "removed", name, before[name] }' \
      "$owner/packages.before" "$run/packages.finished" >"$run/changes"
    [ -e "$owner/packages.after" ] || cp "$run/packages.finished" "$owner/packages.after"
  else echo finished-interrupted >"$run/changes"; fi
  cut -d : -f 1 /etc/group >"$run/groups.finished"
  lines_more group "$run/groups.unfinished" "$run/groups.finished" >>"$run/changes"
  cat "$run/changes" >>"$run/journal" || packages_unknown
}
# rpms_twice NAME...: which of them are there in two versions; all but the one that came last, in the run's folder. Several kernels
# are as it should be.
rpms_twice() {
  rpm -qa --qf '%{NAME} %{ARCH} %{INSTALLTID} %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n' >"$run/all-packages"
  sort -k 1,2 -k 3,3n "$run/all-packages" | awk -v names=" $* " '/^kernel/ || index(names, " " $1 " ") == 0 { next }
    $1 " " $2 == of { print last } { of = $1 " " $2; last = $4 }' >"$run/older"
}
# torn_files SINCE: removes what rpm was writing when it was killed: NAME;TIME, beside the file, where TIME is when its transaction began, in
# hexadecimal. Nothing while an rpm is at work.
torn_files() {
  lock=$(rpm -E '%{?_rpmlock_path}')
  if [ -e "$lock" ] && grep -q ":$(stat -c %i "$lock") " /proc/locks; then return 0; fi
  find /usr /etc /opt /boot -xdev -type f -name '*;[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]' 2>/dev/null >"$run/torn" || :
  while IFS= read -r torn; do
    if [ "$((0x${torn##*;}))" -ge "$1" ] && [ "$1" -gt 0 ]; then rm -f "$torn"; fi
  done <"$run/torn"
}

# would_go ARGUMENT...: what dnf would remove or replace for it, one name a line. Fails where it cannot do it.
would_go() {
  status=0
  dnf --assumeno --setopt=install_weak_deps=False --setopt=clean_requirements_on_remove=False \
    --setopt=skip_if_unavailable=True "$@" >"$run/simulated" 2>&1 || status=$?
  # It fails because nobody agreed, too, and says so.
  if grep -q 'Operation aborted' "$run/simulated"; then status=0; fi
  # What dnf 4 says of repositories that it then ignores is no refusal.
  if grep -q '^Ignoring repositories: ' "$run/simulated"; then sed -i '1,/^Ignoring repositories: /d' "$run/simulated"; fi
  if [ "$status" -ne 0 ] || grep -Eq '^(Error: ?$|Error: [^O]|Failed to |No match for argument)' "$run/simulated"; then
    cat "$run/simulated" >&2
    return 1
  fi
  awk -v coming="$run/coming" 'BEGIN { printf "" >coming }
    /^Transaction Summary/ { exit }
    /^[A-Z].*:[ \t]*$/ { removing = /^Removing/; bringing = /^(Install|Upgrad|Downgrad)/; next }
    /^[ \t]+replacing[ \t]/ { name = $2; if (NF < 4) sub(/\.[^.]*$/, "", name); if (name != last) print name; next }
    removing && /^ [^ ]/ { print $1; next }
    bringing && /^ [^ ]/ { print $1 >>coming }
    /^ [^ ]/ { last = $1 }' "$run/simulated" | sort -u
}

# as_planned GOING ARGUMENT...: stops before anything goes that the plan did not say.
as_planned() {
  going=$1
  shift
  gone=$(would_go "$@") || fail 'dnf cannot do this any more' 'make a new plan: run fitout again'
  others=
  for name in $gone; do
    case " $going " in *" $name "*) ;; *) others="$others $name" ;; esac
  done
  [ -z "$others" ] || fail "dnf would remove$others as well, which the plan did not say" 'make a new plan: run fitout again'
}

# dnf_install FRESH GOING SPEC...: one transaction. FRESH names repositories whose index is fetched anew, GOING the packages that
# may go for it. Conflicting packages may go only where GOING names some.
dnf_install() {
  index_again "$1"
  going=$2
  shift 2
  if [ -n "$going" ]; then set -- --allowerasing "$@"; fi
  as_planned "$going" install "$@"
  about=$*
  if [ -n "$going" ]; then about=${about#--allowerasing }; fi
  dnf_transact install "$about" install "$@"
  installed_as_asked "$@"
}

# dnf_exchange FRESH GOING AWAY SPEC...: the same, with packages (AWAY) that dnf has to be told to remove.
dnf_exchange() {
  index_again "$1"
  going=$2
  away=$3
  shift 3
  if is_dnf_five; then
    # shellcheck disable=SC2086
    as_planned "$going" 'do' --allowerasing --action=remove $away --action=install "$@"
    # shellcheck disable=SC2086
    dnf_transact install "$*" 'do' --allowerasing --action=remove $away --action=install "$@"
  else
    # dnf 4 does both at once only as a shell, which goes on after a line that it cannot do: hence what was planned is tried
    # before, and what came of it looked at afterwards.
    printf 'remove %s\ninstall %s\nrun\n' "$away" "$*" >"$run/exchange"
    as_planned "$going" --allowerasing shell "$run/exchange"
    dnf_transact install "$*" --allowerasing shell "$run/exchange"
  fi
  installed_as_asked "$@"
  for name in $away; do
    ! rpm -q "$name" >/dev/null || fail "$name is still there, although dnf came to its end"
  done
}

# dnf_remove GOING NAME...: those that are there.
dnf_remove() {
  going=$1
  shift
  for name in "$@"; do
    shift
    if rpm -q "$name" >/dev/null; then set -- "$@" "$name"; fi
  done
  [ "$#" -gt 0 ] || return 0
  as_planned "$going" remove "$@"
  dnf_transact remove "$*" remove "$@"
  for name in "$@"; do
    ! rpm -q "$name" >/dev/null || fail "$name is still there, although dnf came to its end" 'the whole log has more'
  done
}

# index_again IDS: fetches the index of these repositories anew.
index_again() {
  for id in $1; do
    dnf_get "--repo=$id" "--setopt=$id.skip_if_unavailable=False" --refresh makecache || fail "the index of $id cannot be fetched"
  done
}

# dnf_stream MODULE STREAM [ID]: the stream of a module that is to be enabled, in place of another; `disabled` disables the module, and
# an empty STREAM leaves it to dnf. ID names the repository that has it.
dnf_stream() {
  was=$(stream_of "$1")
  [ "$was" != "$2" ] || return 0
  index_again "${3-}"
  journal "stream $1 ${was:--} ${2:--}"
  # Another stream is enabled only after the one before was given up.
  if [ -n "$was" ]; then dnf_get -q module reset "$1"; fi
  case $2 in
    '') ;;
    disabled) dnf_get -q module disable "$1" ;;
    *) dnf_get -q module enable "$1:$2" || fail "the stream $1:$2 cannot be enabled" 'dnf module list has the streams' ;;
  esac
  now=$(stream_of "$1")
  [ "$now" = "$2" ] || fail "the stream of $1 is ${now:-none}, although dnf came to its end"
}

# installed_as_asked SPEC...: dnf passes over some of what it cannot do and says that all is well.
installed_as_asked() {
  rpm -qa --qf '%{NAME}\n%{NAME}-%{EVR}\n' | sed -e 's/-0:/-/' -e 's/-(none):/-/' >"$run/now"
  for spec in "$@"; do
    case $spec in -* | @*) continue ;; esac
    grep -qxF -- "$spec" "$run/now" || rpm -q --whatprovides "$spec" >/dev/null ||
      fail "$spec is not installed, although dnf came to its end"
  done
}

# dnf_hold NAME... / dnf_lift NAME...: locks of versions, by dnf 5 itself or dnf 4's plugin.
dnf_hold() {
  dnf_get -q versionlock add "$@"
  for name in "$@"; do
    rpm_is_held "$name" || fail "dnf ended without an error, but $name is not held" 'see what dnf says above; dnf versionlock list names what is held'
  done
}
rpm_is_held() { rpm_locks | grep -qxF -e "$1"; }
dnf_lift() {
  lifted=$*
  keep_holds "$lifted"
  trap 'ending=yes; dnf_hold_again || :; dnf_after; rm -f /run/fitout/lock' EXIT
  dnf_get -q versionlock delete "$@"
  for name in "$@"; do
    ! rpm_is_held "$name" || fail "dnf ended without an error, but $name is still held" 'see what dnf says above; dnf versionlock list names what is held'
  done
}
dnf_hold_again() {
  unheld=0
  for name in $lifted; do
    if rpm -q "$name" >/dev/null; then
      if ! dnf_get -q versionlock add "$name" || ! rpm_is_held "$name" || ! let_go_holds "$name"; then
        printf '%s is not held again, or its note cannot be taken away\n' "$name" >&2
        unheld=1
      fi
    fi
  done
  return "$unheld"
}
# dnf_hold_left: as hold_left.
dnf_hold_left() {
  [ -e "$lifted_holds" ] || return 0
  lifted=$(cat "$lifted_holds")
  dnf_hold_again
  holds_settled
}

# dnf_before / dnf_after: journal what a transaction really changed: packages, locks, keys, and groups that the packages made. Of a
# transaction that fails as well. Packages of which several versions may be installed go by name and version.
dnf_before() {
  # shellcheck disable=SC2046
  note_service $(watched_units)
  rpms_now before
  counting=yes
  trap 'ending=yes; dnf_after; rm -f /run/fitout/lock' EXIT
}
rpms_now() {
  list_rpms "$run/packages.$1" || return
  [ -s "$run/packages.$1" ] || return
  rpm_locks | sort -u >"$run/locks.$1" || return
  cut -d : -f 1 /etc/group >"$run/groups.$1" || return
  rpm -q gpg-pubkey --qf '%{NAME}-%{VERSION}-%{RELEASE}\n' | grep '^gpg-pubkey-' | sort >"$run/keys.$1"
}
dnf_after() {
  [ "${counting-}" = yes ] || return 0
  counting=
  # Half a list would say that the rest was removed.
  if ! rpms_now after; then
    packages_unknown
    return 0
  fi
  # Cut off between two versions of a package: what comes of it, dnf_finish journals.
  if [ -e "$open_transaction" ] && awk '!/^kernel/ { if ($1 in other && other[$1] != $2) twice = 1; other[$1] = $2 } END { exit !twice }' "$run/packages.after"; then
    rm -f "$run/packages.after"
    return 0
  fi
  if ! rpms_changed >"$run/changes" || ! cat "$run/changes" >>"$run/journal"; then packages_unknown; fi
}
rpms_changed() {
  awk 'function several(name) { return name ~ /^kernel(-(uek|rt|64k|debug))?(-(core|modules.*|devel.*))?$/ || count[name] > 1 || counts[name] > 1 }
    FNR == NR { count[$1]++; before[$1] = $2; had[$1 " " $2] = 1; next }
    { counts[$1]++; after[$1] = $2; has[$1 " " $2] = 1 }
    END {
      for (name in after) if (several(name)) continue
        else if (!(name in before)) print "installed", name, after[name]
        else if (before[name] != after[name]) print "changed", name, before[name], after[name]
      for (name in before) if (!several(name) && !(name in after)) print "removed", name, before[name]
      for (one in has) { split(one, part, " "); if (!(one in had) && several(part[1])) print "installed", part[1] "-" part[2], part[2] }
      for (one in had) { split(one, part, " "); if (!(one in has) && several(part[1])) print "removed", part[1] "-" part[2], part[2] }
    }' "$run/packages.before" "$run/packages.after" >"$run/changed" || return
  sort "$run/changed" || return
  lines_more held "$run/locks.before" "$run/locks.after" || return
  lines_more unheld "$run/locks.after" "$run/locks.before" || return
  lines_more group "$run/groups.before" "$run/groups.after" || return
  # A key of a repository that was there before, which dnf has rpm take over by itself.
  lines_more rpm-key "$run/keys.before" "$run/keys.after"
}
