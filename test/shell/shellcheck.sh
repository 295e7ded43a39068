#!/bin/sh
# Lints every shell script of this checkout. Fails on any finding, and in CI if shellcheck is not installed.
set -eu
cd "${0%/*}/../.."

if ! command -v shellcheck >/dev/null 2>&1; then
  echo 'shellcheck is not installed, so the shell scripts were not checked.' >&2
  echo 'install it: apt-get install shellcheck (brew install shellcheck on a Mac)' >&2
  [ -n "${CI-}" ] || exit 0
  exit 1
fi

set --
for folder in src recipes test; do
  for script in $(find "$folder" -name '*.sh' | sort); do set -- "$@" "$script"; done
done
# Scripts that no ending gives away.
for script in .ci/* test/lab/*; do
  if [ -f "$script" ] && head -n 1 "$script" | grep -Eq '^#!.*[/ ](da|ba)?sh( |$)'; then
    case $script in *.sh) ;; *) set -- "$@" "$script" ;; esac
  fi
done
[ "$#" -gt 0 ] || {
  echo 'no shell scripts were found: nothing was checked' >&2
  exit 1
}

# Hosts have whatever sh; only scripts that say so themselves may be for bash.
status=0
for script in "$@"; do
  if head -n 1 "$script" | grep -q '^#!.*bash'; then dialect='bash'; else dialect='sh'; fi
  shellcheck --shell="$dialect" --severity=style "$script" || status=1
done
[ "$status" -ne 0 ] || echo "shellcheck: $# scripts, nothing found"
exit "$status"
