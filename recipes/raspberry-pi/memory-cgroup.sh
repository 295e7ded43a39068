# Is the kernel's memory cgroup at work, with what was the kernel started, and what is mounted where its command line is kept?
# Needs `path`. Only looks.
# shellcheck shell=sh disable=SC2154
if [ -r /sys/fs/cgroup/cgroup.controllers ]; then
  sed 's/^/@controllers /' /sys/fs/cgroup/cgroup.controllers
elif [ -d /sys/fs/cgroup/memory ]; then
  echo '@controllers memory'
fi
sed 's/^/@running /' /proc/cmdline
while read -r _ point type options _; do
  # bash does not find a pattern that begins with an expansion like this one in quotes.
  folder=${point%/}
  case $path in "$folder"/*) printf '@mount %s %s %s\n' "$point" "$type" "$options" ;; esac
done </proc/self/mounts
