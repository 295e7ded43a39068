# What can the running kernel do, of what recipes ask about it? Runs behind facts.sh, with `kernel_wants`: `iptable_raw=IP_NF_RAW` for a module
# and its option, `CGROUP_BPF` for an option that is no module; of several that are joined by commas one is enough, and they go by the name of
# the first. What nothing tells is neither in `kernel_has` nor in `kernel_lacks`.
# shellcheck disable=SC2154
kernel_has='' kernel_lacks='' modules_gone=''
modules=$root/lib/modules/$release
names='' options=''
IFS=', '
for want in $kernel_wants; do
  names="$names|${want%%=*}" options="$options|${want#*=}"
done
unset IFS
# A module is built in, on disk (where it may be packed), or loaded; a file system is one that the kernel has. One process reads all of it, and
# one more where the kernel itself tells its configuration, as those of boards do.
pattern="/(${names#|})\.ko|^(${names#|}) |[[:blank:]](${names#|})\$|^CONFIG_(${options#|})=[ym]"
config=''
set --
for file in "$modules/modules.dep" "$modules/modules.builtin" "$root/proc/modules" "$root/proc/filesystems"; do
  if [ -r "$file" ]; then set -- "$@" "$file"; fi
done
if [ -r "$root/proc/config.gz" ] && command -v gzip >/dev/null 2>&1; then
  config=$root/proc/config.gz
else
  for file in "$root/boot/config-$release" "$modules/config"; do
    if [ -r "$file" ]; then config=$file && set -- "$@" "$file" && break; fi
  done
fi
found=
if [ -n "$kernel_wants" ]; then
  case $config in
    *.gz) found=$(ask 0 gzip -dc "$config" | ask 0,1 grep -hoE "$pattern" - "$@") ;;
    *) if [ "$#" -gt 0 ]; then found=$(ask 0,1 grep -hoE "$pattern" "$@"); fi ;;
  esac
fi
found="
$found
"
# An upgrade took them away: only what is loaded works until the next start. A container has none of its own.
if [ -z "$container" ] && [ ! -d "$modules" ] && [ -e "$root/proc/modules" ]; then
  for file in "$root"/lib/modules/*/modules.dep; do
    if [ -e "$file" ]; then modules_gone=yes; fi
  done
fi
# kernel_can MODULE=OPTION: sets `there` to yes or no; to nothing if it is not known.
kernel_can() {
  name=${1%%=*} option=${1#*=} there='' is_module=''
  case $1 in *=*) is_module=yes ;; esac
  case $found in
    *"
CONFIG_$option=y
"* | *"/$name.ko
"* | *"
$name 
"* | *[[:blank:]]"$name
"*) there=yes ;;
    *"
CONFIG_$option=m
"*) # It was built, and somebody has its file, or nobody any more.
      if [ -r "$modules/modules.dep" ] || [ -n "$modules_gone" ]; then there=no; fi ;;
    *)
      if [ -n "$config" ]; then there=no; fi
      if [ -n "$is_module" ] && [ -r "$modules/modules.dep" ] && [ -r "$modules/modules.builtin" ]; then there=no; fi ;;
  esac
  # Some show themselves.
  if [ -n "$is_module" ] && [ -d "$root/sys/module/$name" ]; then there=yes; fi
  file=
  case $option in
    NET_NS) file=self/ns/net ;;
    PID_NS) file=self/ns/pid ;;
    IPC_NS) file=self/ns/ipc ;;
    UTS_NS) file=self/ns/uts ;;
    SECCOMP_FILTER) file=sys/kernel/seccomp/actions_avail ;;
  esac
  if [ -n "$file" ] && [ -e "$root/proc/$file" ]; then there=yes; fi
}
for want in $kernel_wants; do
  rest=$want, any=no
  while [ -n "$rest" ] && [ "$any" != yes ]; do
    kernel_can "${rest%%,*}"
    case $there in yes) any=yes ;; '') any='' ;; esac
    rest=${rest#*,}
  done
  want=${want%%[=,]*}
  case $any in yes) kernel_has="$kernel_has $want" ;; no) kernel_lacks="$kernel_lacks $want" ;; esac
done
say kernel.has "${kernel_has# }"
say kernel.lacks "${kernel_lacks# }"
say kernel.modulesGone "$modules_gone"
