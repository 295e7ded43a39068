# The kernel and the init, as far as containers need them.
# shellcheck disable=SC2154
if [ -r /sys/fs/cgroup/cgroup.controllers ]; then
  first_line /sys/fs/cgroup/cgroup.controllers
  printf 'cgroup.controllers %s\n' "$line"
fi
about cgroup.mount
ask 0,1 grep -E ' cgroup2? ' /proc/mounts | first 20 | each cgroup.mount
about cgroups
if [ -r /proc/cgroups ]; then ask 0,1 grep -E '^memory[[:blank:]]' /proc/cgroups | each cgroups; fi
first_line /proc/cmdline
say cmdline "$line"
about kernel,modules
release=$(ask 0 uname -r)
say kernel "$release"
if [ -d "/lib/modules/$release" ]; then say modules there; fi
for folder in /lib/modules/*; do
  if [ -e "$folder/modules.dep" ]; then say modules.for "${folder##*/}"; fi
done
# Without modules nothing can be missing on the disk.
first_line /proc/modules
if [ -n "$line" ]; then say modular yes; fi
if [ -r /sys/module/apparmor/parameters/enabled ]; then
  first_line /sys/module/apparmor/parameters/enabled
  say apparmor "$line"
fi
say apparmor.parser "$(command -v apparmor_parser)"
first_line /run/systemd/container
say container "$line"
if [ -d /run/systemd/system ]; then
  if [ -d /var/log/journal ]; then say journal persistent; fi
  about journald
  some_of /etc/systemd/journald.conf /etc/systemd/journald.conf.d/*.conf /run/systemd/journald.conf.d/*.conf /usr/lib/systemd/journald.conf.d/*.conf |
    ask 0,1 grep -E '^[[:blank:]]*Storage=' | each journald
  for file in /etc/systemd/journald.conf /etc/systemd/journald.conf.d/*.conf; do
    if [ -f "$file" ]; then ask 0,1 grep -EHn '^[[:blank:]]*Storage=' "$file" | each journald.line; fi
  done
fi
about journal.files
if [ -d /var/log/journal ] && [ -n "$(ask 0 ls /var/log/journal)" ]; then say journal.files yes; fi
