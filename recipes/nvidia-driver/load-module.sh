# Functions that load NVIDIA's driver without a restart, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# nvidia_loaded: the driver that the running kernel has loaded, as `VERSION open` or `VERSION proprietary`.
nvidia_loaded() {
  [ -r /proc/driver/nvidia/version ] || return 0
  awk '/^NVRM version:/ {
    for (i = 3; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9.]+$/) { print $i, (/Open Kernel Module/ ? "open" : "proprietary"); exit }
  }' /proc/driver/nvidia/version
}

# nvidia_on_disk KERNEL: the driver's modules for a kernel, under the names that Debian and others give them, in the same words.
nvidia_on_disk() {
  folder=/lib/modules/$1
  # shellcheck disable=SC2046
  set -- $(grep -Eo '^([^:]*/)?nvidia(-current|-tesla(-[0-9]+)?|-legacy-[0-9]+xx)?(-open)?\.ko[.a-z0-9]*' "$folder/modules.dep" 2>/dev/null)
  [ "$#" -gt 0 ] || return 0
  (cd "$folder" && modinfo "$@") | awk 'function tell() { if (version != "") print version, kind; version = "" }
    /^filename:/ { tell() }
    /^version:/ { version = $2 }
    /^license:/ { kind = /GPL/ ? "open" : "proprietary" }
    END { tell() }'
}

# is_among KIND VERSION: does standard input name such a driver? An empty VERSION is any.
is_among() {
  awk -v kind="$1" -v version="$2" '$2 == kind && (version == "" || $1 == version) { found = 1 } END { exit !found }'
}

# dkms_built KIND VERSION KERNEL...: has DKMS build what is missing of the driver's modules for each kernel whose headers are there.
dkms_built() {
  kind=$1
  wanted=$2
  shift 2
  for kernel in "$@"; do
    [ -e "/lib/modules/$kernel/build/Makefile" ] || continue
    if nvidia_on_disk "$kernel" | is_among "$kind" "$wanted"; then continue; fi
    journal "dkms $kernel"
    dkms autoinstall -k "$kernel" ||
      fail "DKMS does not build the driver's module for the kernel $kernel" \
        'what the compiler says is in /var/lib/dkms/nvidia*/*/build/make.log'
    nvidia_on_disk "$kernel" | is_among "$kind" "$wanted" ||
      fail "DKMS ended without an error, but the kernel $kernel has no NVIDIA module ($kind${wanted:+, $wanted})" 'see what DKMS knows of it: dkms status'
  done
}

# NVIDIA's own services that keep the driver open; they are stopped to change it, and started again.
nvidia_services() { echo nvidia-persistenced nvidia-fabricmanager nvidia-dcgm dcgm nvidia-topologyd nvidia-gridd nvidia-powerd; }

# nvidia_users: who else has the GPUs open, as `NAME (PID)`, all on one line.
nvidia_users() {
  own=$(nvidia_services | tr ' ' '|')
  # find of busybox cannot tell where links point.
  # shellcheck disable=SC2012
  ls -lnR /proc/[0-9]*/fd 2>/dev/null | sed -n -e '/^\/.*\/fd:$/h' -e '/ -> \/dev\/nvidia/{g;p;}' | uniq |
    while IFS= read -r folder; do
      process=${folder%/fd:}
      grep -Eqs "/($own)\.service" "$process/cgroup" || printf '%s (%s), ' "$(cat "$process/comm" 2>/dev/null)" "${process##*/}"
    done | sed 's/, $//'
}

# nvidia_held: which of the driver's modules is held by anything but another of them: a console, or a foreign module.
nvidia_held() {
  for module in nvidia_drm nvidia_modeset nvidia_uvm nvidia_peermem nvidia; do
    [ -d "/sys/module/$module" ] || continue
    count=0
    for holder in "/sys/module/$module/holders/"*; do
      case ${holder##*/} in nvidia_drm | nvidia_modeset | nvidia_uvm | nvidia_peermem) count=$((count + 1)) ;; esac
    done
    [ "$(cat "/sys/module/$module/refcnt" 2>/dev/null)" = "$count" ] || printf '%s ' "$module"
  done
}

# unload_nvidia: takes the loaded driver out, where nothing but NVIDIA's own services is in the way. Nothing is killed. Says what
# is in the way in `held`, and which services it stopped in `stopped`.
unload_nvidia() {
  stopped=
  held=$(nvidia_users)
  [ -z "$held" ] || return 1
  if [ -d /run/systemd/system ]; then
    for service in $(nvidia_services); do
      systemctl is-active --quiet "$service.service" || continue
      note_service "$service.service"
      if systemctl stop "$service.service"; then stopped="$stopped $service"; fi
    done
  fi
  held=$(nvidia_held)
  [ -z "$held" ] || return 1
  for module in nvidia_drm nvidia_modeset nvidia_uvm nvidia_peermem nvidia; do
    if [ -d "/sys/module/$module" ] && ! rmmod "$module"; then
      held=$module
      return 1
    fi
  done
}

# start_nvidia_services NAME...: now, and with the machine.
start_nvidia_services() {
  [ -d /run/systemd/system ] || return 0
  for service in "$@"; do
    note_service "$service.service"
    # Some start with the device instead, and cannot be enabled.
    enabled_state "$service.service"
    if [ "$enabled" = disabled ]; then enable_unit "$service.service"; fi
    start_unit "$service.service"
  done
}

# load_nvidia KIND VERSION SERVICE...: the running kernel has the driver of that kind (`open` or `proprietary`) and version (any
# when empty) loaded, and the services run; where that needs a reboot, it says so.
load_nvidia() {
  kind=$1
  wanted=$2
  shift 2
  if ! nvidia_loaded | is_among "$kind" "$wanted"; then
    running=$(uname -r)
    if ! nvidia_on_disk "$running" | is_among "$kind" "$wanted"; then
      wait_for_reboot kernel "$kind" "$wanted" "the kernel that runs now, $running, has no NVIDIA module ($kind${wanted:+, $wanted})"
      return 0
    fi
    for device in /sys/bus/pci/drivers/nouveau/0*; do
      [ -e "$device" ] || continue
      wait_for_reboot nouveau "$kind" "$wanted" "nouveau holds the GPU ${device##*/}"
      return 0
    done
    again=
    for module in nvidia_modeset nvidia_drm; do
      if [ -d "/sys/module/$module" ]; then again="$again $module"; fi
    done
    stopped=
    before=$(nvidia_loaded)
    if [ -d /sys/module/nvidia ] && ! unload_nvidia; then
      for service in $stopped; do systemctl start "$service.service" || :; done
      wait_for_reboot used "$kind" "$wanted" "the driver ${before:-of before} is loaded, and in use: ${held% }"
      return 0
    fi
    journal "module nvidia $before"
    for module in nvidia nvidia_uvm $again; do
      modprobe "$module" 2>"$run/modprobe.err" && [ -d "/sys/module/$module" ] && continue
      cat "$run/modprobe.err" >&2
      dmesg 2>/dev/null | grep -Ei 'nvrm|nvidia|nouveau|lockdown|module verification' | tail -n 8 >&2 || :
      case $(cat "$run/modprobe.err") in
        *'No such device'*)
          fail "this NVIDIA driver ($kind${wanted:+, $wanted}) finds no GPU that it can drive" \
            "see what the kernel says of the GPU (dmesg | grep NVRM), whether the host has it (lspci -nn -d 10de:), and whether this driver is for its generation"
          ;;
        *'Exec format error'* | *'Invalid module format'*)
          fail "the NVIDIA module on disk was built for another kernel than $running" \
            "have it built again (dkms autoinstall -k $running, with $(headers_for "$running"))$(if command -v dpkg >/dev/null 2>&1; then echo ", or install the linux-modules-nvidia package for $running"; fi)"
          ;;
      esac
      fail "the kernel does not take the NVIDIA driver ($module)" 'dmesg has more'
    done
    nvidia_loaded | is_among "$kind" "$wanted" ||
      fail "the kernel has loaded another NVIDIA driver ($(nvidia_loaded)) than the one that is installed ($kind${wanted:+, $wanted})" \
        'see which module comes first (modinfo -n nvidia), and remove the other'
    for service in $stopped; do { systemctl start "$service.service" && systemctl is-active --quiet "$service.service"; } || printf '%s note the service %s did not start again\n' "$mark" "$service"; done
  fi
  rm -f /var/lib/fitout/nvidia-reboot
  start_nvidia_services "$@"
}
