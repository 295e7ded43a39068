# How the services of Docker stand, and which programs of it there are. A client is never asked.
# shellcheck disable=SC2154,SC2016
if [ -d /run/systemd/system ]; then
  about unit
  ask 0 systemctl show docker.service docker.socket containerd.service -p Id -p LoadState -p ActiveState -p SubState -p Result \
    -p UnitFileState -p ExecStart -p FragmentPath -p DropInPaths -p MainPID -p InvocationID -p NRestarts | each unit
fi
say docker.runs "$docker_runs"
# Daemons and their command lines, whoever started them; not those inside of containers, whose file systems are others.
about dockerd
ours=$(ask 0 readlink /proc/self/ns/mnt)
for folder in /proc/[0-9]*; do
  first_line "$folder/comm"
  case $line in dockerd | dockerd-current | dockerd[0-9]* | dockerd[-._v][0-9]*) ;; *) continue ;; esac
  # The process may have ended meanwhile.
  [ "$(readlink "$folder/ns/mnt" 2>/dev/null)" = "$ours" ] || continue
  command=$(tr '\000' ' ' <"$folder/cmdline" 2>/dev/null) # It may have ended.
  owner=$(sed -n 's/^Uid:[[:blank:]]*\([0-9]*\).*/\1/p' "$folder/status" 2>/dev/null) # It may have ended.
  printf 'dockerd %s %s %s\n' "${folder##*/}" "${owner:-?}" "${command% }"
done
if [ -L /snap/docker/current ]; then
  about snap.current
  say snap.current "$(ask 0 readlink /snap/docker/current)"
fi
# /usr/bin/docker of podman-docker is a script.
about shim
if [ -f /usr/bin/docker ] && [ "$(ask 0 head -c 2 /usr/bin/docker)" = '#!' ]; then
  ask 0,1 grep -n podman /usr/bin/docker | first 1 | each shim
fi
# A Compose of before version 2 is no Go program of this name.
about compose.old
for file in /usr/local/bin/docker-compose /usr/bin/docker-compose; do
  [ -f "$file" ] || continue
  if ask 0,1 grep -aq 'github.com/docker/compose/v[2-9]' "$file"; then continue; fi
  # A wrapper that calls the plugin is none either.
  if [ "$(ask 0 head -c 2 "$file")" = '#!' ] && ask 0,1 grep -q 'docker compose' "$file"; then continue; fi
  say compose.old "$file $(ask 0 head -n 1 "$file" | ask 0 tr -cd '[:print:]' | ask 0 cut -c 1-80)"
done
# Plugins by the folders in which the client looks. Whatever a home holds is read as its owner.
about plugin
know_person
config=$home/.docker/config.json
folders=$(if [ -f "$config" ]; then as_person 10 sh -c 'if [ -r "$0" ]; then head -c 1048576 "$0"; fi' "$config" </dev/null; fi | plugin_folders "$home/.docker")
for plugin in docker-compose docker-buildx; do
  printf '%s\n' "$folders" | while IFS= read -r folder; do
    file=$folder/$plugin
    if [ ! -e "$file" ] && [ ! -L "$file" ]; then continue; fi
    mode=broken
    if [ -x "$file" ]; then mode=runs; elif [ -e "$file" ]; then mode=not-executable; fi
    # Where this file is a link to the packages' own, it shadows nothing. A link to nothing has no end: 1.
    printf 'plugin %s %s %s %s\n' "$plugin" "$mode" "$file" "$(ask 0,1 readlink -f "$file")"
  done
done
