# Which Docker is there that no package brought, and what stands before the packages' own? Runs behind facts.sh.
# shellcheck disable=SC2154

# An engine that no package brought: the daemon that runs, else one where people put it by hand. The packages' own costs nothing here.
# of_a_package FILE: whether the package manager brought it.
of_a_package() {
  for list in docker-ce docker.io docker-engine moby-engine docker-desktop; do
    if grep -qsxF "$1" "/var/lib/dpkg/info/$list.list"; then return 0; fi
  done
  if command -v dpkg-query >/dev/null 2>&1 && dpkg-query -S "$1" >/dev/null 2>&1; then return 0; fi
  command -v rpm >/dev/null 2>&1 && rpm -qf "$1" >/dev/null 2>&1
}
daemon_unit=''
docker_daemon
if [ -n "$daemon_pid" ]; then
  daemon_unit=$(sed -n 's|.*/\([^/]*\.service\)$|\1|p' "/proc/$daemon_pid/cgroup" 2>/dev/null | tail -n 1)
fi
for path in /usr/local/bin/dockerd /usr/local/sbin/dockerd /opt/docker/dockerd /opt/docker/bin/dockerd /opt/bin/dockerd /usr/bin/dockerd /usr/sbin/dockerd \
  /home/linuxbrew/.linuxbrew/bin/dockerd /nix/var/nix/profiles/default/bin/dockerd /run/current-system/sw/bin/dockerd /usr/bin/balena-engine-daemon; do
  if [ -z "$daemon" ] && [ -x "$root$path" ]; then daemon=$root$path; fi
done
case $daemon in
'' | /snap/*) ;;
*)
  if [ -n "$root" ] || ! of_a_package "$daemon"; then
    say docker.own "${daemon#"$root"}"
    # Root runs no program of a host's user to learn its version.
    if roots_program "$daemon"; then say docker.own.version "$(timeout 10 "$daemon" --version </dev/null | sed -n 's/.* version \([^ ,]*\).*/\1/p' | head -n 1)"; fi
    if [ -n "$daemon_pid" ]; then say docker.own.runs yes; fi
    # A daemon that was started by hand is in the unit of whatever it was started from; its own unit names it.
    for unit in "$root/etc/systemd/system/${daemon_unit:-docker.service}" "$root"/etc/systemd/system/*.service \
      "$root"/usr/local/lib/systemd/system/*.service "$root"/usr/lib/systemd/system/docker.service; do
      if [ -f "$unit" ] && grep -qsE "^ExecStart=.*${daemon##*/}" "$unit"; then
        say docker.own.unit "${unit#"$root"}"
        case $daemon_unit in "${unit##*/}") say docker.own.unitRuns yes ;; esac
        break
      fi
    done
  fi
  ;;
esac
if [ -e "$root/opt/docker-desktop" ] || [ -S "${HOME-}/.docker/desktop/docker.sock" ]; then say docker.desktop yes; fi

say docker.client "$(command -v docker)"
if [ -e /snap/docker ] || [ -e /var/snap/docker ]; then say docker.snap yes; fi
if [ -S "${XDG_RUNTIME_DIR:-/run/user/${uid%%[!0-9]*}}/docker.sock" ] || [ -e "${HOME-}/.config/systemd/user/docker.service" ]; then
  say docker.rootless yes
fi
for plugin in "${HOME-}"/.docker/cli-plugins/docker-compose "${HOME-}"/.docker/cli-plugins/docker-buildx \
  /usr/local/lib/docker/cli-plugins/docker-compose /usr/local/lib/docker/cli-plugins/docker-buildx \
  /usr/local/libexec/docker/cli-plugins/docker-compose /usr/local/libexec/docker/cli-plugins/docker-buildx \
  /usr/local/bin/docker-compose; do
  if [ -e "$plugin" ]; then say docker.plugin "$plugin"; fi
done
:
