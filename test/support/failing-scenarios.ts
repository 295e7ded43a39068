import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dockerRpmFingerprint } from '../../recipes/docker/repository.js'
import { recipes } from '../../recipes/index.js'
import { stepsOf } from '../../src/plan/script.js'
import { choose } from '../../src/recipe/choose.js'
import { type FactsFile, planFromFacts } from '../../src/run/look.js'
import type { Doubles, Scenario } from './failing-commands.js'
import { withModules } from './private-root.js'

const sum = (text: string) => createHash('sha256').update(text).digest('hex')

/** What hosts have and a test must not use, in few words: each keeps its state below /run. */
const doubles: Doubles = {
  systemctl: `verb=$1
shift
while :; do case \${1-} in --*) shift ;; *) break ;; esac; done
case $verb in
  is-active) for unit; do if [ ! -e "/run/up/$unit" ]; then echo inactive; exit 3; fi; done; echo active ;;
  is-enabled) if [ -e "/run/enabled/$1" ]; then echo enabled; else echo disabled; exit 1; fi ;;
  is-failed) [ -e "/run/failed/$1" ] ;;
  start | restart)
    if [ -e /run/broken ]; then mkdir -p /run/failed; touch "/run/failed/$1"; echo "Job for $1 failed" >&2; exit 1; fi
    mkdir -p /run/up; touch "/run/up/$1" ;;
  stop) for unit; do rm -f "/run/up/$unit"; done ;;
  reload) : >/run/reloaded ;;
  enable) [ -e /run/unchangeable ] || { mkdir -p /run/enabled; for unit; do touch "/run/enabled/$unit"; done; } ;;
  disable) [ -e /run/unchangeable ] || rm -f "/run/enabled/$1"; rm -f "/run/up/$1" ;;
  show)
    if [ -e "/run/enabled/$1" ]; then echo UnitFileState=enabled; else echo UnitFileState=disabled; fi
    echo 'ExecStart={ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// $DOCKER_OPTS ; ignore_errors=no ; pid=0 }' ;;
esac`,
  journalctl: `case $* in *show-cursor*) echo '-- cursor: s=1' ;; *) echo 'dockerd says why' ;; esac`,
  docker: `case $* in
  *version*) [ -e /run/up/docker.service ] || [ -e /run/answers ] ;;
  *SystemTime*) echo now ;;
  *events*) [ -e /run/refuses ] || [ ! -e /run/reloaded ] || echo reload ;;
  *Runtimes*) cat /run/runtimes ;;
  *LiveRestoreEnabled*) if [ -e /run/live ]; then echo true; else echo false; fi ;;
  *"ps -aq"* | *"images -aq"*) echo one ;;
  *"volume ls"*) if [ -e /run/lost ]; then echo other; else echo things; fi ;;
  *"ps -q"*) [ ! -e /run/containers ] || cat /run/containers ;;
esac`,
  dockerd: `case $* in *--help*) echo '  --validate' ;; *--validate*) [ ! -e /run/refuses ] || { echo 'bad value' >&2; exit 1; } ;; esac`,
  service: `touch /run/answers; mkdir -p /run/up`,
  'apt-get': `case $* in *gone*) if [ ! -e /run/updated ]; then echo 'E: Failed to fetch x' >&2; exit 100; fi ;; *update*) touch /run/updated ;; esac`,
  'apt-mark': `verb=$1
shift
mkdir -p /run/held /run/marked
for name; do
  case $verb in
    hold) touch "/run/held/$name" ;;
    unhold) rm -f "/run/held/$name" ;;
    auto) touch "/run/marked/$name" ;;
    manual) rm -f "/run/marked/$name" ;;
  esac
done
case $verb in showauto) ls /run/marked ;; esac`,
  dpkg: `case $* in
  *--print-architecture*) echo amd64 ;;
  *--purge*) touch /run/purged; rm -f "$(readlink -f /etc/docker/daemon.json)" ;;
esac`,
  'dpkg-query': `case $* in
  *nvidia-docker2*) if [ ! -e /run/purged ] && [ -e /etc/docker/daemon.json ] && [ ! -e /etc/docker/daemon.json.fitout-kept ]; then printf config-files; else exit 1; fi ;;
  *db:Status-Eflag*) if [ -e /run/asked ]; then echo 'a hold ok installed 1'; else touch /run/asked; echo 'a hold reinstreq half-installed 1'; fi ;;
  *'-f=\${db:Status-Want}\\n'*) for name; do :; done; if [ -e "/run/held/$name" ]; then echo hold; else echo install; fi ;;
  *db:Status-Want*) echo 'a 1 installed install' ;;
  *) printf installed ;;
esac`,
  'apt-cache': `echo ' a | 1 | http://m Packages'`,
  dnf: `case $* in
  *"--assumeno"*" z"* | *"--assumeno"*shell*) printf 'Removing:\\n z x86_64 1\\nTransaction Summary\\nOperation aborted.\\n'; exit 1 ;;
  *"--assumeno"*) echo 'Operation aborted.'; exit 1 ;;
  *"module enable"*) mkdir -p /etc/dnf/modules.d; printf '[m]\\nstate=enabled\\nstream=new\\n' >/etc/dnf/modules.d/m.module ;;
  *"module disable"*) printf '[m]\\nstate=disabled\\n' >/etc/dnf/modules.d/m.module ;;
  *"module reset"*) rm -f /etc/dnf/modules.d/m.module ;;
  *"versionlock add"*) mkdir -p /etc/dnf/plugins; printf '%s-0:1-1.*\\n' \${*##* add } >>/etc/dnf/plugins/versionlock.list ;;
  *"versionlock delete"*) rm -f /etc/dnf/plugins/versionlock.list ;;
  *--action=* | *' shell '* | *' remove '* | *' install '*) case $* in *--action=* | *' shell '* | *' remove '*) touch /run/z-gone ;; esac; touch /run/dnf-did ;;
esac`,
  rpm: `case $* in
  "-q gpg-pubkey-"*) [ ! -e /run/distrusted ] ;;
  "-e --allmatches"*) touch /run/distrusted ;;
  *gpg-pubkey\\ --qf*) if [ -e /run/imported ]; then echo gpg-pubkey-621e9f35-5e3a; fi ;;
  *"-q z"*) [ ! -e /run/z-gone ] ;;
  *-qa*INSTALLTID*) if [ -e /run/older-gone ]; then echo 'a noarch 2 a-2.noarch'; else printf 'a noarch 1 a-1.noarch\\na noarch 2 a-2.noarch\\n'; fi ;;
  "-e a-1"*) touch /run/older-gone ;;
  *_rpmlock_path*) echo /run/rpm.lock ;;
  *whatprovides*) [ -e /run/dnf-did ] ;;
  "-qa --qf %{NAME}\\n%{NAME}-"*) if [ -e /run/dnf-did ]; then printf 'a\\na-1\\nb\\nb-0:2\\n'; fi ;;
  *"-qa"*NAME*EVR*) printf 'a\\na-1\\nb\\nb-0:2\\n' ;;
  *_arch*) echo x86_64 ;;
esac`,
  rpmkeys: 'touch /run/imported',
  gpg: `printf 'pub:x\\nfpr:::::::::${dockerRpmFingerprint}:\\n'`,
  curl: `out=
while [ "$#" -gt 1 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
case $1 in *.sha256) printf '%s\\n' ${sum('binary')} >"$out" ;; *) printf binary >"$out" ;; esac`,
  'apt-helper': 'printf binary >"$3"',
  dkms: `mkdir -p /run/built; echo 'updates/dkms/nvidia.ko.xz: x' >"/lib/modules/$3/modules.dep"`,
  modinfo: `printf 'filename: x\\nversion: 580.1\\nlicense: NVIDIA\\n'`,
  modprobe: `if [ "$1" = -c ]; then echo 'blacklist nouveau'; exit; fi
if [ -d "/sys/module/$1" ]; then exit; fi
mkdir -p "/sys/module/$1"
if [ "$1" = nvidia ]; then mkdir -p /proc/driver/nvidia; echo 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.1  Tue' >/proc/driver/nvidia/version; fi`,
  rmmod: `rm -r "/sys/module/$1"; if [ "$1" = nvidia ]; then rm -f /proc/driver/nvidia/version; fi`,
  dmesg: 'echo NVRM: why',
  grubby: 'echo /boot/vmlinuz-kernel-1',
  uname: 'echo kernel-1',
  'update-initramfs': ':',
  dracut: ':',
  setsid: 'touch /run/answers',
}

/** What is started in the background has ended before anybody asks whether Docker runs: which of the two comes first is left to no chance. */
const startsByHand = 'docker_runs() { wait; [ -e /run/answers ]; }'

const systemd = 'mkdir -p /run/systemd/system /run/up\n'
const up = `${systemd}touch /run/up/docker.service\n`
/** Users and groups of its own, which the real programs change. */
const people = `for name in passwd group; do rm "/etc/$name"; done
printf 'root:x:0:0::/root:/bin/sh\\ndev:x:1000:1000::/home/dev:/bin/sh\\n' >/etc/passwd
printf 'root:x:0:\\ndev:x:1000:\\nold:x:900:dev\\nempty:x:901:\\n' >/etc/group
printf 'passwd: files\\ngroup: files [SUCCESS=return] nosuch\\n' >/run/nsswitch; rm -f /etc/nsswitch.conf; mv /run/nsswitch /etc/nsswitch.conf
: >/etc/login.defs
`
const fresh = 'mkdir -p /var/lib/apt/lists; touch /var/lib/apt/lists/x_Packages\n'
const stores = `mkdir -p /var/lib/docker/volumes /var/lib/containerd; echo kept >/var/lib/docker/volumes/file; ln -s file /var/lib/docker/volumes/link; echo blob >/var/lib/containerd/blob\n`
const daemonJson = (text: string) => `mkdir -p /etc/docker; printf '%s' '${text}' >/etc/docker/daemon.json\n`
/** This run wrote a new daemon.json. */
const written = `${daemonJson('old')}put_file /etc/docker/daemon.json 0644 ${sum('old')} ${sum('new\n')} <<'E'\nnew\nE\n`
const gpu = `${withModules}for folder in /proc/driver /sys/module /sys/bus /boot /lib/modules; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p /run/dev /lib/modules/kernel-1/build; : >/lib/modules/kernel-1/build/Makefile; : >/run/dev/null; mount --bind /dev/null /run/dev/null; mount --bind /run/dev /dev
`
const onDisk = `printf 'updates/dkms/nvidia.ko.xz: x\\n' >/lib/modules/kernel-1/modules.dep; : >/boot/vmlinuz-kernel-1\n`
const loaded = `mkdir -p /proc/driver/nvidia /sys/module/nvidia/holders; echo 0 >/sys/module/nvidia/refcnt
echo 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.1  Tue' >/proc/driver/nvidia/version\n`

const locked = `mkdir -p /etc/dnf/plugins; echo 'a-0:1-1.*' >/etc/dnf/plugins/versionlock.list\n`

type Given = Omit<Scenario, 'doubles'> & { doubles?: Doubles }

/** Each function of the preludes, with what makes it call what it can call. */
const given: Given[] = [
  { name: 'take_lock', body: 'take_lock' },
  { name: 'take_lock, an old one', given: 'mkdir -p /run/fitout; echo "1 2 /x" >/run/fitout/lock', body: 'take_lock' },
  {
    name: 'take_lock that is held',
    given: 'mkdir -p /run/fitout; exec 8>/run/fitout/guard; flock 8; sleep() { :; }',
    body: 'take_lock',
    ends: 1,
  },
  {
    name: 'sweep_leftovers',
    given: `cd /var/lib/fitout/runs; mkdir old .new-1-1; echo /etc/f.fitout-new >old/writing; : >/etc/f.fitout-new; cd /`,
    body: 'sweep_leftovers',
  },
  { name: 'step', body: 'step 1 2 One\nstep 2 2 Two' },
  { name: 'put_file, new', body: `put_file /etc/a/f 0640 absent ${sum('new\n')} <<'E'\nnew\nE` },
  {
    name: 'put_file, behind a link',
    given: 'printf old >/etc/real; ln -s real /etc/f',
    body: `put_file /etc/f 0644 ${sum('old')} ${sum('new\n')} <<'E'\nnew\nE`,
  },
  {
    name: 'put_own_file',
    given: 'printf old >/etc/f; chmod 0666 /etc/f',
    body: `put_own_file /etc/f ${sum('old')} ${sum('new\n')} <<'E'\nnew\nE`,
  },
  {
    name: 'need_roots_folder, behind a link',
    given: 'mkdir -p /etc/a/b; ln -s a /etc/l',
    body: 'need_roots_folder /etc/l/b/f',
  },
  {
    name: 'need_roots_folder, of another',
    given: 'mkdir /etc/a; chown 1000 /etc/a',
    body: 'need_roots_folder /etc/a/f',
    ends: 1,
  },
  {
    name: 'roots_program',
    given: 'printf x >/etc/f; chmod 0777 /etc/f',
    body: 'roots_program dockerd\nif roots_program /etc/f; then exit 3; fi\nif roots_program /etc/none; then exit 3; fi',
    says: true,
  },
  {
    name: 'docker_daemon',
    given: `cp "$(readlink -f /bin/sleep)" /run/dockerd; /run/dockerd 60 & started=$!; echo "$started" >/run/docker.pid
while [ "$(readlink "/proc/$started/exe")" != /run/dockerd ]; do :; done; trap 'kill "$started"' EXIT`,
    body: 'docker_daemon\n[ "$daemon" = /run/dockerd ]',
  },
  { name: 'process_runs', body: 'process_runs $$\nif process_runs 4194304999; then exit 3; fi' },
  { name: 'drop_file', given: 'printf old >/etc/f', body: `drop_file /etc/f ${sum('old')}` },
  { name: 'drop_folder', given: 'mkdir /etc/d', body: 'drop_folder /etc/d' },
  {
    name: 'bring_back',
    given: 'printf new >/etc/f; printf old >/var/lib/kept',
    body: `bring_back /etc/f ${sum('new')} /var/lib/kept ${sum('old')}`,
  },
  { name: 'put_back', given: written, body: 'put_back /etc/docker/daemon.json' },
  { name: 'restore_kept', given: 'printf x >/etc/f.fitout-kept', body: 'restore_kept /etc/f' },
  {
    name: 'disown_conffile',
    given: daemonJson('mine'),
    body: 'disown_conffile /etc/docker/daemon.json nvidia-docker2',
  },
  {
    name: 'disown_conffile, behind a link',
    given: 'mkdir /etc/docker; printf mine >/etc/real; ln -s ../real /etc/docker/daemon.json',
    body: 'disown_conffile /etc/docker/daemon.json nvidia-docker2',
  },
  { name: 'make_group', body: 'make_group docker\nmake_group docker' },
  { name: 'join_group', body: 'join_group dev empty\njoin_group dev empty' },
  { name: 'leave_group', body: 'leave_group dev old\nleave_group dev old' },
  { name: 'drop_group', body: 'drop_group empty' },
  { name: 'note_service', given: systemd, body: 'note_service docker.service x.service' },
  { name: 'note_service without systemd', body: 'note_service docker.service' },
  { name: 'service_as, enabled', given: systemd, body: 'service_as x.service enabled active' },
  {
    name: 'service_as, disabled',
    given: `${systemd}mkdir -p /run/enabled; touch /run/enabled/x.service /run/up/x.service`,
    body: 'service_as x.service disabled inactive',
  },
  {
    name: 'service_as that does not start',
    given: `${systemd}touch /run/broken`,
    body: 'service_as x.service disabled active',
    ends: 1,
  },
  {
    name: 'service_as that cannot be enabled',
    given: `${systemd}touch /run/unchangeable`,
    body: 'service_as x.service enabled active',
    ends: 1,
  },
  {
    name: 'service_as that stays enabled',
    given: `${systemd}mkdir -p /run/enabled; touch /run/enabled/x.service /run/unchangeable`,
    body: 'service_as x.service disabled inactive',
    ends: 1,
  },
  {
    name: 'service_as without systemd',
    body: 'service_as docker.service unknown inactive\nservice_as x.service unknown active',
  },
  {
    name: 'start_unit without systemd',
    given: "mkdir -p /etc/init.d; printf '#!/bin/sh\\n' >/etc/init.d/x; chmod 755 /etc/init.d/x",
    body: 'start_unit x.service restart\nstart_unit y.service',
  },
  {
    name: 'start_unit without systemd, with a log',
    given: `mkdir -p /etc/init.d; printf '#!/bin/sh\\necho why >>/var/log/x.log; exit 1\\n' >/etc/init.d/x; chmod 755 /etc/init.d/x; echo old >/var/log/x.log`,
    body: 'start_unit x.service',
    ends: 1,
  },
  {
    name: 'mark_packages',
    given: 'mkdir /run/marked; touch /run/marked/b',
    body: 'mark_packages auto a\nmark_packages manual b',
  },
  { name: 'refresh_index, fresh', given: fresh, body: 'refresh_index /etc/a' },
  { name: 'refresh_index, stale', body: 'refresh_index /etc/a' },
  { name: 'sources_read', body: 'sources_read /etc/a' },
  { name: 'finish_interrupted', body: 'finish_interrupted' },
  { name: 'install_packages', given: systemd, body: 'packages_before\ninstall_packages a\npackages_after' },
  ...['packages', 'dnf'].flatMap((kind): Given[] => {
    const before = `PATH=/run/doubles:$PATH\n${kind}_before\nsed -i 's/^a 1/a 0/; $s/$/0/' "$run/packages.before"\n`
    return [
      { name: `${kind}_after`, given: before, body: `${kind}_after` },
      { name: `${kind}_after, at the end`, given: before, body: 'fail stop', ends: 1 },
    ]
  }),
  { name: 'install_packages, gone from the index', says: true, body: 'install_packages gone' },
  {
    name: 'lift_holds',
    given: 'mkdir /run/held; touch /run/held/a',
    body: 'take_lock\npackages_before\nlift_holds a\nhold_packages a\nholds_settled\npackages_after',
  },
  {
    name: 'hold_left',
    given: 'mkdir -p /var/lib/fitout; echo a >/var/lib/fitout/lifted-holds',
    body: 'hold_left',
  },
  {
    name: 'dnf_hold_left',
    given: 'mkdir -p /var/lib/fitout; echo a >/var/lib/fitout/lifted-holds',
    body: 'dnf_hold_left',
  },
  { name: 'lift_holds, cut off', body: 'take_lock\npackages_before\nlift_holds a\nfail stop', ends: 1 },
  ...['start', 'restart', 'reload', 'check'].map((mode) => ({
    name: `bring_up_docker ${mode}`,
    given: mode === 'start' ? systemd : up,
    body: `bring_up_docker ${mode}`,
  })),
  {
    name: 'bring_up_docker with a runtime',
    given: `${up}${written}echo ' nvidia runc default=nvidia' >/run/runtimes`,
    doubles: { 'nvidia-container-runtime': ':' },
    body: 'bring_up_docker restart nvidia nvidia-container-runtime default',
  },
  {
    name: 'bring_up_docker with a runtime that a reload does not bring',
    given: `${up}${written}echo ' runc default=runc' >/run/runtimes`,
    doubles: { 'nvidia-container-runtime': ':' },
    body: 'bring_up_docker reload nvidia nvidia-container-runtime default',
    ends: 1,
  },
  {
    name: 'bring_up_docker with a runtime that is not there',
    given: `${up}${written}echo ' nvidia default=nvidia' >/run/runtimes`,
    body: 'bring_up_docker start nvidia nowhere',
    ends: 1,
  },
  { name: 'bring_up_docker, broken', given: `${systemd}touch /run/broken`, body: 'bring_up_docker start', ends: 1 },
  {
    name: 'bring_up_docker, rolled back',
    given: `${systemd}${written}touch /run/broken`,
    body: 'bring_up_docker restart',
    ends: 1,
  },
  {
    name: 'bring_up_docker, not taken over',
    given: `${up}${written}touch /run/refuses`,
    body: 'bring_up_docker reload',
    ends: 1,
  },
  {
    name: 'bring_up_docker, refused',
    given: `${systemd}${written}touch /run/refuses`,
    body: 'bring_up_docker start',
    ends: 1,
  },
  {
    name: 'bring_up_docker without an init',
    body: 'bring_up_docker start\nwait',
    given: startsByHand,
  },
  {
    name: 'restart_docker by an init script',
    given: `mkdir -p /etc/init.d; touch /etc/init.d/docker; chmod 0755 /etc/init.d/docker; ${startsByHand}`,
    body: 'start_docker',
  },
  { name: 'docker_log', given: `docker_runs() { :; }\necho $$ >/var/run/docker.pid`, body: 'docker_log' },
  { name: 'stop_docker', given: up, body: 'stop_docker' },
  {
    name: 'move_docker_data',
    given: `${up}touch /run/up/containerd.service
${stores}`,
    body: `move_docker_data /var/lib/docker /var/lib/elsewhere /var/lib/containerd /var/lib/elsewhere/containerd/daemon
[ "$(cat /var/lib/elsewhere/volumes/file /var/lib/elsewhere/containerd/daemon/blob)" = "$(printf 'kept\nblob')" ]
[ ! -e /var/lib/elsewhere/.fitout-copying ] && [ ! -e /var/lib/elsewhere/containerd/daemon/.fitout-copying ]
bring_up_docker restart`,
    says: true,
  },
  {
    name: 'move_docker_data that was cut off',
    given: `${up}${stores}mkdir -p /var/lib/elsewhere; touch /var/lib/elsewhere/.fitout-copying /var/lib/elsewhere/stray`,
    body: 'move_docker_data /var/lib/docker /var/lib/elsewhere\n[ ! -e /var/lib/elsewhere/stray ]',
    says: true,
  },
  {
    name: 'move_docker_data, something in the way',
    given: `${up}${stores}mkdir -p /var/lib/elsewhere; touch /var/lib/elsewhere/mine`,
    body: 'move_docker_data /var/lib/docker /var/lib/elsewhere',
    ends: 1,
  },
  {
    name: 'move_docker_data, containers that outlive Docker',
    given: `${up}${stores}touch /run/live; echo one >/run/containers`,
    body: 'move_docker_data /var/lib/docker /var/lib/elsewhere',
    ends: 1,
  },
  {
    name: 'refuse_loss',
    given: `${up}touch /run/lost`,
    body: `${written}docker_lists >"$run/docker-had"
printf 'one\\nthings\\n' >"$run/docker-had"
bring_up_docker restart`,
    ends: 1,
  },
  {
    name: 'engine_is_there',
    given: 'printf old >/etc/f',
    body: `if engine_is_there /etc/f ${sum('old')}; then :; fi\nif engine_is_there /etc/f ${sum('new')}; then exit 3; fi`,
  },
  {
    name: 'retire_unit',
    given: `${systemd}touch /run/up/x.service; printf x >/etc/x.service`,
    body: `retire_unit /etc/x.service ${sum('x')}\nretire_unit /etc/x.service ${sum('x')}`,
  },
  {
    name: 'note_containers and end_engine',
    given: `${up}echo c0ffee >/run/containers`,
    body: 'note_containers\nrm /run/up/docker.service\nend_engine',
  },
  { name: 'end_engine without systemd', body: 'end_engine' },
  { name: 'end_engine that still runs', given: up, body: 'end_engine', ends: 1 },
  { name: 'check_daemon_json', body: "check_daemon_json -H fd:// <<'E'\n{}\nE" },
  { name: 'refuse_if_stopping', given: `${up}echo c0ffee >/run/containers`, body: 'refuse_if_stopping c0ffee' },
  { name: 'put_binary', body: `put_binary /usr/local/lib/x/compose https://m/compose https://m/compose.sha256` },
  {
    name: 'put_binary by apt',
    lacks: ['curl'],
    // Called by its path, it goes through the gate as well.
    given: `printf '#!/bin/sh\\nexec apt-helper "$@"\\n' >/run/helper; chmod 0755 /run/helper; mount --bind /run/helper /usr/lib/apt/apt-helper`,
    body: `put_binary /usr/local/lib/x/compose https://m/compose ${sum('binary')}`,
  },
  { name: 'dkms_built', given: gpu, body: `dkms_built proprietary '' kernel-1` },
  {
    name: 'load_nvidia',
    given: `${gpu}${onDisk}${systemd}`,
    body: `load_nvidia proprietary 580.1 nvidia-persistenced`,
  },
  {
    name: 'load_nvidia in place of another',
    given: `${gpu}${onDisk}${loaded}${systemd}touch /run/up/nvidia-persistenced.service`,
    body: 'load_nvidia proprietary 580.1',
  },
  {
    name: 'load_nvidia after a reboot',
    given: `${gpu}${onDisk}${loaded}echo 5 >/sys/module/nvidia/refcnt`,
    body: 'load_nvidia proprietary 580.1',
  },
  {
    name: 'load_nvidia after a reboot by grub',
    given: `${gpu}${onDisk}${loaded}echo 5 >/sys/module/nvidia/refcnt; mkdir /boot/grub
printf "menuentry 'A' --class x \\$menuentry_id_option 'a' {\\n linux /boot/vmlinuz-kernel-1 ro\\n}\\n" >/boot/grub/grub.cfg; echo x >/boot/grub/grubenv`,
    body: 'load_nvidia proprietary 580.1',
  },
  {
    name: 'the kernel does not take the driver',
    given: `${gpu}${onDisk}`,
    doubles: { modprobe: 'echo "modprobe: ERROR: could not insert \'nvidia\': No such device" >&2; exit 1' },
    body: 'load_nvidia proprietary 580.1',
    ends: 1,
  },
  {
    name: 'a reboot into a kernel without the driver',
    given: `${gpu}: >/boot/vmlinuz-kernel-1`,
    body: 'check_next_boot open 580.1',
    ends: 1,
  },
  {
    name: 'a reboot that nouveau would use',
    given: `${gpu}${onDisk}echo kernel/nouveau.ko: >>/lib/modules/kernel-1/modules.dep`,
    doubles: { modprobe: ':' },
    body: 'check_next_boot proprietary 580.1',
    ends: 1,
  },
  { name: 'trust_rpm_key', body: `printf x >/etc/key\ntrust_rpm_key /etc/key ${dockerRpmFingerprint} ${sum('x')}` },
  { name: 'distrust_rpm_key', body: 'distrust_rpm_key gpg-pubkey-621e9f35-5e3a' },
  {
    name: 'dnf_install',
    given: `${systemd}${locked}`,
    body: 'take_lock\ndnf_before\ndnf_lift a\ndnf_install repo z a b-2\ndnf_hold a\nlifted=\ndnf_after',
  },
  { name: 'dnf_install, cut off', body: 'take_lock\ndnf_before\ndnf_lift a\nfail stop', ends: 1 },
  {
    name: 'dnf_finish',
    given: `mkdir -p /var/lib/fitout/runs/old; echo 'a 1' >/var/lib/fitout/runs/old/packages.before
printf 'begun 5 /var/lib/fitout/runs/old\\ninstall a\\ngoing z\\n' >/var/lib/fitout/open-transaction`,
    body: 'dnf_finish a b',
  },
  { name: 'dnf_finish, nothing there', body: 'dnf_finish' },
  { name: 'dnf_exchange', body: 'dnf_exchange repo z z a' },
  {
    name: 'dnf_exchange by dnf 5',
    given: 'ln -s /run/doubles/dnf /run/doubles/dnf5; is_dnf_five() { :; }',
    body: 'dnf_exchange repo z z a',
  },
  { name: 'dnf_remove', body: 'dnf_remove z z' },
  { name: 'dnf_stream', body: 'dnf_stream m new repo\ndnf_stream m disabled' },
]

/** The commands that a step begins its lines with: steps that differ in names and texts only are of one shape. */
function shapeOf(script: string): string {
  const withoutTexts = script.replaceAll(/<<'(\w+)'\n[\s\S]*?^\1$/gm, '').replaceAll(/'(?:[^']|'\\'')*'/g, "''")
  return withoutTexts
    .split('\n')
    .map((line) => line.trim().split(' ')[0])
    .join(' ')
}

/** Steps that end where a machine is assumed instead of seen, or is not the one that was recorded. */
const refusing = [/^Load the NVIDIA driver/, /^Add .* to .*’s archive$/, /^Enable the memory cgroup/]

/** One step of each shape of the plans of all recorded machines, as it is. */
function steps(): Given[] {
  const folder = new URL('../facts/', import.meta.url)
  const shapes = new Map<string, Given>()
  for (const file of readdirSync(folder)) {
    const recorded: FactsFile = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
    for (const set of [
      ['docker-daemon.config.log-driver=local'],
      ['docker-engine.plugins=release', 'docker-engine.hold=true', 'docker-group.users=dev'],
    ]) {
      let plan: ReturnType<typeof planFromFacts>
      try {
        plan = planFromFacts(recorded, choose(recipes, { set }))
      } catch {
        // Not every recipe is for every machine.
        continue
      }
      for (const { title, script } of stepsOf(plan.changes)) {
        const shape = shapeOf(script)
        if (!shapes.has(shape))
          shapes.set(shape, {
            name: `${file}: ${title}`,
            given: `${fresh}${systemd}`,
            body: script,
            ends: refusing.some((one) => one.test(title)) ? 1 : 0,
          })
      }
    }
  }
  return [...shapes.values()]
}

export const scenarios: Scenario[] = [...given, ...steps()].map((one) => ({
  ...one,
  given: `${people}${one.given ?? ''}`,
  doubles: { ...doubles, ...one.doubles },
}))
