# Which Docker is there that no package brought, and what stands before the packages' own? Runs behind facts.sh.
# shellcheck disable=SC2154

# An engine that no package brought: the daemon that runs, else what a unit starts, else one where people put it by hand. Processes are slow
# on small hosts: with dpkg, root's question starts none if the running daemon is a package's, and one if there is no Docker.
# of_a_package FILE: whether the package manager brought it.
of_a_package() {
  for list in docker-ce docker.io docker-engine moby-engine docker-desktop; do
    [ -f "/var/lib/dpkg/info/$list.list" ] || continue
    while IFS= read -r brought; do
      if [ "$brought" = "$1" ]; then return 0; fi
    done <"/var/lib/dpkg/info/$list.list"
  done
  if command -v dpkg-query >/dev/null 2>&1 && dpkg-query -S "$1" >/dev/null 2>&1; then return 0; fi
  command -v rpm >/dev/null 2>&1 && rpm -qf "$1" >/dev/null 2>&1
}
# same_program A B: whether two paths lead to one program; systemd may start it by a link.
same_program() { [ "$1" = "$2" ] || [ "$(readlink -f "$root$1")" = "$(readlink -f "$root$2")" ]; }
own='' own_unit='' runs_in=''
docker_daemon anywhere
if [ -n "$daemon_pid" ]; then
  case $daemon in /snap/*) ;; *) if [ -n "$root" ] || ! of_a_package "$daemon"; then own=${daemon#"$root"}; fi ;; esac
  if [ -n "$own" ]; then
    # A daemon that was started by hand is in the unit of whatever it was started from; its own unit names it.
    runs_in=$(sed -n 's|.*/\([^/]*\.service\)$|\1|p' "/proc/$daemon_pid/cgroup" 2>/dev/null | tail -n 1)
    # A script may start it.
    case $runs_in in docker.service | dockerd.service) unit_file "$runs_in" && own_unit=$unit ;; esac
    daemon_units "$runs_in"
    [ -n "$own_unit" ] || own_unit=$({
      printf '%s\n' "$units" | grep -F "/${runs_in:-docker.service} "
      printf '%s\n' "$units"
    } | while read -r file program; do
      if [ -n "$program" ] && same_program "$program" "$own"; then echo "$file" && break; fi
    done)
  fi
else
  # What docker.service starts, what others start, and what lies where people put it by hand.
  daemon_units
  for program in /usr/local/bin/dockerd /usr/local/sbin/dockerd /opt/docker/dockerd /opt/docker/bin/dockerd /opt/bin/dockerd /usr/bin/dockerd \
    /usr/sbin/dockerd /home/linuxbrew/.linuxbrew/bin/dockerd /nix/var/nix/profiles/default/bin/dockerd /run/current-system/sw/bin/dockerd \
    /usr/bin/balena-engine-daemon; do
    units="$units- $program
"
  done
  packaged=''
  set -f
  # shellcheck disable=SC2086
  set -- $units
  set +f
  while [ "$#" -gt 0 ]; do
    file=$1 program=$2
    shift 2
    [ -x "$root$program" ] || continue
    case $packaged in *" $program "*) continue ;; esac
    if [ -z "$root" ] && of_a_package "$program"; then packaged="$packaged $program " && continue; fi
    own=$program own_unit=${file#-}
    break
  done
fi
if [ -n "$own" ] && [ -z "$own_unit" ]; then
  # A script may start it, or a shell by its name alone.
  unit_file "${runs_in:-docker.service}"
  if [ -n "$unit" ] && grep -qsE '^[[:blank:]]*ExecStart[[:blank:]]*=.*dockerd' "$root$unit"; then own_unit=$unit; fi
fi
if [ -n "$own" ]; then
  say docker.own "$own"
  # Root runs no program of a host's user to learn its version.
  if roots_program "$root$own"; then say docker.own.version "$(timeout 10 "$root$own" --version </dev/null | sed -n 's/.* version \([^ ,]*\).*/\1/p' | head -n 1)"; fi
  if [ -n "$daemon_pid" ]; then say docker.own.runs yes; fi
  if [ -n "$own_unit" ]; then
    say docker.own.unit "$own_unit"
    case $runs_in in "${own_unit##*/}") say docker.own.unitRuns yes ;; esac
  fi
fi
# Which of its back ends iptables uses, and whether Docker is to use it, matter only where the kernel lacks one of them.
case " $kernel_lacks " in
  *" nf_tables "* | *" nft_"* | *" xt_"*) scarce=yes ;;
  *" iptable_"*) if [ -e "$root/usr/sbin/iptables-legacy" ]; then scarce=yes; else scarce=''; fi ;;
  *) scarce='' ;;
esac
if [ -n "$scarce" ]; then
  for program in /usr/sbin/iptables /sbin/iptables; do
    [ -e "$root$program" ] || continue
    case $(readlink -f "$root$program") in *legacy* | */xtables-multi) say docker.iptables legacy ;; *nft*) say docker.iptables nft ;; esac
    break
  done
  # Its person may not be allowed to read them: then nothing is known.
  if grep -qsE '"iptables"[[:blank:]]*:[[:blank:]]*false' "$root/etc/docker/daemon.json"; then say docker.firewall none; fi
  if grep -qsE '"firewall-backend"[[:blank:]]*:[[:blank:]]*"nftables"' "$root/etc/docker/daemon.json"; then say docker.firewall nftables; fi
  for file in "$root"/etc/systemd/system/docker.service "$root"/etc/systemd/system/docker.service.d/*.conf "$root/etc/default/docker"; do
    if grep -qsE '^[^#]*DOCKER_INSECURE_NO_IPTABLES_RAW=.?1' "$file"; then say docker.noRaw yes && break; fi
  done
fi
desktop=''
if [ -e "$root/opt/docker-desktop" ] || [ -S "${HOME-}/.docker/desktop/docker.sock" ]; then desktop=yes; fi
# In WSL its client and its socket are links into a mount of its own, which is gone while it does not run.
for link in /usr/bin/docker /usr/local/bin/docker /var/run/docker.sock; do
  if [ -L "$root$link" ]; then
    case $(readlink "$root$link") in /mnt/wsl/docker-desktop*) desktop=yes ;; esac
  fi
done
say docker.desktop "$desktop"

if client=$(command -v docker); then
  # By another name it is the same program. (Every shell that runs this knows `-ef`.)
  # shellcheck disable=SC3013
  if [ "$client" -ef "$root/usr/bin/docker" ]; then client=/usr/bin/docker; fi
  say docker.client "$client"
fi
if [ -e /snap/docker ] || [ -e /var/snap/docker ]; then say docker.snap yes; fi
if [ -S "${XDG_RUNTIME_DIR:-/run/user/$uid}/docker.sock" ] || [ -e "${HOME-}/.config/systemd/user/docker.service" ]; then
  say docker.rootless yes
fi
for plugin in "${HOME-}"/.docker/cli-plugins/docker-compose "${HOME-}"/.docker/cli-plugins/docker-buildx \
  /usr/local/lib/docker/cli-plugins/docker-compose /usr/local/lib/docker/cli-plugins/docker-buildx \
  /usr/local/libexec/docker/cli-plugins/docker-compose /usr/local/libexec/docker/cli-plugins/docker-buildx \
  /usr/local/bin/docker-compose; do
  if [ -e "$plugin" ]; then say docker.plugin "$plugin"; fi
done
:
