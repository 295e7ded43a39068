# Is there anything of NVIDIA? Says so in `nvidia`, and has the package manager asked of drivers, too. Runs behind facts.sh; gpu_packages and
# rpm_gpu_packages are set by facts.ts.
# shellcheck disable=SC2154

# NVIDIA's GPUs (class 03) and NVSwitches (0680), by sysfs alone. Without any, and without what a Jetson or WSL have instead,
# nothing more is asked about them: not one process is started.
devices=
for device in "$root"/sys/bus/pci/devices/*; do
  first_line "$device/vendor"
  [ "$line" = 0x10de ] || continue
  first_line "$device/class"
  class=$line
  case $class in 0x03* | 0x0680*) ;; *) continue ;; esac
  first_line "$device/device"
  driver=$(readlink "$device/driver")
  say nvidia "${device##*/} $line $class ${driver##*/}"
  devices="$devices $device"
done
nvidia=$devices
first_line "$root/sys/devices/soc0/family"
case $line in [Tt]egra*) nvidia="$nvidia jetson" ;; esac
case $board in *Jetson*) nvidia="$nvidia jetson" ;; esac
if [ -e "$root/etc/nv_tegra_release" ]; then nvidia="$nvidia jetson"; fi
# Windows puts these there where NVIDIA's driver is installed.
if [ -e "$root/dev/dxg" ] && [ -e "$root/usr/lib/wsl/lib/nvidia-smi" ]; then nvidia="$nvidia wsl"; fi
if [ -n "$nvidia" ]; then
  packages="$packages $gpu_packages"
  rpm_packages="$rpm_packages $rpm_gpu_packages"
fi
