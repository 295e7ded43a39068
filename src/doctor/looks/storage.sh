# Room, file systems, and what of Docker's takes it.
# shellcheck disable=SC2154
for folder in / /boot /var /var/lib /var/lib/docker /var/lib/containerd /tmp; do
  [ -d "$folder" ] || continue
  limited 10 df -P -k "$folder" 2>/dev/null | sed 1d | each "space $folder"
  limited 10 df -P -i "$folder" 2>/dev/null | sed 1d | each "inodes $folder"
done
while read -r device place type options _; do
  case $place in
    / | /boot | /var | /var/lib | /var/lib/docker | /var/lib/containerd) say mount "$place $type ${options%%,*} $device" ;;
  esac
done </proc/mounts
# Logs that json-file writes, the largest first.
if [ -d /var/lib/docker/containers ]; then
  limited 20 find /var/lib/docker/containers -maxdepth 2 -name '*-json.log*' -size +20480k -exec ls -ln {} + 2>/dev/null |
    sort -k 5 -n -r | head -n 20 | awk '{ print $5, $NF }' | each log
fi
# Stores of images that there are, whichever is in use.
for store in overlay2 vfs devicemapper aufs btrfs zfs fuse-overlayfs; do
  file=/var/lib/docker/image/$store/repositories.json
  if [ -s "$file" ]; then say store "$store $(head -c 4000 "$file" | grep -o '"[^"]*:[^"]*":"sha256' | grep -vc @)"; fi
done
