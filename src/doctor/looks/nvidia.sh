# What of NVIDIA's driver is on the disk, in the kernel and in CDI's specifications. nvidia-smi is not called: it would wake a GPU.
# shellcheck disable=SC2154
first_line /proc/driver/nvidia/version
say loaded "$line"
for file in /usr/lib/*/libnvidia-ml.so.*.* /usr/lib/*/nvidia/current/libnvidia-ml.so.*.* /usr/lib64/libnvidia-ml.so.*.* /usr/lib/libnvidia-ml.so.*.*; do
  if [ -f "$file" ] && [ ! -L "$file" ]; then say library "$file"; fi
done
if [ -d /run/systemd/system ]; then
  systemctl show nvidia-fabricmanager.service nvidia-persistenced.service nvidia-cdi-refresh.service -p Id -p LoadState \
    -p ActiveState -p SubState -p Result -p UnitFileState 2>/dev/null | each unit
fi
for spec in /etc/cdi/* /var/run/cdi/*; do
  [ -f "$spec" ] || continue
  grep -qs 'nvidia\.com/' "$spec" || continue
  say cdi.spec "$spec"
  # The versions of the driver that it hands in, by the names of its libraries.
  grep -Eo 'lib(cuda|nvidia-ml)\.so\.[0-9]+\.[0-9.]*[0-9]' "$spec" | sed 's/.*\.so\.//' | sort -u | head -n 4 | sed "s|^|cdi.version $spec |"
  # Files and devices of this host that it names.
  grep -Eo '("?hostPath"?|"?path"?):[[:blank:]]*"?/[^",[:blank:]]+' "$spec" | sed 's|^[^/]*||' | sort -u | head -n 200 |
    while IFS= read -r path; do
      case $path in *-cdi-hook | *nvidia-ctk | */ldconfig*) continue ;; esac
      [ -e "$path" ] || printf 'cdi.missing %s %s\n' "$spec" "$path"
    done | head -n 6
done
