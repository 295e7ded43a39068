# What Docker's daemon is told, and what it says of itself. Its client is asked only where it runs, each time limited.
# shellcheck disable=SC2154
file=/etc/docker/daemon.json
if [ -e "$file" ] || [ -L "$file" ]; then
  say daemon.file "$(ls -ld "$file" 2>/dev/null)"
  head -c 65536 "$file" 2>/dev/null | each daemon.json
  # Every program that it names, and whether it is there.
  grep -Eo '"path"[[:blank:]]*:[[:blank:]]*"[^"]+"' "$file" 2>/dev/null | sed 's/.*:[[:blank:]]*"\(.*\)"$/\1/' |
    while IFS= read -r program; do
      command -v "$program" >/dev/null 2>&1 || say program.missing "$program"
    done
  # The daemon's own judgement; version 20.10 cannot give it.
  if [ -s "$file" ] && command -v dockerd >/dev/null 2>&1; then
    limited 20 dockerd --validate --config-file "$file" 2>&1 | tail -n 5 | each daemon.validate
  fi
fi
socket=/var/run/docker.sock
if [ -S "$socket" ]; then
  say socket "$(ls -lL "$socket" 2>/dev/null)"
fi
if [ "$docker_runs" = yes ] && command -v docker >/dev/null 2>&1; then
  version=$(ask_docker version --format '{{.Server.Version}} {{.Server.MinAPIVersion}}')
  if [ -z "$version" ]; then
    say daemon.silent yes
  else
    say daemon.version "$version"
    ask_docker info --format '{{json .}}' | head -n 1 | sed 's/^/info /'
    ids=$(ask_docker ps -aq --no-trunc | head -n 200)
    if [ -n "$ids" ]; then
      say daemon.now "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
      # Of a container's environment only the one variable that matters here: others may be secrets.
      # shellcheck disable=SC2016,SC2086
      ask_docker inspect --format 'container {{.Name}} {{.Config.Image}} {{.State.Status}} {{.State.StartedAt}} {{.RestartCount}} {{.State.ExitCode}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.LogConfig.Type}} sock={{range .Mounts}}{{if or (eq .Source "/var/run/docker.sock") (eq .Source "/run/docker.sock")}}yes{{end}}{{end}} api={{range .Config.Env}}{{if eq (printf "%.19s" .) "DOCKER_API_VERSION="}}{{slice . 19}}{{end}}{{end}} ports={{range $port, $bound := .NetworkSettings.Ports}}{{range $bound}}{{.HostIp}}:{{.HostPort}},{{end}}{{end}}' $ids
    fi
    networks=$(ask_docker network ls -q --no-trunc --filter driver=bridge | head -n 100)
    if [ -n "$networks" ]; then
      # shellcheck disable=SC2086
      ask_docker network inspect --format 'network {{.Name}} {{.Id}} bridge={{index .Options "com.docker.network.bridge.name"}} mtu={{index .Options "com.docker.network.driver.mtu"}} subnets={{range .IPAM.Config}}{{.Subnet}},{{end}}' $networks
    fi
  fi
fi
