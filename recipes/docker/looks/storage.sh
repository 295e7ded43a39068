# What of Docker's takes room on the disk. Runs behind ../stores.sh.
# shellcheck disable=SC2154,SC2016
about log,store
docker_root "$(docker_command)"
# Logs that json-file writes, the largest first.
if [ -d "$docker_root/containers" ]; then
  about log
  # A container may go away meanwhile: 1.
  ask 0,1 limited 20 find "$docker_root/containers" -maxdepth 2 -name '*-json.log*' -size +20480k -exec ls -ln {} + |
    ask 0 sort -k 5 -n -r | first 20 | ask 0 awk '{ print $5, $NF }' | each log
fi
# Stores of images that graph drivers have, whichever is in use.
about store
for file in "$docker_root"/image/*/repositories.json; do
  [ -s "$file" ] || continue
  store=${file%/*}
  say store "${store##*/} $(ask 0 head -c 4000 "$file" | ask 0,1 grep -o '"[^"]*:[^"]*":"sha256' | ask 0,1 grep -vc @)"
done
