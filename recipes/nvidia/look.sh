# What of NVIDIA's driver is on the disk, in the kernel and in CDI's specifications. nvidia-smi is not called: it would wake a GPU.
# shellcheck disable=SC2154
first_line /proc/driver/nvidia/version
say loaded "$line"
for file in /usr/lib/*/libnvidia-ml.so.*.* /usr/lib/*/nvidia/current/libnvidia-ml.so.*.* /usr/lib64/libnvidia-ml.so.*.* /usr/lib/libnvidia-ml.so.*.*; do
  if [ -f "$file" ] && [ ! -L "$file" ]; then say library "$file"; fi
done
if [ -d /run/systemd/system ]; then
  about unit
  ask 0 systemctl show nvidia-fabricmanager.service nvidia-persistenced.service nvidia-cdi-refresh.service -p Id -p LoadState \
    -p ActiveState -p SubState -p Result -p UnitFileState | each unit
fi
about cdi.spec,cdi.version,cdi.missing
for spec in /etc/cdi/* /var/run/cdi/*; do
  [ -f "$spec" ] || continue
  ask 0,1 grep -q 'nvidia\.com/' "$spec" || continue
  say cdi.spec "$spec"
  # The versions of the driver that it hands in, by the names of its libraries.
  ask 0,1 grep -Eo 'lib(cuda|nvidia-ml)\.so\.[0-9]+\.[0-9.]*[0-9]' "$spec" | ask 0 sed 's/.*\.so\.//' | ask 0 sort -u | first 4 |
    ask 0 sed "s|^|cdi.version $spec |"
  # Files and devices of this host that it names.
  ask 0,1 grep -Eo '("?hostPath"?|"?path"?):[[:blank:]]*"?/[^",[:blank:]]+' "$spec" | ask 0 sed 's|^[^/]*||' | ask 0 sort -u | first 200 |
    while IFS= read -r path; do
      case $path in *-cdi-hook | *nvidia-ctk | */ldconfig*) continue ;; esac
      [ -e "$path" ] || printf 'cdi.missing %s %s\n' "$spec" "$path"
    done | first 6
done
