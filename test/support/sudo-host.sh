#!/bin/sh
# A host whose sudo is the real program: `sudo-host.sh FOLDER ROOT SUDO SHELL PASSWORD-HASH`. Its root folder is ROOT with everything that is
# written to it in memory, mounted below FOLDER for this process alone (start it by `unshare --mount --pid --fork`); `sudo` is SUDO there, and /bin/sh is SHELL.
# Says `ready`, and is gone when its standard input ends.
#
# Users: free (NOPASSWD), asked (a password), ticket (the same, and sudo remembers it for all sessions), stranger (not in sudoers), locked,
# expired. PAM counts as hosts do that lock accounts (pam_faillock), and /run/judged has every password that it was given.
set -e
folder=$1 root=$2 sudo=$3 shell=$4 hash=$5
mount -t tmpfs -o mode=755 tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
cd "$folder/root"
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t proc proc proc
mount --rbind /dev dev

# A root folder that was only unpacked has no accounts yet.
if [ ! -e etc/passwd ]; then
  for name in passwd group; do cp "usr/share/base-passwd/$name.master" "etc/$name"; done
  # A password that root is given is read.
  sed -i 's/^root:[^:]*/root:x/' etc/passwd
  (umask 077 && echo 'root:*:20000:0:99999:7:::' >etc/shadow)
fi
rm -rf etc/sudoers.d var/lib/sudo
mkdir -p var/lib/sudo home
chmod 0700 var/lib/sudo
cat >etc/sudoers <<'END'
Defaults env_reset, !lecture
Defaults secure_path="/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
free ALL=(ALL:ALL) NOPASSWD: ALL
asked ALL=(ALL:ALL) ALL
ticket ALL=(ALL:ALL) ALL
locked ALL=(ALL:ALL) ALL
expired ALL=(ALL:ALL) ALL
END
# sudo-rs knows no such setting.
case $sudo in *-rs) ;; *) echo 'Defaults:ticket timestamp_type=global' >>etc/sudoers ;; esac
chmod 0440 etc/sudoers
id=60100
for user in free asked ticket stranger locked expired; do
  id=$((id + 1))
  mark='' end=''
  if [ "$user" = locked ]; then mark='!'; fi
  if [ "$user" = expired ]; then end=1; fi
  echo "$user:x:$id:$id::/home/$user:/bin/sh" >>etc/passwd
  echo "$user:x:$id:" >>etc/group
  echo "$user:$mark$hash:20000:0:99999:7::$end:" >>etc/shadow
  mkdir -m 0700 "home/$user"
  chown "$id:$id" "home/$user"
done
# Nobody waits for who this host is, nor after a wrong password.
echo "127.0.0.1 localhost $(uname -n)" >etc/hosts
cat >etc/pam.d/sudo <<'END'
auth requisite pam_faillock.so preauth dir=/run/faillock deny=100 nodelay
auth [success=3 default=ignore] pam_unix.so nodelay
auth optional pam_exec.so quiet expose_authtok /opt/judged
auth [default=ignore] pam_faillock.so authfail dir=/run/faillock deny=100 nodelay
auth requisite pam_deny.so
auth optional pam_exec.so quiet expose_authtok /opt/judged
auth required pam_faillock.so authsucc dir=/run/faillock deny=100 nodelay
account required pam_unix.so
session required pam_permit.so
END
# Its includes are made by scripts of packages.
rm -f etc/pam.d/other
mkdir -p opt usr/local/bin
printf '#!/bin/sh\n{ tr "\\000" "\\n"; echo; } >>/run/judged\n' >opt/judged
chmod 0755 opt/judged
: >run/judged
chmod 0666 run/judged

ln -sf "$shell" bin/sh
if [ "$sudo" != /usr/bin/sudo ]; then
  ln -sf "$sudo" usr/local/bin/sudo
  # What its package does once it is unpacked.
  chroot . chmod 4755 "$sudo"
fi
exec chroot . /bin/cat /proc/self/fd/9 - 9<<'END'
ready
END
