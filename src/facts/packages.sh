# Which package manager is there, and what it has of `packages` or `rpm_packages`? Runs behind facts.sh, packages/rpm-locks.sh and what recipes ask before.
# shellcheck disable=SC2154

# Each of the two is also a plain program that the other's hosts may have.
if command -v dpkg-query >/dev/null 2>&1 && { [ -s /var/lib/dpkg/status ] || ! command -v dnf >/dev/null 2>&1; }; then
  say packageManager apt
  # Names may be patterns, which are dpkg's to expand.
  set -f
  # shellcheck disable=SC2016,SC2086
  ask 0,1 dpkg-query -W -f='package ${Package} ${Version} ${db:Status-Status} ${db:Status-Want} ${Architecture} ${Maintainer}\n' \
    dpkg $packages
  set +f
  # Packages whose installation was cut short: neither `ok installed` nor `ok config-files` nor `ok not-installed`. There are hardly ever any, which grep
  # says four times as fast as sed; and reading the file costs a tenth of `dpkg --audit`.
  if ask 0,1 grep -qE '^Status: [a-z]+ ([^o]|ok [^cin])' /var/lib/dpkg/status; then
    ask 0 sed -n -e '/^Package: /h' -e '/^Status: [a-z]* ok installed$/d' -e '/^Status: [a-z]* ok config-files$/d' \
      -e '/^Status: [a-z]* ok not-installed$/d' -e '/^Status: /{g;s/^Package: /interrupted /p;}' /var/lib/dpkg/status
  fi
  for update in /var/lib/dpkg/updates/[0-9]*; do
    if [ -e "$update" ]; then say interrupted dpkg && break; fi
  done
elif command -v dnf >/dev/null 2>&1 && command -v rpm >/dev/null 2>&1; then
  say packageManager dnf
  # dnf itself takes a second to say so.
  case $(readlink -f "$(command -v dnf)") in *dnf5) say dnf 5 ;; *) say dnf 4 ;; esac
  for plugin in /usr/lib/python3*/*-packages/dnf-plugins/versionlock.py; do
    if [ -e "$plugin" ]; then say dnf.versionlock yes; fi
  done
  say arch.rpm "$(ask 0 rpm -E '%{_arch}')"
  # Names may be patterns, which are rpm's to expand.
  set -f
  # shellcheck disable=SC2086
  ask 0 rpm -qa --qf 'package %{NAME} %{EVR} installed install %{ARCH} %{VENDOR}\n' $rpm_packages
  set +f
  rpm_locks | sed 's/^/lock /'
  if [ -e /usr/sbin/firewalld ] && [ -d /run/systemd/system ]; then say firewalld "$(ask 0,3,4 systemctl is-active firewalld.service)"; fi
else
  for manager in dnf zypper pacman apk; do
    if command -v "$manager" >/dev/null 2>&1; then
      say packageManager "$manager"
      break
    fi
  done
fi
case $machine in
  arm*) while IFS=: read -r key value; do
    case $key in "CPU architecture"*) say arch.armVersion "${value# }" && break ;; esac
  done </proc/cpuinfo ;;
  aarch64) say arch.armVersion 8 ;;
esac
# A Pi Zero's CPU calls itself architecture 7 in some kernels' cpuinfo; its model name tells the truth.
case $machine in armv6*) say arch.armVersion 6 ;; esac
