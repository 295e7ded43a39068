# Sets `docker_runs` to yes or no. Only the init and the kernel are asked: a client would wake a stopped daemon by its socket, or hang on a
# wedged one. Runs behind daemon-process.sh; `ask` is of shell/frame.ts.
# shellcheck shell=sh disable=SC2034,SC2154
docker_runs=no
if [ -d /run/systemd/system ]; then
  if ask 0,3,4 systemctl is-active --quiet docker.service; then
    docker_runs=yes
  else
    # Another unit may run it, or nobody's.
    docker_daemon
    if [ -n "$daemon_pid" ]; then docker_runs=yes; fi
  fi
# A daemon that was killed leaves its socket.
elif [ -S /var/run/docker.sock ] && [ -f /var/run/docker.pid ] && process_runs "$(head -c 20 /var/run/docker.pid)"; then
  docker_runs=yes
fi
