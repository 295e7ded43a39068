# What is this machine? Reads only; every line printed is `key value`. `ask` and `first_line` are of shell/frame.ts: what fails there is not empty.
# gather.ts sets `packages`, `rpm_packages`, and `root`, which only tests put before the paths of hardware.
# shellcheck disable=SC2154
say() { [ -z "$2" ] || printf '%s %s\n' "$1" "$2"; }
say_first_line() {
  first_line "$2"
  say "$1" "$line"
}

# It is shell by specification, and not run: somebody else than root may have written it.
if [ -f /etc/os-release ] && [ -r /etc/os-release ]; then
  while IFS='=' read -r key value || [ -n "$key" ]; do
    case $value in
      \"*\") value=${value#?} value=${value%?} ;;
      \'*\') value=${value#?} value=${value%?} ;;
    esac
    case $key in
      ID) say os.id "$value" ;;
      ID_LIKE) say os.idLike "$value" ;;
      PRETTY_NAME) say os.prettyName "$value" ;;
      VERSION_ID) say os.versionId "$value" ;;
      PLATFORM_ID) say os.platformId "$value" ;;
      VERSION_CODENAME) say os.codename "$value" ;;
      UBUNTU_CODENAME) say os.ubuntuCodename "$value" ;;
      DEBIAN_CODENAME) say os.debianCodename "$value" ;;
    esac
  done </etc/os-release
fi
say_first_line os.debianVersion /etc/debian_version
if [ -e /run/ostree-booted ]; then say os.ostree yes; fi
# Linux 6.1 and newer say both without a process.
first_line /proc/sys/kernel/arch
machine=${line:-$(uname -m)}
first_line /proc/sys/kernel/osrelease
release=${line:-$(uname -r)}
say arch.kernel "$machine"
say kernel.release "$release"
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

container=
if [ -f /.dockerenv ]; then
  container=docker
elif [ -f /run/.containerenv ]; then
  container=podman
elif [ -f /run/systemd/container ]; then
  first_line /run/systemd/container
  container=$line
elif [ -e /proc/sys/fs/binfmt_misc/WSLInterop ] || [ -e /dev/dxg ]; then
  container=wsl
elif [ -e /dev/lxd ] || [ -e /dev/.lxc ]; then
  container=lxc
fi
say container "$container"

first_line /sys/fs/selinux/enforce
case $line in 1) say selinux enforcing ;; 0) say selinux permissive ;; esac
board=
if [ -f "$root/proc/device-tree/model" ]; then board=$(tr -d '\000' <"$root/proc/device-tree/model"); fi
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

while read -r key _ uid _; do
  if [ "$key" = Uid: ]; then break; fi
done </proc/self/status
# The first that it names is root, nearly everywhere: no process for that.
user='' first=''
IFS=: read -r user _ first _ </etc/passwd
if [ "$uid" != "$first" ]; then user=$(id -un) || user=$uid; fi
say login.uid "$uid"
say login.user "$user"
say login.home "${HOME-}"
say login.sudoUser "${SUDO_USER-}"
