# docker_daemon: sets `daemon_pid` and `daemon` to the process of Docker's pid file and its program if that is a daemon of root's; else to nothing. A file
# that was left behind names a process of anybody's, and what a process calls itself anybody may have chosen (`exec -a`, a link to sudo): it has to be root's
# in every way, and its program is the one that the kernel knows. Only root may ask for that; others take a name that leads to a program of root's.
# shellcheck shell=sh disable=SC2034,SC2154
docker_daemon() {
  daemon='' daemon_pid=''
  if [ -f "${root-}/var/run/docker.pid" ]; then daemon_pid=$(head -c 20 "${root-}/var/run/docker.pid"); fi
  case $daemon_pid in
    '' | *[!0-9]*)
      daemon_pid=''
      return 0
      ;;
  esac
  # It may have ended, or end meanwhile.
  daemon=$({ tr '\000' '\n' <"/proc/$daemon_pid/cmdline"; } 2>/dev/null | head -n 1)
  case $daemon in '' | /*) ;; *) daemon=$(command -v "$daemon") || daemon='' ;; esac
  program=$(readlink "/proc/$daemon_pid/exe") || program=''
  # The file may be another one by now.
  program=${program%' (deleted)'}
  if ! roots_program "$daemon" || [ "$(readlink -f "$daemon")" != "${program:-$(readlink -f "$daemon")}" ]; then daemon=$program; fi
  users=$(sed -n 's/^Uid:[[:blank:]]*//p' "/proc/$daemon_pid/status" 2>/dev/null | tr '\t' ' ')
  case "$users $daemon" in
    '0 0 0 0 '*/dockerd | '0 0 0 0 '*/balena-engine-daemon | '0 0 0 0 '*/balena-engine) ;;
    *) daemon='' daemon_pid='' ;;
  esac
}
