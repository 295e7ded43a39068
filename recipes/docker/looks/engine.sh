# How the services of Docker stand, and which programs of it there are. What a program is it says itself: neither its bytes nor its name tell. No
# client asks the daemon.
# shellcheck disable=SC2154,SC2016
about unit,mask
docker_units
say docker.runs "$docker_runs"
# Daemons and their command lines, whoever started them; not those inside of containers, whose file systems are others.
about dockerd
ours=$(ask 0 readlink /proc/self/ns/mnt)
for folder in /proc/[0-9]*; do
  first_line "$folder/comm"
  case $line in dockerd* | balena-engine*) ;; *) continue ;; esac
  # The process may have ended meanwhile.
  [ "$(readlink "$folder/ns/mnt" 2>/dev/null)" = "$ours" ] || continue
  # Anybody may call a process so: its program counts, which the kernel knows.
  if ! is_daemon "${folder##*/}"; then
    program=$(readlink "$folder/exe" 2>/dev/null) # It may have ended.
    daemon_name "${program%' (deleted)'}" || continue
  fi
  command=$(tr '\000' ' ' <"$folder/cmdline" 2>/dev/null) # It may have ended.
  owner=$(sed -n 's/^Uid:[[:blank:]]*\([0-9]*\).*/\1/p' "$folder/status" 2>/dev/null) # It may have ended.
  printf 'dockerd %s %s %s\n' "${folder##*/}" "${owner:-?}" "${command% }"
done
if [ -L /snap/docker/current ]; then
  about snap.current
  say snap.current "$(ask 0 readlink /snap/docker/current)"
fi
# A script that calls a client has no daemon to wake.
DOCKER_HOST=unix:///nonexistent
export DOCKER_HOST
about client.version
says_of_itself /usr/bin/docker --version | each client.version
about compose
for file in /usr/local/bin/docker-compose /usr/bin/docker-compose; do
  says_of_itself "$file" version | each "compose $file"
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
