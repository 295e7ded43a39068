# Sets `docker_runs` to yes or no. Only the init and the kernel are asked: a client would wake a stopped daemon by its socket, or hang on a
# wedged one. `ask` is of shell/frame.ts.
# shellcheck shell=sh disable=SC2034
docker_runs=no
pid=
if [ -r /var/run/docker.pid ]; then read -r pid _ </var/run/docker.pid || :; fi
if [ -d /run/systemd/system ]; then
  if ask 0,3,4 systemctl is-active --quiet docker.service; then
    docker_runs=yes
  # Another unit may run it, or nobody's. A pid file that was left behind names some other process.
  elif [ -r "/proc/${pid:-none}/comm" ]; then
    read -r comm <"/proc/$pid/comm" || :
    case $comm in dockerd) docker_runs=yes ;; esac
  fi
# A daemon that was killed leaves its socket.
elif [ -S /var/run/docker.sock ] && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then
  docker_runs=yes
fi
