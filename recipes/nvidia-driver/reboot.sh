# Functions for when the driver waits for a restart: never into a kernel that would be without it.
# shellcheck shell=sh disable=SC2034,SC2154

# next_kernels: the kernel that the boot loader starts next; every installed one where it does not say.
next_kernels() {
  next=
  if [ -r /boot/grub/grub.cfg ]; then
    entry=$(sed -n 's/^next_entry=//p' /boot/grub/grubenv 2>/dev/null) || :
    if [ -z "$entry" ]; then
      entry=$(sed -n -e '/next_entry/d' -e 's/^[[:blank:]]*set default="\(.*\)"[[:blank:]]*$/\1/p' /boot/grub/grub.cfg | head -n 1)
      case $entry in *saved_entry*) entry=$(sed -n 's/^saved_entry=//p' /boot/grub/grubenv 2>/dev/null) || : ;; esac
    fi
    if [ "$entry" = 0 ]; then entry=; fi
    # Entries are named by title or id, those of a submenu behind its own name and a `>`.
    next=$(entry=$entry awk '
      BEGIN { wanted = ENVIRON["entry"]; sub(/.*>/, "", wanted) }
      /^[ \t]*menuentry / { split($0, part, "\047"); title = part[2]; id = part[4] }
      /^[ \t]*linux(16|efi)?[ \t]/ && $2 ~ /vmlinuz-/ && (wanted == "" || wanted == title || wanted == id) {
        sub(/.*vmlinuz-/, "", $2); print $2; exit
      }' /boot/grub/grub.cfg)
  elif [ -e /etc/kernelstub/configuration ]; then
    # Pop!_OS starts the kernel that this link names.
    next=$(readlink /boot/vmlinuz || readlink /vmlinuz) || :
    next=${next##*/vmlinuz-}
  elif command -v grubby >/dev/null 2>&1; then
    next=$(grubby --default-kernel 2>/dev/null) || :
    next=${next##*/vmlinuz-}
  fi
  if [ -n "$next" ]; then
    printf '%s\n' "$next"
    return 0
  fi
  for image in /boot/vmlinuz-*; do
    if [ -e "$image" ]; then printf '%s\n' "${image##*/vmlinuz-}"; fi
  done
}

# What modules are built with for KERNEL, and what puts files into the initramfs, as this host has it.
headers_for() {
  if ! command -v dpkg >/dev/null 2>&1; then
    echo "kernel-devel-$1"
  else
    # Proxmox VE names its own.
    case $1 in *-pve) echo "proxmox-headers-$1" ;; *) echo "linux-headers-$1" ;; esac
  fi
}
initramfs_again() { if command -v update-initramfs >/dev/null 2>&1; then echo 'update-initramfs -u -k all'; else echo 'dracut --force --regenerate-all'; fi; }

# check_next_boot KIND VERSION: a host is never restarted into a kernel that would be without the driver.
check_next_boot() {
  kernels=$(next_kernels)
  [ -n "$kernels" ] || fail 'a reboot is due, and it cannot be known which kernel would start then' \
    'see that this kernel has the NVIDIA module (modinfo -k RELEASE nvidia), restart the host yourself, then run fitout again'
  for kernel in $kernels; do
    nvidia_on_disk "$kernel" | is_among "$1" "$2" ||
      fail "a reboot is due, and the kernel $kernel that may start then has no NVIDIA module ($1${2:+, $2})" \
        "install the module for it ($(if command -v dpkg >/dev/null 2>&1; then echo "linux-modules-nvidia-…-$kernel, or "; fi)$(headers_for "$kernel") so that DKMS builds it; dkms status says why it did not), or start another kernel by default, then run fitout again"
    if grep -qs '/nouveau\.ko' "/lib/modules/$kernel/modules.dep" &&
      ! modprobe -c | grep -Eq '^(blacklist nouveau|install nouveau (/usr)?/bin/(false|true))'; then
      fail 'a reboot is due, and nouveau would take the GPU again' \
        'write “blacklist nouveau” into a file below /etc/modprobe.d, run '"$(initramfs_again)"', then run fitout again'
    fi
  done
}

# wait_for_reboot CAUSE KIND VERSION REASON: says that the rest waits for a reboot. Where one has come and gone since this was
# said for the same cause and driver, another would not help either.
wait_for_reboot() {
  boot=$(cat /proc/sys/kernel/random/boot_id)
  said_before=
  if [ -r /var/lib/fitout/nvidia-reboot ]; then said_before=$(cat /var/lib/fitout/nvidia-reboot); fi
  private_folder /var/lib/fitout
  case $said_before in
    '' | "$boot $1 $2 $3") ;;
    *" $1 $2 $3")
      rm -f /var/lib/fitout/nvidia-reboot
      case $1 in
        nouveau) remedy="it comes from the initramfs or is loaded by name: see what is in it (lsinitramfs, lsinitrd) and /etc/modules; $(initramfs_again) puts the blacklist into it" ;;
        kernel) remedy='see which kernel the boot loader starts (uname -r after it), and why it is not the one with the module' ;;
        *) remedy="see what loads and holds it: lsmod, /etc/modules, the initramfs; $(initramfs_again) puts the new one into it" ;;
      esac
      fail "the host was restarted for it, and still $4" "$remedy"
      ;;
  esac
  check_next_boot "$2" "$3"
  printf '%s\n' "$boot $1 $2 $3" >/var/lib/fitout/nvidia-reboot
  printf '%s reboot %s\n' "$mark" "$4"
}
