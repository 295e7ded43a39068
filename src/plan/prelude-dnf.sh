# The functions that plans are written with where packages are rpm's and dnf installs them; beside those of prelude.sh.
# shellcheck shell=sh disable=SC2034,SC2154

# Is dnf number 5?
is_dnf_five() {
  case $(readlink -f "$(command -v dnf)") in *dnf5) return 0 ;; *) return 1 ;; esac
}

# dnf that never asks, and waits for its turn. What is only recommended is left out, and nothing goes because nothing needs it
# any more.
dnf_get() {
  waiting=
  # What dnf 4 would do by itself has no end, and says nothing.
  is_dnf_five || waiting=--setopt=exit_on_lock=True
  in_turn env LC_ALL=C dnf -y $waiting --setopt=install_weak_deps=False --setopt=clean_requirements_on_remove=False \
    --setopt=retries=3 --setopt=timeout=30 "$@"
}

# trust_rpm_key FILE FINGERPRINT SUM: gives rpm the key in the file, whose sha256 is that of the key that was judged. What is
# summed is what rpm reads.
trust_rpm_key() {
  cp "$1" "$run/rpm-key"
  [ "$(sum_of "$run/rpm-key")" = "$3" ] || fail "$1 is no longer what it was when the plan was made" 'make a new plan: run fitout again'
  end=$(printf '%s' "$2" | tr 'A-F' 'a-f')
  known=$(rpm -q gpg-pubkey --qf '%{NAME}-%{VERSION}-%{RELEASE}\n' 2>/dev/null) || known=
  rpmkeys --import "$run/rpm-key"
  rm -f "$run/rpm-key"
  for name in $(rpm -q gpg-pubkey --qf '%{NAME}-%{VERSION}-%{RELEASE}\n' 2>/dev/null); do
    case "$known " in *"$name"*) continue ;; esac
    id=${name#gpg-pubkey-}
    id=${id%-*}
    case $end in
      *"$id") journal "rpm-key $name" ;;
      *)
        rpm -e "$name" || :
        fail "rpm took over another key than $2 from $1 ($name); it was taken out again" 'make a new plan: run fitout again'
        ;;
    esac
  done
}

# distrust_rpm_key NAME: takes a key away from rpm, and with it the trust in packages that it signs.
distrust_rpm_key() {
  rpm -q "$1" >/dev/null || return 0
  # rpm 6 wants the other way, and still takes this one.
  rpm -e --allmatches "$1"
  journal "no-rpm-key $1"
}

# would_go ARGUMENT...: what dnf would remove or replace for it, one name a line. Fails where it cannot do it.
would_go() {
  status=0
  env LC_ALL=C dnf --assumeno --setopt=install_weak_deps=False --setopt=clean_requirements_on_remove=False "$@" >"$run/simulated" 2>&1 || status=$?
  # It fails because nobody agreed, too, and says so.
  if grep -q 'Operation aborted' "$run/simulated"; then status=0; fi
  if [ "$status" -ne 0 ] || grep -Eq '^(Error: ?$|Error: [^O]|Failed to |No match for argument)' "$run/simulated"; then
    cat "$run/simulated" >&2
    return 1
  fi
  awk '/^Transaction Summary/ { exit }
    /^[A-Z].*:[ \t]*$/ { removing = /^Removing/; next }
    /^[ \t]+replacing[ \t]/ { name = $2; if (NF < 4) sub(/\.[^.]*$/, "", name); if (name != last) print name; next }
    removing && /^ [^ ]/ { print $1; next }
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
  dnf_get install "$@"
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
    dnf_get 'do' --allowerasing --action=remove $away --action=install "$@"
  else
    # dnf 4 does both at once only as a shell, which goes on after a line that it cannot do: hence what was planned is tried
    # before, and what came of it looked at afterwards.
    printf 'remove %s\ninstall %s\nrun\n' "$away" "$*" >"$run/exchange"
    as_planned "$going" --allowerasing shell "$run/exchange"
    dnf_get --allowerasing shell "$run/exchange"
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
  dnf_get remove "$@"
  for name in "$@"; do
    ! rpm -q "$name" >/dev/null || fail "$name is still there, although dnf came to its end" 'the whole log has more'
  done
}

# index_again IDS: fetches the index of these repositories anew.
index_again() {
  for id in $1; do
    dnf_get "--repo=$id" --refresh makecache || fail "the index of $id cannot be fetched"
  done
}

# stream_of MODULE: the stream that is enabled, `disabled` where the module is; nothing where neither is said.
stream_of() {
  [ -r "/etc/dnf/modules.d/$1.module" ] || return 0
  awk -F ' *= *' '$1 == "state" { state = $2 } $1 == "stream" { stream = $2 }
    END { print state == "enabled" ? stream : state == "disabled" ? state : "" }' "/etc/dnf/modules.d/$1.module"
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
    grep -qxF -- "$spec" "$run/now" || rpm -q --whatprovides "$spec" >/dev/null 2>&1 ||
      fail "$spec is not installed, although dnf came to its end"
  done
}

# dnf_hold NAME... / dnf_lift NAME...: locks of versions, by dnf 5 itself or dnf 4's plugin.
dnf_hold() { dnf_get -q versionlock add "$@"; }
dnf_lift() {
  lifted=$*
  keep_holds "$lifted"
  trap 'dnf_hold_again || :; dnf_after; rm -f /run/fitout/lock' EXIT
  dnf_get -q versionlock delete "$@"
}
dnf_hold_again() {
  unheld=0
  for name in $lifted; do
    if rpm -q "$name" >/dev/null 2>&1; then
      if ! dnf_get -q versionlock add "$name" || ! let_go_holds "$name"; then unheld=1; fi
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
  note_service docker.service docker.socket containerd.service
  rpms_now before
  counting=yes
  trap 'dnf_after; rm -f /run/fitout/lock' EXIT
}
rpms_now() {
  rpm -qa --qf '%{NAME} %{EVR}\n' | sed -e '/^gpg-pubkey /d' -e 's/ 0:/ /' -e 's/ (none):/ /' | sort >"$run/packages.$1"
  [ -s "$run/packages.$1" ] || return
  {
    if [ -r /etc/dnf/plugins/versionlock.list ]; then
      sed -n 's/^\([A-Za-z0-9].*\)-[^-]*-[^-]*$/\1/p' /etc/dnf/plugins/versionlock.list
    fi
    if [ -r /etc/dnf/versionlock.toml ]; then sed -n 's/^name *= *"\(.*\)"$/\1/p' /etc/dnf/versionlock.toml; fi
  } | sort -u >"$run/locks.$1" || :
  cut -d : -f 1 /etc/group >"$run/groups.$1" || return
  rpm -q gpg-pubkey --qf '%{NAME}-%{VERSION}-%{RELEASE}\n' 2>/dev/null | grep '^gpg-pubkey-' | sort >"$run/keys.$1" || :
}
dnf_after() {
  [ "${counting-}" = yes ] || return 0
  counting=
  # Half a list would say that the rest was removed.
  if ! rpms_now after; then
    printf '%s note what the packages were before is in %s/packages.before; what they are now cannot be listed\n' "$mark" "$run"
    return 0
  fi
  {
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
      }' "$run/packages.before" "$run/packages.after" | sort
    grep -vxF -f "$run/locks.before" "$run/locks.after" | sed 's/^/held /'
    grep -vxF -f "$run/locks.after" "$run/locks.before" | sed 's/^/unheld /'
    grep -vxF -f "$run/groups.before" "$run/groups.after" | sed 's/^/group /'
    # A key of a repository that was there before, which dnf has rpm take over by itself.
    grep -vxF -f "$run/keys.before" "$run/keys.after" | sed 's/^/rpm-key /'
  } >>"$run/journal" || :
}
