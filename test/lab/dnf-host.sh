#!/bin/sh
# One host in namespaces over a root folder: `dnf-host.sh FOLDER BASE PORT`; FOLDER takes what it writes. Its network is this
# machine's; sshd listens on loopback alone. It ends with its first process.
set -eu
folder=$1
base=$2
port=$3
mkdir -p "$folder"
mount -t tmpfs -o mode=755 tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
cd "$folder/root"
mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/sshd
mount --rbind /dev dev
exec chroot . /usr/bin/tini -- /usr/sbin/sshd -D -e -p "$port" -o ListenAddress=127.0.0.1 -o PidFile=none
