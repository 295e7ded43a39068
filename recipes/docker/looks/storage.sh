# What of Docker's takes room on the disk.
# shellcheck disable=SC2016
# Logs that json-file writes, the largest first.
if [ -d /var/lib/docker/containers ]; then
  about log
  # A container may go away meanwhile: 1.
  ask 0,1 limited 20 find /var/lib/docker/containers -maxdepth 2 -name '*-json.log*' -size +20480k -exec ls -ln {} + |
    ask 0 sort -k 5 -n -r | first 20 | ask 0 awk '{ print $5, $NF }' | each log
fi
# Stores of images that there are, whichever is in use.
about store
for store in overlay2 vfs devicemapper aufs btrfs zfs fuse-overlayfs; do
  file=/var/lib/docker/image/$store/repositories.json
  [ -s "$file" ] || continue
  say store "$store $(ask 0 head -c 4000 "$file" | ask 0,1 grep -o '"[^"]*:[^"]*":"sha256' | ask 0,1 grep -vc @)"
done
