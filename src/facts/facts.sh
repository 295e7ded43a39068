# What is this machine? Reads only; every line printed is `key value`. `ask` is of shell/frame.ts: what fails there is not empty.
# gather.ts sets `packages`, `gpu_packages`, `rpm_packages`, `rpm_gpu_packages`, and `root`, which only tests put before the paths of hardware.
# shellcheck disable=SC2154
say() { [ -z "$2" ] || printf '%s %s\n' "$1" "$2"; }
# Sets `line` to the first line of a file; without a process of its own, which is what costs here.
first_line() {
  line=
  if [ -r "$1" ]; then IFS= read -r line <"$1" || :; fi
}
say_first_line() {
  first_line "$2"
  say "$1" "$line"
}

if [ -r /etc/os-release ]; then
  # In a subshell: the file is shell by specification and sets what it likes.
  (
    unset ID ID_LIKE PLATFORM_ID PRETTY_NAME VERSION_ID VERSION_CODENAME UBUNTU_CODENAME DEBIAN_CODENAME
    # shellcheck disable=SC1091
    . /etc/os-release
    say os.id "${ID-}"
    say os.idLike "${ID_LIKE-}"
    say os.prettyName "${PRETTY_NAME-}"
    say os.versionId "${VERSION_ID-}"
    say os.platformId "${PLATFORM_ID-}"
    say os.codename "${VERSION_CODENAME-}"
    say os.ubuntuCodename "${UBUNTU_CODENAME-}"
    say os.debianCodename "${DEBIAN_CODENAME-}"
  )
fi
say_first_line os.debianVersion /etc/debian_version
if [ -e /run/ostree-booted ]; then say os.ostree yes; fi
kernel=$(uname -mr)
machine=${kernel##* }
say arch.kernel "$machine"
say kernel.release "${kernel%% *}"
say_first_line bootId /proc/sys/kernel/random/boot_id
say clock "$(date +%s)"

if [ -d /run/systemd/system ]; then
  say init systemd
elif [ -d /run/openrc ]; then
  say init openrc
elif [ -x /usr/sbin/service ] && [ -d /etc/init.d ]; then
  say init sysvinit
else
  say init none
fi

if [ -f /.dockerenv ]; then
  say container docker
elif [ -f /run/.containerenv ]; then
  say container podman
elif [ -r /run/systemd/container ]; then
  say_first_line container /run/systemd/container
elif [ -e /proc/sys/fs/binfmt_misc/WSLInterop ] || [ -e /dev/dxg ]; then
  say container wsl
elif [ -e /dev/lxd ] || [ -e /dev/.lxc ]; then
  say container lxc
fi

first_line /sys/fs/selinux/enforce
case $line in 1) say selinux enforcing ;; 0) say selinux permissive ;; esac
board=
if [ -r "$root/proc/device-tree/model" ]; then board=$(tr -d '\000' <"$root/proc/device-tree/model"); fi
say board "$board"
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  say cgroup 2
elif [ -d /sys/fs/cgroup/memory ] || [ -d /sys/fs/cgroup/devices ]; then
  say cgroup 1
fi
while read -r key value _; do
  if [ "$key" = MemTotal: ]; then
    say memoryKiB "$value"
    break
  fi
done </proc/meminfo

# `uid=1000(dev) gid=…`: one process for both.
ids=$(id)
ids=${ids%% gid=*}
uid=${ids#uid=}
user=${uid#*\(}
say login.uid "${uid%%[!0-9]*}"
say login.user "${user%\)}"
say login.home "${HOME-}"
say login.sudoUser "${SUDO_USER-}"

# NVIDIA's GPUs (class 03) and NVSwitches (0680), by sysfs alone. Without any, and without what a Jetson or WSL have instead,
# nothing more is asked about them: not one process is started.
devices=
for device in "$root"/sys/bus/pci/devices/*; do
  first_line "$device/vendor"
  [ "$line" = 0x10de ] || continue
  first_line "$device/class"
  class=$line
  case $class in 0x03* | 0x0680*) ;; *) continue ;; esac
  first_line "$device/device"
  driver=$(readlink "$device/driver")
  say nvidia "${device##*/} $line $class ${driver##*/}"
  devices="$devices $device"
done
nvidia=$devices
first_line "$root/sys/devices/soc0/family"
case $line in [Tt]egra*) nvidia="$nvidia jetson" ;; esac
case $board in *Jetson*) nvidia="$nvidia jetson" ;; esac
if [ -e "$root/etc/nv_tegra_release" ]; then nvidia="$nvidia jetson"; fi
# Windows puts these there where NVIDIA's driver is installed.
if [ -e "$root/dev/dxg" ] && [ -e "$root/usr/lib/wsl/lib/nvidia-smi" ]; then nvidia="$nvidia wsl"; fi

# Each of the two is also a plain program that the other's hosts may have.
if command -v dpkg-query >/dev/null 2>&1 && { [ -s /var/lib/dpkg/status ] || ! command -v dnf >/dev/null 2>&1; }; then
  say packageManager apt
  if [ -n "$nvidia" ]; then packages="$packages $gpu_packages"; fi
  # Names may be patterns, which are dpkg's to expand.
  set -f
  # shellcheck disable=SC2016,SC2086
  ask 0,1 dpkg-query -W -f='package ${Package} ${Version} ${db:Status-Status} ${db:Status-Want} ${Architecture} ${Maintainer}\n' \
    dpkg $packages
  set +f
  # Packages whose installation was cut short. Reading the file costs a tenth of `dpkg --audit`.
  ask 0 sed -n -e '/^Package: /h' -e '/^Status: [a-z]* ok installed$/d' -e '/^Status: [a-z]* ok config-files$/d' \
    -e '/^Status: [a-z]* ok not-installed$/d' -e '/^Status: /{g;s/^Package: /interrupted /p;}' /var/lib/dpkg/status
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
  if [ -n "$nvidia" ]; then rpm_packages="$rpm_packages $rpm_gpu_packages"; fi
  # Names may be patterns, which are rpm's to expand.
  set -f
  # shellcheck disable=SC2086
  ask 0 rpm -qa --qf 'package %{NAME} %{EVR} installed install %{ARCH} %{VENDOR}\n' $rpm_packages
  set +f
  # What is kept at its version: lists of dnf 4's plugin (NAME-EPOCH:VERSION-RELEASE.ARCH) and of dnf 5.
  if [ -r /etc/dnf/plugins/versionlock.list ]; then
    sed -n 's/^\([A-Za-z0-9].*\)-[^-]*-[^-]*$/lock \1/p' /etc/dnf/plugins/versionlock.list
  fi
  if [ -r /etc/dnf/versionlock.toml ]; then sed -n 's/^name *= *"\(.*\)"$/lock \1/p' /etc/dnf/versionlock.toml; fi
  # EL10 keeps this one in a package of its own, without which no bridge comes up.
  modules=/lib/modules/${kernel%% *}
  if [ -r "$modules/modules.dep" ] && ! grep -qs '/xt_addrtype\.ko' "$modules/modules.dep" "$modules/modules.builtin"; then
    say kernel.lacks xt_addrtype
  fi
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

# An engine that no package brought: the daemon that runs, else one where people put it by hand. The packages' own costs nothing here.
# of_a_package FILE: whether the package manager brought it.
of_a_package() {
  for list in docker-ce docker.io docker-engine moby-engine docker-desktop; do
    if grep -qsxF "$1" "/var/lib/dpkg/info/$list.list"; then return 0; fi
  done
  if command -v dpkg-query >/dev/null 2>&1 && dpkg-query -S "$1" >/dev/null 2>&1; then return 0; fi
  command -v rpm >/dev/null 2>&1 && rpm -qf "$1" >/dev/null 2>&1
}
daemon='' daemon_unit='' daemon_pid=''
first_line "$root/var/run/docker.pid"
case $line in *[!0-9]* | '') ;; *)
  if [ -r "/proc/$line/cmdline" ]; then
    daemon_pid=$line
    daemon=$(tr '\000' '\n' <"/proc/$line/cmdline" 2>/dev/null | head -n 1)
    case $daemon in */dockerd | */balena-engine-daemon) ;; dockerd | balena-engine-daemon) daemon=$(command -v "$daemon") ;; *) daemon='' daemon_pid='' ;; esac
    daemon_unit=$(sed -n 's|.*/\([^/]*\.service\)$|\1|p' "/proc/$line/cgroup" 2>/dev/null | tail -n 1)
  fi
  ;;
esac
for path in /usr/local/bin/dockerd /usr/local/sbin/dockerd /opt/docker/dockerd /opt/docker/bin/dockerd /opt/bin/dockerd /usr/bin/dockerd /usr/sbin/dockerd \
  /home/linuxbrew/.linuxbrew/bin/dockerd /nix/var/nix/profiles/default/bin/dockerd /run/current-system/sw/bin/dockerd /usr/bin/balena-engine-daemon; do
  if [ -z "$daemon" ] && [ -x "$root$path" ]; then daemon=$root$path; fi
done
case $daemon in
'' | /snap/*) ;;
*)
  if [ -n "$root" ] || ! of_a_package "$daemon"; then
    say docker.own "${daemon#"$root"}"
    say docker.own.version "$(timeout 10 "$daemon" --version </dev/null | sed -n 's/.* version \([^ ,]*\).*/\1/p' | head -n 1)"
    if [ -n "$daemon_pid" ]; then say docker.own.runs yes; fi
    # A daemon that was started by hand is in the unit of whatever it was started from; its own unit names it.
    for unit in "$root/etc/systemd/system/${daemon_unit:-docker.service}" "$root"/etc/systemd/system/*.service \
      "$root"/usr/local/lib/systemd/system/*.service "$root"/usr/lib/systemd/system/docker.service; do
      if [ -f "$unit" ] && grep -qsE "^ExecStart=.*${daemon##*/}" "$unit"; then
        say docker.own.unit "${unit#"$root"}"
        case $daemon_unit in "${unit##*/}") say docker.own.unitRuns yes ;; esac
        break
      fi
    done
  fi
  ;;
esac
if [ -e "$root/opt/docker-desktop" ] || [ -S "${HOME-}/.docker/desktop/docker.sock" ]; then say docker.desktop yes; fi

say docker.client "$(command -v docker)"
if [ -e /snap/docker ] || [ -e /var/snap/docker ]; then say docker.snap yes; fi
if [ -S "${XDG_RUNTIME_DIR:-/run/user/${uid%%[!0-9]*}}/docker.sock" ] || [ -e "${HOME-}/.config/systemd/user/docker.service" ]; then
  say docker.rootless yes
fi
for plugin in "${HOME-}"/.docker/cli-plugins/docker-compose "${HOME-}"/.docker/cli-plugins/docker-buildx \
  /usr/local/lib/docker/cli-plugins/docker-compose /usr/local/lib/docker/cli-plugins/docker-buildx \
  /usr/local/libexec/docker/cli-plugins/docker-compose /usr/local/libexec/docker/cli-plugins/docker-buildx \
  /usr/local/bin/docker-compose; do
  if [ -e "$plugin" ]; then say plugin "$plugin"; fi
done
:
