# Functions that change which keys rpm trusts, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# trust_rpm_key FILE FINGERPRINT SUM: gives rpm the key in the file, whose sha256 is that of the key that was judged. What is
# summed is what rpm reads.
trust_rpm_key() {
  cp "$1" "$run/rpm-key"
  [ "$(sum_of "$run/rpm-key")" = "$3" ] || fail "$1 is no longer what it was when the plan was made" 'make a new plan: run fitout again'
  end=$(printf '%s' "$2" | tr 'A-F' 'a-f')
  known=$(rpm -q gpg-pubkey --qf '%{NAME}-%{VERSION}-%{RELEASE}\n') || known=
  rpmkeys --import "$run/rpm-key"
  rm -f "$run/rpm-key"
  trusted=
  for name in $(rpm -q gpg-pubkey --qf '%{NAME}-%{VERSION}-%{RELEASE}\n'); do
    id=${name#gpg-pubkey-}
    id=${id%-*}
    case $end in *"$id") trusted=1 ;; esac
    case "$known " in *"$name"*) continue ;; esac
    case $end in
      *"$id") journal "rpm-key $name" ;;
      *)
        rpm -e "$name" || :
        fail "rpm took over another key than $2 from $1 ($name); it was taken out again" 'make a new plan: run fitout again'
        ;;
    esac
  done
  [ -n "$trusted" ] || fail "rpmkeys ended without an error, but rpm does not have the key $2" 'see what rpmkeys says above; rpm -q gpg-pubkey lists the keys that rpm has'
}

# distrust_rpm_key NAME: takes a key away from rpm, and with it the trust in packages that it signs.
distrust_rpm_key() {
  rpm -q "$1" >/dev/null || return 0
  # rpm 6 wants the other way, and still takes this one.
  rpm -e --allmatches "$1"
  ! rpm -q "$1" >/dev/null || fail "rpm ended without an error, but still trusts the key $1" 'see what rpm says above; rpm -q gpg-pubkey lists the keys that rpm has'
  journal "no-rpm-key $1"
}
