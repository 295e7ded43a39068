# Packages of Docker's and NVIDIA's that rpm has in two versions.
# shellcheck disable=SC2016
if command -v rpm >/dev/null 2>&1; then
  about twice
  ask 0 rpm -qa --qf '%{NAME} %{ARCH} %{VERSION}-%{RELEASE}\n' 'docker-*' 'containerd*' moby-engine 'nvidia-*' 'libnvidia-*' 'kmod-nvidia-*-dkms' |
    ask 0 sort | ask 0 awk '$1 " " $2 == before { print $1, version, $3 } { before = $1 " " $2; version = $3 }' | first 40 | each twice
fi
