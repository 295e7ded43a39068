/**
 * Shell that sets `unit_state` to what the init says of Docker, in systemd's own terms: ActiveState, UnitFileState, ExecStart.
 * Only the init is asked: a client would wake a stopped daemon through its socket, and hang on a wedged one. `ask` is of shell/frame.ts.
 */
export const dockerUnit = `if [ -d /run/systemd/system ]; then
  unit_state=$(ask 0 systemctl show docker.service -p ActiveState -p UnitFileState -p ExecStart)
else
  unit_state=UnitFileState=enabled
  if [ -S /var/run/docker.sock ] && [ -r /var/run/docker.pid ]; then
    read -r pid _ </var/run/docker.pid
    if kill -0 "$pid" 2>/dev/null; then
      unit_state="$unit_state
ActiveState=active"
    fi
  fi
  if command -v dockerd >/dev/null 2>&1; then
    DOCKER_OPTS=
    # shellcheck disable=SC1091
    if [ -r /etc/default/docker ]; then . /etc/default/docker; fi
    unit_state="$unit_state
ExecStart=argv[]=dockerd $DOCKER_OPTS ;"
  fi
fi
`
