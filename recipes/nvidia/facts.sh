# What is there of NVIDIA? Runs behind facts.sh, and only where that found a sign of it (`nvidia`).
# shellcheck disable=SC2154

# How the GPUs are driven, and which of them are slices that a hypervisor gives out.
nvidia_driver() {
  say_first_line nvidia.loaded "$root/proc/driver/nvidia/version"
  if [ -e "$root/usr/bin/nvidia-uninstall" ] || [ -e "$root/usr/bin/nvidia-installer" ]; then say nvidia.runfile yes; fi
  for device in $devices; do
    slot=${device##*/}
    if [ -e "$device/physfn" ]; then say nvidia.function "$slot"; fi
    first_line "$root/proc/driver/nvidia/gpus/$slot/information"
    if [ -n "$line" ]; then say nvidia.model "$slot $line"; fi
    # Only root reads more than 64 bytes of it.
    # shellcheck disable=SC2046
    set -- $(od -An -v -tx1 -N256 "$device/config" 2>/dev/null)
    if [ "$#" -eq 256 ]; then say nvidia.config "$slot $*"; fi
  done
}

# nouveau: loaded, and kept from being.
nvidia_nouveau() {
  if [ -e "$root/sys/module/nouveau" ]; then say nvidia.nouveau loaded; fi
  say_first_line nvidia.commandLine "$root/proc/cmdline"
  set --
  names=' '
  # As modprobe reads them: of files of one name only the first counts, so that a link to /dev/null in /etc hides another.
  for file in "$root"/etc/modprobe.d/*.conf "$root"/run/modprobe.d/*.conf "$root"/usr/local/lib/modprobe.d/*.conf \
    "$root"/usr/lib/modprobe.d/*.conf "$root"/lib/modprobe.d/*.conf; do
    [ -e "$file" ] || continue
    case $names in *" ${file##*/} "*) continue ;; esac
    names="$names${file##*/} "
    if [ -f "$file" ]; then set -- "$@" "$file"; fi
  done
  if [ "$#" -gt 0 ] && grep -Eqs \
    '^[[:blank:]]*(blacklist[[:blank:]]+nouveau|install[[:blank:]]+nouveau[[:blank:]]+(/usr)?/bin/(false|true))[[:blank:]]*$' "$@"; then
    say nvidia.nouveau blacklisted
  fi
}

# Kernels that are installed whole, and NVIDIA's module in each, under the names that Debian and others give it.
nvidia_kernels() {
  set --
  for folder in "$root"/lib/modules/*; do
    [ -e "$folder/modules.dep" ] || continue
    headers=no
    if [ -e "$folder/build/Makefile" ]; then headers=yes; fi
    say nvidia.kernel "${folder##*/} $headers"
    set -- "$@" "$folder/modules.dep"
  done
  [ "$#" -gt 0 ] || return 0
  # shellcheck disable=SC2046
  set -- $(ask 0,1 grep -EHo '^([^:]*/)?nvidia(-current|-tesla(-[0-9]+)?|-legacy-[0-9]+xx)?(-open)?\.ko[.a-z0-9]*' "$@" | sed 's/modules\.dep://' |
    # depmod may not have run since one of them went.
    while IFS= read -r module; do if [ -e "$module" ]; then printf '%s\n' "$module"; fi; done)
  [ "$#" -gt 0 ] || return 0
  # A module that it cannot read, which is its status 1, cannot be loaded either.
  ask 0,1 modinfo "$@" | sed -n -e 's/^filename: */nvidia.module.file /p' -e 's/^version: */nvidia.module.version /p' \
    -e 's/^license: */nvidia.module.license /p' -e 's/^signer: */nvidia.module.signer /p'
}

# What decides which kernel is started next; what it decides is not worked out here.
nvidia_boot() {
  for image in "$root"/boot/vmlinuz-*; do
    if [ -e "$image" ]; then say nvidia.boot.image "${image##*/vmlinuz-}"; fi
  done
  if [ -e "$root/boot/grub/grub.cfg" ]; then
    say nvidia.boot.loader grub
    some_of "$root/etc/default/grub" "$root"/etc/default/grub.d/*.cfg "$root/boot/grub/grubenv" |
      sed -nE -e 's/^[[:blank:]]*(GRUB_(DEFAULT|DISABLE_SUBMENU|DISABLE_RECOVERY|TOP_LEVEL|FLAVOUR_ORDER)=)/nvidia.boot.set \1/p' \
        -e 's/^(saved|next)_entry=/nvidia.boot.set &/p'
    return 0
  fi
  # Pop!_OS: kernelstub makes the entry of the kernel that this link names.
  if [ -e "$root/etc/kernelstub/configuration" ]; then
    say nvidia.boot.loader kernelstub
    image=$(readlink "$root/boot/vmlinuz" || readlink "$root/vmlinuz")
    say nvidia.boot.default "${image##*vmlinuz-}"
    return 0
  fi
  # RHEL's family: grub2 reads the entries, and remembers one by its name. Both are root's alone in newer releases.
  if [ -d "$root/boot/grub2" ]; then
    say nvidia.boot.loader bls
    some_of "$root/boot/grub2/grubenv" | sed -nE 's/^(saved|next)_entry=/nvidia.boot.set &/p'
    for entry in "$root"/boot/loader/entries/*.conf; do
      if [ -e "$entry" ]; then say nvidia.boot.entry "${entry##*/}"; fi
    done
    return 0
  fi
  for folder in "$root/boot/loader" "$root/boot/efi/loader" "$root/efi/loader"; do
    [ -d "$folder/entries" ] || continue
    # What a person chose in its menu is kept in the firmware, in UTF-16: then we do not know.
    for variable in "$root"/sys/firmware/efi/efivars/LoaderEntryDefault-* "$root"/sys/firmware/efi/efivars/LoaderEntryOneShot-*; do
      if [ -e "$variable" ]; then return 0; fi
    done
    say nvidia.boot.loader systemd-boot
    if [ -f "$folder/loader.conf" ]; then
      while read -r key value _; do
        if [ "$key" = default ]; then say nvidia.boot.default "$value"; fi
      done <"$folder/loader.conf"
    fi
    for entry in "$folder"/entries/*.conf; do
      if [ -e "$entry" ]; then say nvidia.boot.entry "${entry##*/}"; fi
    done
    return 0
  done
}

# Secure Boot by the firmware's word and by shim's, and the key that DKMS signs with.
nvidia_secure_boot() {
  if [ ! -e "$root/sys/firmware/efi" ]; then
    say nvidia.secureBoot off
    return 0
  fi
  variables=$root/sys/firmware/efi/efivars
  if [ -r "$variables/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c" ]; then
    set -- "$variables/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
    shim=$variables/MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23
    if [ -r "$shim" ]; then set -- "$@" "$shim"; fi
    # shellcheck disable=SC2046
    set -- $(od -An -v -tu1 "$@")
    say nvidia.secureBoot "$*"
  else
    for variable in "$variables"/*; do
      # Firmware that has variables, and not this one, has no Secure Boot.
      if [ -e "$variable" ]; then say nvidia.secureBoot off; fi
      break
    done
  fi
  for key in "$root/var/lib/shim-signed/mok/MOK.der" "$root/var/lib/dkms/mok.pub"; do
    [ -e "$key" ] || continue
    say nvidia.key "${key#"$root"}"
    if command -v mokutil >/dev/null 2>&1; then say nvidia.keyTest "$(mokutil --test-key "$key" 2>/dev/null)"; fi
    break
  done
}

# Who has the GPUs open, as far as this login may see it.
nvidia_users() {
  if [ ! -e "$root/dev/nvidiactl" ] && [ ! -e "$root/dev/nvidia0" ]; then return 0; fi
  before=
  # find of busybox cannot tell where links point.
  # shellcheck disable=SC2012
  ls -lnR "$root"/proc/[0-9]*/fd 2>/dev/null | sed -n -e '/^\/.*\/fd:$/h' -e '/ -> \/dev\/nvidia/{g;p;}' |
    while IFS= read -r folder; do
      [ "$folder" != "$before" ] || continue
      before=$folder
      process=${folder%/fd:}
      container=-
      if [ -r "$process/cgroup" ]; then
        while IFS= read -r path; do
          # A container's own groups stand behind its id, so that every part of the path is looked at.
          while [ "$container" = - ] && [ -n "$path" ]; do
            part=${path##*/}
            part=${part%.scope}
            part=${part##*[-:]}
            case $part in *[!0-9a-f]*) ;; *) if [ "${#part}" -eq 64 ]; then container=$part; fi ;; esac
            case $path in */*) path=${path%/*} ;; *) path= ;; esac
          done
        done <"$process/cgroup"
      fi
      first_line "$process/comm"
      say nvidia.user "${process##*/} $container ${line:-?}"
    done
}

# CDI specifications and apt's sources that speak of NVIDIA, and what dnf keeps of its module.
nvidia_files() {
  if [ -f "$root/etc/dnf/modules.d/nvidia-driver.module" ]; then
    state=
    stream=
    while IFS='= ' read -r key value || [ -n "$key" ]; do
      case $key in state) state=$value ;; stream) stream=$value ;; esac
    done <"$root/etc/dnf/modules.d/nvidia-driver.module"
    say nvidia.stream "$state $stream"
  fi
  set --
  for file in "$root"/etc/cdi/* "$root"/var/run/cdi/*; do
    if [ -f "$file" ]; then set -- "$@" "$file"; fi
  done
  if [ "$#" -gt 0 ]; then
    grep -ls 'nvidia\.com/' "$@" | while IFS= read -r file; do say nvidia.cdi "${file#"$root"}"; done
  fi
  set --
  for file in "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*.list "$root"/etc/apt/sources.list.d/*.sources; do
    if [ -f "$file" ]; then set -- "$@" "$file"; fi
  done
  if [ "$#" -gt 0 ]; then
    grep -EHs '^[^#]*(nvidia\.github\.io|developer\.download\.nvidia\.com/compute/cuda/repos|/graphics-drivers/)' "$@" |
      while IFS= read -r file; do say nvidia.source "${file#"$root"}"; done
  fi
}

if [ -n "$nvidia" ]; then
  # Logins that are no administrator's often lack them; all that is called from there only reads.
  PATH=$PATH:/usr/sbin:/sbin
  case $nvidia in *jetson*)
    first_line "$root/etc/nv_tegra_release"
    say nvidia.jetson "${line:-unknown}"
    ;;
  esac
  case $nvidia in *wsl) say nvidia.wsl yes ;; esac
  nvidia_driver
  nvidia_nouveau
  nvidia_kernels
  nvidia_boot
  nvidia_secure_boot
  nvidia_users
  nvidia_files
fi
:
