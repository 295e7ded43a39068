#!/bin/sh
# Build NVIDIA's kernel modules as the postinst of Debian's packages would (called by mmdebstrap with the root folder as $1).
# Environment: LAB_OUT, where results go; LAB_BUILDS, lines of `PACKAGE KERNEL` (a kernel `older` is the newest in the archive
# that is older than 6.12.97).
set -eu
root=$1

# Debian's kernels newest first, as dpkg compares versions.
older() {
  best=
  for release in $(chroot "$root" apt-cache pkgnames linux-headers-6. |
    sed -n 's/^linux-headers-\(6\.[0-9.]*+deb13\(+[0-9]*\)\{0,1\}-amd64\)$/\1/p'); do
    chroot "$root" dpkg --compare-versions "$release" lt 6.12.97 || continue
    if [ -z "$best" ] || chroot "$root" dpkg --compare-versions "$release" gt "$best"; then best=$release; fi
  done
  echo "$best"
}

build() {
  package=$1
  kernel=$2
  out=$LAB_OUT/$package-$kernel
  mkdir -p "$out"
  chroot "$root" apt-get install -qq -y --no-install-recommends "linux-headers-$kernel" "$package" >/dev/null
  source=$(chroot "$root" dpkg -L "$package" | sed -n 's|^/usr/src/\([^/]*\)/dkms.conf$|\1|p')
  module=${source%-*}
  version=${source##*-}
  began=$(date +%s)
  rc=0
  chroot "$root" dkms add "$module/$version" >"$out/dkms.log" 2>&1 || true # added by the build before, perhaps
  chroot "$root" dkms build "$module/$version" -k "$kernel" >>"$out/dkms.log" 2>&1 || rc=$?
  ended=$(date +%s)
  printf '%s\n' "$module" "$version" "$kernel" "$rc" "$((ended - began))" >"$out/result"
  if [ "$rc" -ne 0 ]; then
    grep -h 'error:' "$root/var/lib/dkms/$module/$version/build/make.log" >"$out/errors" || true
    return 0
  fi
  built=/var/lib/dkms/$module/$version/$kernel/x86_64
  for file in "$root$built"/module/*.ko*; do
    name=$(basename "$file")
    printf '%s %s ' "$name" "$(stat -c %s "$file")"
    for field in version license vermagic; do
      printf '%s\t' "$(chroot "$root" modinfo -F "$field" "$built/module/$name")"
    done
    echo
  done >"$out/modules"

  # DKMS's own form of modules that were built elsewhere. The sources stay out: the package brings them.
  archive=$out/$module-$version.dkms.tar.gz
  tree=$(mktemp -d)
  mkdir -p "$tree/dkms_main_tree/$kernel/x86_64" "$tree/dkms_source_tree"
  cp "$root/usr/src/$source/dkms.conf" "$tree/dkms_source_tree/"
  cp -R "$root$built/module" "$tree/dkms_main_tree/$kernel/x86_64/"
  tar -C "$tree" -czf "$archive" .
  rm -r "$tree"
}

# Only packages and sources are to be installed; each build is one of ours, with its time.
touch "$root/etc/dkms/no-autoinstall"
echo "$LAB_BUILDS" | while read -r package kernel; do
  if [ "$kernel" = older ]; then kernel=$(older); fi
  if [ -n "$kernel" ]; then build "$package" "$kernel" </dev/null; fi
done
