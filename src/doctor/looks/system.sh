# The kernel and the init, as far as containers need them.
# shellcheck disable=SC2154
if [ -r /sys/fs/cgroup/cgroup.controllers ]; then
  printf 'cgroup.controllers %s\n' "$(cat /sys/fs/cgroup/cgroup.controllers)"
fi
grep -E ' cgroup2? ' /proc/mounts 2>/dev/null | head -n 20 | each cgroup.mount
grep -E '^memory[[:blank:]]' /proc/cgroups 2>/dev/null | each cgroups
first_line /proc/cmdline
say cmdline "$line"
release=$(uname -r)
say kernel "$release"
if [ -d "/lib/modules/$release" ]; then say modules there; fi
for folder in /lib/modules/*; do
  if [ -e "$folder/modules.dep" ]; then say modules.for "${folder##*/}"; fi
done
# Without modules nothing can be missing on the disk.
if grep -q . /proc/modules 2>/dev/null; then say modular yes; fi
if [ -r /sys/module/apparmor/parameters/enabled ]; then
  first_line /sys/module/apparmor/parameters/enabled
  say apparmor "$line"
fi
say apparmor.parser "$(command -v apparmor_parser)"
say container "$(cat /run/systemd/container 2>/dev/null)"
if [ -d /run/systemd/system ]; then
  if [ -d /var/log/journal ]; then say journal persistent; fi
  grep -Ehs '^[[:blank:]]*Storage=' /etc/systemd/journald.conf /etc/systemd/journald.conf.d/*.conf /run/systemd/journald.conf.d/*.conf \
    /usr/lib/systemd/journald.conf.d/*.conf | each journald
  for file in /etc/systemd/journald.conf /etc/systemd/journald.conf.d/*.conf; do
    if [ -f "$file" ]; then grep -EHns '^[[:blank:]]*Storage=' "$file" | each journald.line; fi
  done
fi
if [ -d /var/log/journal ] && [ -n "$(ls /var/log/journal 2>/dev/null)" ]; then say journal.files yes; fi
