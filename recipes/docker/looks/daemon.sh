# What Docker's daemon is told, and what it says of itself. Its client is asked only where it runs, each time limited.
# shellcheck disable=SC2154,SC2016
file=/etc/docker/daemon.json
if [ -e "$file" ] || [ -L "$file" ]; then
  about daemon.file
  say daemon.file "$(ask 0 ls -ld "$file")"
fi
if [ -f "$file" ]; then
  about daemon.json
  some_of "$file" | each daemon.json
  # Every program that it names, and whether it is there.
  about program.missing
  some_of "$file" | ask 0,1 grep -Eo '"path"[[:blank:]]*:[[:blank:]]*"[^"]+"' | ask 0 sed 's/.*:[[:blank:]]*"\(.*\)"$/\1/' |
    while IFS= read -r program; do
      command -v "$program" >/dev/null 2>&1 || say program.missing "$program"
    done
  # The daemon's own judgement, with its words whatever they are; version 20.10 cannot give it. It refuses keys that its service gives as flags,
  # which are known where systemd quotes none of them.
  about daemon.validate
  if [ -s "$file" ] && command -v dockerd >/dev/null 2>&1 && ask 0 roots_program dockerd; then
    flags=
    if [ -d /run/systemd/system ]; then flags=$(ask 0 systemctl show docker.service -p ExecStart | ask 0 flags_of_exec); fi
    case $flags in *[\"\'\\]*) flags= ;; esac
    status=0
    set -f
    # shellcheck disable=SC2086
    verdict=$(limited 20 dockerd --validate --config-file "$file" $flags 2>&1) || status=$?
    set +f
    printf '%s\n' "$verdict" | ask 0 tail -n 5 | each daemon.validate
    say daemon.validate.status "$status"
  fi
fi
socket=/var/run/docker.sock
if [ -S "$socket" ]; then
  about socket
  say socket "$(ask 0 ls -lL "$socket")"
fi
about daemon.version,info,container,network
if [ "$docker_runs" = yes ] && command -v docker >/dev/null 2>&1 && ask 0 roots_program docker; then
  version=$(ask_docker version --format '{{.Server.Version}} {{.Server.MinAPIVersion}}')
  if [ -n "$version" ]; then
    say daemon.version "$version"
    about info
    ask_docker info --format '{{json .}}' | first 1 | ask 0 sed 's/^/info /'
    about container
    say daemon.now "$(ask 0 date -u +%Y-%m-%dT%H:%M:%SZ)"
    # Of a container's environment only the one variable that matters here: others may be secrets.
    described container 'container {{.Name}} {{.Config.Image}} {{.State.Status}} {{.State.StartedAt}} {{.RestartCount}} {{.State.ExitCode}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.LogConfig.Type}} sock={{range .Mounts}}{{if or (eq .Source "/var/run/docker.sock") (eq .Source "/run/docker.sock")}}yes{{end}}{{end}} api={{range .Config.Env}}{{if eq (printf "%.19s" .) "DOCKER_API_VERSION="}}{{slice . 19}}{{end}}{{end}} ports={{range $port, $bound := .NetworkSettings.Ports}}{{range $bound}}{{.HostIp}}:{{.HostPort}},{{end}}{{end}}' \
      ps -aq --no-trunc
    about network
    described network 'network {{.Name}} {{.Id}} bridge={{index .Options "com.docker.network.bridge.name"}} mtu={{index .Options "com.docker.network.driver.mtu"}} subnets={{range .IPAM.Config}}{{.Subnet}},{{end}}' \
      network ls -q --no-trunc --filter driver=bridge
  fi
fi
