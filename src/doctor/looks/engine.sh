# How the services of Docker stand, and which programs of it there are. A client is never asked.
# shellcheck disable=SC2154
if [ -d /run/systemd/system ]; then
  systemctl show docker.service docker.socket containerd.service -p Id -p LoadState -p ActiveState -p SubState -p Result \
    -p UnitFileState -p ExecStart -p FragmentPath -p DropInPaths -p MainPID -p InvocationID -p NRestarts 2>/dev/null | each unit
fi
say docker.runs "$docker_runs"
# Daemons and their command lines, whoever started them; not those inside of containers, whose file systems are others.
ours=$(readlink /proc/self/ns/mnt 2>/dev/null)
for folder in /proc/[0-9]*; do
  first_line "$folder/comm"
  case $line in dockerd | dockerd-current) ;; *) continue ;; esac
  [ "$(readlink "$folder/ns/mnt" 2>/dev/null)" = "$ours" ] || continue
  command=$(tr '\000' ' ' <"$folder/cmdline" 2>/dev/null)
  owner=$(sed -n 's/^Uid:[[:blank:]]*\([0-9]*\).*/\1/p' "$folder/status" 2>/dev/null)
  printf 'dockerd %s %s %s\n' "${folder##*/}" "${owner:-?}" "${command% }"
done
say snap.current "$(readlink /snap/docker/current 2>/dev/null)"
# /usr/bin/docker of podman-docker is a script.
if [ -f /usr/bin/docker ] && [ "$(head -c 2 /usr/bin/docker 2>/dev/null)" = '#!' ]; then
  grep -n podman /usr/bin/docker | head -n 1 | each shim
fi
# A Compose of before version 2 is no Go program of this name.
for file in /usr/local/bin/docker-compose /usr/bin/docker-compose; do
  [ -f "$file" ] || continue
  if LC_ALL=C grep -aq 'github.com/docker/compose/v[2-9]' "$file" 2>/dev/null; then continue; fi
  # A wrapper that calls the plugin is none either.
  if [ "$(head -c 2 "$file")" = '#!' ] && grep -q 'docker compose' "$file"; then continue; fi
  say compose.old "$file $(LC_ALL=C head -n 1 "$file" | tr -cd '[:print:]' | cut -c 1-80)"
done
# Plugins by the folders in which the client looks, the first that has one wins. Source: docker/cli, cli-plugins/manager.
for plugin in docker-compose docker-buildx; do
  for folder in "$home/.docker/cli-plugins" /usr/local/lib/docker/cli-plugins /usr/local/libexec/docker/cli-plugins \
    /usr/lib/docker/cli-plugins /usr/libexec/docker/cli-plugins; do
    file=$folder/$plugin
    if [ ! -e "$file" ] && [ ! -L "$file" ]; then continue; fi
    mode=broken
    if [ -x "$file" ]; then mode=runs; elif [ -e "$file" ]; then mode=not-executable; fi
    # Where this file is a link to the packages' own, it shadows nothing.
    printf 'plugin %s %s %s %s\n' "$plugin" "$mode" "$file" "$(readlink -f "$file" 2>/dev/null)"
  done
done
