# docker_units: what systemd says of Docker's units and of all that docker.service requires, each line behind `unit `; then what masks one of them, each a
# line `mask UNIT FILE`, with `package` behind it if Debian's tools masked it when a package went: they lift that when it comes back. Nothing without
# systemd. (`ask`: shell/frame.ts)
# shellcheck shell=sh disable=SC2154
docker_units() {
  [ -d /run/systemd/system ] || return 0
  required=$(ask 0 systemctl show docker.service -p Requires -p Requisite -p BindsTo --value) || return
  # shellcheck disable=SC2086
  units=$(set -f && ask 0 systemctl show docker.service docker.socket containerd.service $required -p Id -p LoadState -p ActiveState -p SubState \
    -p Result -p UnitFileState -p ExecStart -p FragmentPath -p DropInPaths -p MainPID -p InvocationID -p NRestarts -p LoadError -p Requires \
    -p Requisite -p BindsTo -p NeedDaemonReload) || return
  printf '%s\n' "$units" | ask 0 sed 's/^/unit /'
  case $units in *LoadState=masked*) ;; *) return 0 ;; esac
  printf '%s\n' "$units" | ask 0 awk 'BEGIN { RS = "" } /(^|\n)LoadState=masked(\n|$)/ { sub(/(^|.*\n)Id=/, ""); sub(/\n.*/, ""); print }' | ask 0 sort -u |
    while IFS= read -r name; do
      for folder in /etc /run /usr/local/lib /usr/lib /lib; do
        file=$folder/systemd/system/$name
        # A link to /dev/null, or an empty file.
        if [ ! -e "$file" ] || [ -s "$file" ] || { [ "$folder" = /lib ] && [ -L /lib ]; }; then continue; fi
        by=
        if [ -e "/var/lib/systemd/deb-systemd-helper-masked/$name" ]; then by=' package'; fi
        printf 'mask %s %s%s\n' "$name" "$file" "$by"
      done
    done
}
