# docker_daemon [anywhere]: sets `daemon_pid` and `daemon` to the process of Docker's daemon and its program; else to nothing. Docker's pid file names it, or
# it is found among all processes: `--pidfile` may have put that file elsewhere. Without `anywhere`, one that listens at another socket than Docker's is
# not found like that: a client that asked for it would wake the one behind Docker's socket.
# shellcheck shell=sh disable=SC2034,SC2154
docker_daemon() {
  daemon='' daemon_pid=''
  if [ -f "${root-}/var/run/docker.pid" ] && [ -r "${root-}/var/run/docker.pid" ]; then
    number=''
    IFS= read -r number <"${root-}/var/run/docker.pid" || :
    if is_daemon "$number"; then return 0; fi
  fi
  # The processes are none of a root folder that is looked at.
  if [ -n "${root-}" ]; then return 0; fi
  called_so=''
  for process in /proc/[0-9]*; do
    # It may have ended.
    read -r called <"$process/comm" || continue
    case $called in dockerd* | balena-engine*) called_so="$called_so $process" ;; esac
  done 2>/dev/null
  if [ -z "$called_so" ] || ! mount_space=$(readlink /proc/self/ns/mnt); then return 0; fi
  for process in $called_so; do
    # Not one inside of a container, whose file system is another.
    [ "$(readlink "$process/ns/mnt")" = "$mount_space" ] || continue
    # Of docker.service systemd says whether it runs: one that it starts again and again is there for moments only.
    if [ "${1-}" != anywhere ] && grep -qs '/docker\.service$' "$process/cgroup"; then continue; fi
    case "${1-} $(tr '\000' ' ' 2>/dev/null <"$process/cmdline")" in
      anywhere* | *unix:///run/docker.sock* | *unix:///var/run/docker.sock* | *fd://*) ;;
      *' -H'* | *' --host'*) continue ;;
    esac
    if is_daemon "${process##*/}"; then return 0; fi
  done
}

# is_daemon PID: sets `daemon_pid` and `daemon` if this process is a daemon of root's. A pid file that was left behind names a process of anybody's, and what
# a process calls itself anybody may have chosen (`exec -a`, a link to sudo): it has to be root's in every way, and its program is the one that the kernel
# knows. Only root may ask for that; others take a name that leads to a program of root's.
is_daemon() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  # It may have ended, or end meanwhile.
  while read -r key real effective saved other; do
    if [ "$key" = Uid: ]; then break; fi
  done 2>/dev/null <"/proc/$1/status" || return 1
  [ "$real $effective $saved $other" = '0 0 0 0' ] || return 1
  # (POSIX.1-2024 and all shells that run this know `-ef`: two names of one file.)
  # shellcheck disable=SC3013
  if [ ! -L /usr/bin/dockerd ] && [ "/proc/$1/exe" -ef /usr/bin/dockerd ]; then
    program=/usr/bin/dockerd
  else
    program=$(readlink "/proc/$1/exe") || program=''
  fi
  # The file may be another one by now.
  program=${program%' (deleted)'}
  daemon=$program
  # Where packages put it, what it calls itself tells nothing more.
  if [ "$program" != /usr/bin/dockerd ]; then
    daemon=$({ tr '\000' '\n' <"/proc/$1/cmdline"; } 2>/dev/null | head -n 1)
    case $daemon in '' | /*) ;; *) daemon=$(command -v "$daemon") || daemon='' ;; esac
    if ! roots_program "$daemon" || [ "$(readlink -f "$daemon")" != "${program:-$(readlink -f "$daemon")}" ]; then daemon=$program; fi
  fi
  if daemon_name "$daemon"; then daemon_pid=$1 && return 0; fi
  daemon=''
  return 1
}

# daemon_name PROGRAM: whether Docker's daemon is called that, maybe with its version (`dockerd-28.5`); not `dockerd-rootless.sh`.
daemon_name() {
  case ${1##*/} in
    dockerd | dockerd-current | dockerd[0-9]* | dockerd[-._v][0-9]* | dockerd[-._]v[0-9]* | balena-engine | balena-engine-daemon) ;;
    *) return 1 ;;
  esac
}
