# Which driver of NVIDIA's is loaded and which is on disk, what is in the way, and how its services are. Only looks. `ask` is of
# shell/frame.ts.
# shellcheck shell=sh disable=SC2012,SC2046
pattern='^([^:]*/)?nvidia(-current|-tesla(-[0-9]+)?|-legacy-[0-9]+xx)?(-open)?\.ko[.a-z0-9]*'
sed -n 's/^NVRM version: */loaded /p' /proc/driver/nvidia/version 2>/dev/null
for device in /sys/bus/pci/drivers/nouveau/0*; do
  if [ -e "$device" ]; then printf 'nouveau %s\n' "${device##*/}"; fi
done
folder=/lib/modules/$(uname -r)
set -- $(grep -Eos "$pattern" "$folder/modules.dep" | while IFS= read -r module; do
  # depmod may not have run since one of them went.
  if [ -e "$folder/$module" ]; then printf '%s\n' "$module"; fi
done)
if [ "$#" -gt 0 ]; then
  (cd "$folder" && ask 0,1 modinfo "$@") | sed -n -e 's/^filename:.*/module/p' -e 's/^version: */version /p' -e 's/^license: */license /p'
fi
for other in /lib/modules/*/modules.dep; do
  if [ "$other" != "$folder/modules.dep" ] && grep -Eqs "$pattern" "$other"; then echo elsewhere && break; fi
done
if [ -d /sys/module/nvidia ]; then
  ls -lnR /proc/[0-9]*/fd 2>/dev/null | sed -n -e '/^\/.*\/fd:$/h' -e '/ -> \/dev\/nvidia/{g;p;}' | uniq |
    while IFS= read -r open; do
      process=${open%/fd:}
      grep -Eqs '/(nvidia-(persistenced|fabricmanager|dcgm|topologyd|gridd|powerd)|dcgm)\.service' "$process/cgroup" && continue
      container=$(grep -Eos '[0-9a-f]{64}' "$process/cgroup" | head -n 1)
      printf 'user %s %s %s\n' "${process##*/}" "${container:--}" "$(cat "$process/comm" 2>/dev/null)"
    done
fi
if [ -d /run/systemd/system ]; then
  echo systemd
  for service in nvidia-persistenced nvidia-fabricmanager; do
    ask 0 systemctl show -p LoadState -p ActiveState -p UnitFileState "$service.service" | sed "s/^/$service /"
  done
fi
:
