import startsWithMachine from '../../src/resource/starts-with-machine.sh'

/**
 * Shell that sets `unit_state` to what the init says of Docker: ActiveState and ExecStart in systemd's own terms, and `starts-with-machine`.
 * Only the init is asked: a client would wake a stopped daemon through its socket, and hang on a wedged one. `ask` is of shell/frame.ts.
 */
export const dockerUnit = `${startsWithMachine}
if [ -d /run/systemd/system ]; then
  unit_state=$(ask 0 systemctl show docker.service -p ActiveState -p ExecStart \\
    -p UnitFileState -p WantedBy -p RequiredBy -p UpheldBy)
  if starts_with_machine "$unit_state"; then
    unit_state="$unit_state
starts-with-machine"
  fi
else
  unit_state=starts-with-machine
  if [ -S /var/run/docker.sock ] && [ -f /var/run/docker.pid ] && process_runs "$(head -c 20 /var/run/docker.pid)"; then
    unit_state="$unit_state
ActiveState=active"
  fi
  if command -v dockerd >/dev/null 2>&1; then
    DOCKER_OPTS=
    # shellcheck disable=SC1091
    if [ -f /etc/default/docker ] && roots_alone /etc/default/docker; then . /etc/default/docker; fi
    unit_state="$unit_state
ExecStart=argv[]=dockerd $DOCKER_OPTS ;"
  fi
fi
`
