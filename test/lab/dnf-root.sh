#!/bin/sh
# Makes Debian's root folder that of a double of a RHEL-like host: `dnf-root.sh FOLDER MAJOR`. Real dnf, rpm and sshd of
# Debian; everything else that tells a distribution is made to look like a Rocky 9 (dnf 4) or a Fedora 44 (dnf 5). In it, the
# stand-in packages are built: they carry names, versions and relations, and no program of anybody's.
set -eu
root=$1
major=$2
if [ "$major" = 5 ]; then dist=.fc44; else dist=.el9; fi

mkdir -p "$root/build/base" "$root/build/docker" "$root/build/toolkit" "$root/build/cuda" "$root/build/epel" "$root/etc/rpm" "$root/etc/yum.repos.d" "$root/root/.ssh"
# Debian's rpm keeps root's database elsewhere.
cat >"$root/etc/rpm/macros" <<'END'
%_dbpath /var/lib/rpm
%_gpg_name Docker Release (lab)
%_openpgp_sign_id lab@invalid
%_gpg_path /build/gnupg
%__gpg /usr/bin/gpg
END

cat >"$root/build/build.sh" <<'END'
set -eu
dist=$1
# package FOLDER NAME EPOCH VERSION RELEASE TAGS FILE...: a program that says its name, at each FILE that is no script of its own here.
package() {
  folder=$1 name=$2 epoch=$3 version=$4 release=$5 tags=$6
  shift 6
  {
    printf 'Name: %s\nEpoch: %s\nVersion: %s\nRelease: %s\nSummary: A stand-in\nLicense: none\nBuildArch: x86_64\nAutoReqProv: no\n%b\n' \
      "$name" "$epoch" "$version" "$release$dist" "$tags"
    printf '%%description\nA stand-in of the lab: names and relations, nothing else.\n'
    printf '%%install\n'
    for file in "$@"; do
      printf 'mkdir -p %%{buildroot}%s\n' "${file%/*}"
      if [ -e "/build/double/${file##*/}" ]; then
        printf 'cp /build/double/%s %%{buildroot}%s\n' "${file##*/}" "$file"
      else
        printf 'printf "#!/bin/sh\\necho %s %s\\n" >%%{buildroot}%s\n' "$name" "$version" "$file"
      fi
      printf 'chmod 0755 %%{buildroot}%s\n' "$file"
    done
    # Where the real ones have DKMS build for the kernels whose headers are there by then.
    if [ "${name#kmod-nvidia-}" != "$name" ]; then
      printf '%%post\nfor one in /lib/modules/*/build/Makefile; do\nfolder=${one%%%%/build/Makefile}\n[ ! -d "$folder" ] || dkms autoinstall -k "${folder##*/}"\ndone\n'
      printf '%%preun\nif [ "$1" = 0 ]; then rm -f /lib/modules/*/extra/nvidia.ko; for one in /lib/modules/*/modules.dep; do : >"$one"; done; fi\n'
    fi
    if [ "$name" = docker-ce ]; then printf '%%post\ngetent group docker >/dev/null || groupadd --system docker\n'; fi
    printf '%%files\n'
    printf '%s\n' "$@"
  } >"/build/$name.spec"
  rpmbuild -bb --quiet --target x86_64 --define "_rpmdir /build/$folder" --define '_topdir /build/top' \
    --define '_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' --define 'debug_package %{nil}' \
    --define '__os_install_post %{nil}' --define '_build_id_links none' "/build/$name.spec" >/dev/null 2>&1
}
# The relations are those of Docker's spec files (docker-ce-packaging, containerd-packaging), for what they are about here.
for version in 28.4.0 28.5.2; do
  package docker docker-ce 3 $version 1 'Requires: docker-ce-cli, containerd.io, container-selinux >= 2:2.74, (iptables-nft or iptables)\nConflicts: docker' /usr/bin/dockerd
  package docker docker-ce-cli 1 $version 1 'Conflicts: docker' /usr/bin/docker
done
package docker containerd.io 0 1.7.28 1 'Provides: containerd, runc\nObsoletes: containerd, runc\nConflicts: containerd, runc' /usr/bin/containerd
package docker docker-buildx-plugin 0 0.29.1 1 '' /usr/libexec/docker/cli-plugins/docker-buildx
package docker docker-compose-plugin 0 2.40.3 1 '' /usr/libexec/docker/cli-plugins/docker-compose
package base container-selinux 4 2.240.0 1 '' /usr/share/selinux/container
package base iptables-nft 0 1.8.10 11 'Provides: iptables' /usr/sbin/iptables-double
package base ca-certificates 0 2025.2.80 90 '' /usr/share/pki/double
package base system-double 0 1 1 'Provides: /bin/sh, /usr/sbin/groupadd, systemd' /usr/share/system-double
package base runc 4 1.2.5 2 'Provides: oci-runtime' /usr/bin/runc
package base podman 6 5.4.0 1 'Requires: runc' /usr/bin/podman
package base podman-docker 6 5.4.0 1 'Requires: podman\nConflicts: docker, docker-ce' /usr/bin/docker
package base docker-compose 0 2.30.0 1 '' /usr/libexec/docker/cli-plugins/docker-compose
package base unrelated 0 1.0 1 'Requires: podman-docker' /usr/bin/unrelated
# NVIDIA's: the index is signed, the packages are not (its nvidia-container-toolkit.repo says so).
for version in 1.19.0 1.20.1; do
  for name in nvidia-container-toolkit nvidia-container-toolkit-base libnvidia-container-tools libnvidia-container1; do
    package toolkit $name 0 $version 1 '' /usr/share/toolkit-double/$name
  done
done
# NVIDIA's driver, laid out as its CUDA repository: names, epoch and relations after nvidia-driver.spec of NVIDIA/yum-packaging-nvidia-driver
# and what its guide installs. They hold no driver.
for version in 570.195.03 580.95.05 580.178.04 595.91.07; do
  of="= 3:$version"
  package cuda nvidia-driver-cuda 3 $version 1 "Requires: nvidia-driver-cuda-libs $of, nvidia-persistenced $of" /usr/bin/nvidia-smi
  package cuda nvidia-driver-cuda-libs 3 $version 1 "Requires: libnvidia-ml $of" /usr/share/driver-double/cuda-libs
  package cuda libnvidia-ml 3 $version 1 '' /usr/share/driver-double/ml
  package cuda nvidia-persistenced 3 $version 1 '' /usr/bin/nvidia-persistenced-double
  package cuda nvidia-kmod-common 3 $version 1 "Requires: nvidia-kmod $of" /usr/share/driver-double/kmod-common
  package cuda kmod-nvidia-open-dkms 3 $version 1 "Provides: nvidia-kmod $of\nRequires: dkms, nvidia-kmod-common $of\nConflicts: kmod-nvidia-latest-dkms" /usr/src/nvidia-open-$version
  package cuda kmod-nvidia-latest-dkms 3 $version 1 "Provides: nvidia-kmod $of\nRequires: dkms, nvidia-kmod-common $of\nConflicts: kmod-nvidia-open-dkms" /usr/src/nvidia-closed-$version
done
# What else is in that repository has other versions.
package cuda nvidia-gds 0 13.0.2 1 '' /usr/share/driver-double/gds
package epel dkms 0 3.2.1 1 '' /usr/sbin/dkms
if [ "$dist" = .el9 ]; then set -- 5.14.0-427 5.14.0-503; else set -- 6.17.1-200 6.17.4-200; fi
for version in "$@"; do
  package base kernel-devel 0 "${version%-*}" "${version#*-}" 'Provides: installonlypkg(kernel)' "/lib/modules/$version$dist.x86_64/build/Makefile"
done
rpmsign --addsign /build/cuda/*.rpm >/dev/null
createrepo_c -q /build/epel
createrepo_c -q /build/cuda
if [ "$dist" = .el9 ]; then
  # Streams as NVIDIA's genmodules.py makes them: all versions of a branch, and the modules of its newest one.
  for branch in 570 580 595; do
    newest=$(cd /build/cuda && printf '%s\n' nvidia-driver-cuda-$branch.* | sort -V | tail -n 1 | sed 's/nvidia-driver-cuda-\(.*\)-1.*/\1/')
    for kind in open dkms; do
      if [ $kind = open ]; then kmod=kmod-nvidia-open-dkms; else kmod=kmod-nvidia-latest-dkms; fi
      printf 'document: modulemd\nversion: 2\ndata:\n    name: nvidia-driver\n    stream: "%s"\n    version: 20261121000000\n    context: %s\n    arch: x86_64\n    summary: A stand-in of the lab for branch %s\n    description: >-\n        A stand-in of the lab.\n    license:\n        module:\n            - MIT\n    artifacts:\n        rpms:\n' \
        "$branch-$kind" "$(echo "$branch-$kind" | md5sum | cut -c -10)" "$branch"
      for name in nvidia-driver-cuda nvidia-driver-cuda-libs libnvidia-ml nvidia-persistenced nvidia-kmod-common; do
        for file in /build/cuda/$name-$branch.*; do printf '            - %s\n' "$name-3:$(basename "$file" .rpm | sed "s/^$name-//")"; done
      done
      printf '            - %s-3:%s-1%s.x86_64\n    profiles:\n        default:\n            rpms:\n                - nvidia-driver-cuda\n                - %s\n...\n---\n' "$kmod" "$newest" "$dist" "$kmod"
    done
  done | sed '$d' >/build/modules.yaml
  modifyrepo_c --mdtype=modules /build/modules.yaml /build/cuda/repodata >/dev/null
  rm /build/modules.yaml
fi
createrepo_c -q /build/toolkit
gpg --homedir /build/gnupg --batch --quiet --armor --detach-sign /build/toolkit/repodata/repomd.xml
rpmsign --addsign /build/docker/*.rpm >/dev/null
GNUPGHOME=/build/gnupg gpgconf --kill gpg-agent || :
rpm -K -v /build/docker/docker-ce-28.5.2-1$dist.x86_64.rpm | grep -qi signature
createrepo_c -q /build/docker
createrepo_c -q /build/base
rm -rf /build/top /build/*.spec /build/double /build/gnupg /build/build.sh
END

# Doubles of the daemon and its client: a socket, a pid, and words.
mkdir "$root/build/double"
cat >"$root/build/double/dockerd" <<'END'
#!/usr/bin/perl
# A double of Docker's daemon: it has a socket and a pid file, and does nothing.
use IO::Socket::UNIX;
if (grep { $_ eq '--help' } @ARGV) { print "a double of dockerd\n"; exit 0 }
if (grep { $_ eq '--version' } @ARGV) { print "a double of dockerd, version 0\n"; exit 0 }
unlink '/var/run/docker.sock';
my $socket = IO::Socket::UNIX->new(Local => '/var/run/docker.sock', Listen => 5) or die "no socket: $!";
open(my $pid, '>', '/var/run/docker.pid') or die "no pid file: $!";
print $pid $$;
close $pid;
$SIG{TERM} = sub { unlink '/var/run/docker.sock', '/var/run/docker.pid'; exit 0 };
while (1) { my $one = $socket->accept or next; close $one }
END
cat >"$root/build/double/docker" <<'END'
#!/bin/sh
# A double of Docker's client: it says what fitout asks, where the double of the daemon runs.
while [ "$#" -gt 0 ]; do case $1 in -H) shift 2 ;; *) break ;; esac done
[ -S /var/run/docker.sock ] && kill -0 "$(cat /var/run/docker.pid)" 2>/dev/null || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; }
case $1 in
  version) echo 28 ;;
  info) echo false ;;
esac
END

cat >"$root/build/double/dkms" <<'END'
#!/bin/sh
# A double of DKMS: its build of a stand-in is a file that says what modinfo would. `dkms autoinstall -k KERNEL`
[ "$1 $2" = 'autoinstall -k' ] && [ -e "/lib/modules/$3/build/Makefile" ] || exit 1
for source in /usr/src/nvidia-*-*; do
  [ -e "$source" ] || continue
  license=NVIDIA
  case $source in */nvidia-open-*) license='Dual MIT/GPL' ;; esac
  mkdir -p "/lib/modules/$3/extra"
  printf 'version:        %s\nlicense:        %s\n' "${source##*-}" "$license" >"/lib/modules/$3/extra/nvidia.ko"
  echo extra/nvidia.ko: >"/lib/modules/$3/modules.dep"
done
END

cp -r "$LAB_SIGNING_HOME" "$root/build/gnupg"
# shellcheck disable=SC2016 # it is expanded there, not here
unshare --mount --propagation private sh -c 'mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && exec chroot "$1" sh /build/build.sh "$2"' \
  sh "$root" "$dist"

if [ "$major" = 5 ]; then
  # As published by Fedora (fedora-release), of the fields that matter.
  cat >"$root/etc/os-release" <<'END'
NAME="Fedora Linux"
VERSION="44 (Server Edition)"
ID=fedora
VERSION_ID=44
VERSION_CODENAME=""
PRETTY_NAME="Fedora Linux 44 (Server Edition, a double on Debian)"
PLATFORM_ID="platform:f44"
END
  ln -sf dnf5 "$root/usr/bin/dnf"
  # A repository of what was fetched before, with no check of signatures: not what Fedora sets up.
  sed -i 's/^enabled *=.*/enabled = false/' "$root/etc/dnf/libdnf5-plugins/local.conf"
else
  # A repository of what was fetched before, with no check of signatures: not what Rocky sets up.
  rm -f "$root/usr/lib/python3/dist-packages/dnf-plugins/local.py"
  # As a Rocky 9.1 says it (uwufetch issue 213), with another minor version.
  cat >"$root/etc/os-release" <<'END'
NAME="Rocky Linux"
VERSION="9.6 (Blue Onyx)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.6"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Rocky Linux 9.6 (Blue Onyx, a double on Debian)"
END
fi
# dnf asks packages what release this is; there are none. The minor one, under which Docker publishes nothing.
mkdir -p "$root/etc/dnf/vars"
if [ "$major" = 5 ]; then echo 44; else echo 9.6; fi >"$root/etc/dnf/vars/releasever"
# What Debian’s packages run now and then would make it look like Debian again.
rm -f "$root/usr/bin/dpkg" "$root/usr/bin/apt"*
rm -rf "$root/var/lib/dpkg" "$root/usr/sbin/service" "$root/etc/init.d" "$root/etc/debian_version"
rm -rf "$root/var/cache/dnf" "$root/var/cache/libdnf5" "$root/var/lib/rpm" "$root/root/.rpmdb" "$root/var/log/dnf"*
chroot "$root" rpm --initdb
# What every such host has.
chroot "$root" sh -c 'rpm -i --nodeps /build/base/system-double-*.rpm /build/base/ca-certificates-*.rpm' 2>/dev/null
printf '%s\n' "$LAB_PUBLIC_KEY" >"$root/root/.ssh/authorized_keys"
chmod 0700 "$root/root/.ssh"
