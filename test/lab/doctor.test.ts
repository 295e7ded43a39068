// Machines broken on purpose, in many ways at once: each is named with the lines that show it, what only looks alike is not, and what
// `apply` is said to mend is mended by it. Real breakage, except where a name says “stand-in”.
import { beforeAll, describe, expect, test } from 'vitest'
import { startMirror, startVm, type Vm } from './index.js'
import { type Expected, found, mended } from './support/doctor.js'
import { buildCli, type Diagnosed, Fitout, fromMirror } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let vm: Vm
let fitout: Fitout

beforeAll(async () => {
  const built = await lab.with(buildCli())
  const mirror = await lab.with(startMirror())
  vm = await lab.with(startVm('debian13'))
  fitout = new Fitout(built, vm, ['--skip', 'hello-world', ...fromMirror(mirror)])
  // Logs in as itself, and sudo asks nothing.
  fitout.user = 'ops'
})

const expectFound = (expected: readonly Expected[]) => found(fitout, expected)
const expectMended = (diagnosed: Diagnosed, named: readonly string[]) => mended(fitout, diagnosed, named)

/** Shell that makes a package of nothing. */
const packageStandIn = `stand_in() {
  rm -rf /tmp/deb && mkdir -p /tmp/deb/DEBIAN
  printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: nobody\\nDescription: stand-in\\n' "$1" "$2" >/tmp/deb/DEBIAN/control
  [ "\${3-}" = '' ] || { mkdir -p "/tmp/deb\${3%/*}" && cat >"/tmp/deb$3" && chmod 755 "/tmp/deb$3"; }
  dpkg-deb -b /tmp/deb "/tmp/$1.deb" >/dev/null
}
`

const sleeper = `files=$(ldd /usr/bin/sleep | grep -o '/lib[^ ]*' | sort -u)
sleeper_image() { tar -ch -C / usr/bin/sleep $files 2>/dev/null | docker import - sleeper >/dev/null; }
`

test('a machine without Docker, prepared badly; apply makes it healthy, and there no check finds anything', async () => {
  await vm.sh(`${packageStandIn}
printf '#!/bin/sh\\nexec /usr/bin/podman "$@"\\n' | stand_in podman-docker 5.4.2+ds1-1 /usr/bin/docker
dpkg -i /tmp/podman-docker.deb
stand_in half 1 && dpkg --unpack /tmp/half.deb
echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] https://download.docker.com/linux/debian bookworm stable' >/etc/apt/sources.list.d/docker.list
apt-mark hold bash
`)
  const diagnosed = await expectFound([
    ['engine-installed', /not installed/, /neither docker-ce nor docker\.io/],
    ['podman-docker', /is Podman’s/, /dpkg: podman-docker 5\.4\.2/],
    ['half-installed', /1 package installed half-way/, /status: Package: half/],
    ['apt-sources', /another release/, /docker\.list: deb .*bookworm stable/],
  ])
  expect(diagnosed.code).toBe(1)
  await expectMended(diagnosed, ['engine-installed', 'podman-docker', 'half-installed'])
  await vm.sh('apt-mark unhold bash')
  const healthy = await expectFound([])
  console.log(
    `healthy in ${healthy.milliseconds} ms; ${healthy.healthy.length} checks, skipped: ${healthy.skipped.join(', ')}`,
  )
  expect(healthy.code).toBe(0)
  expect(healthy.healthy).toEqual(
    expect.arrayContaining(['engine-runs', 'iptables-rules', 'mtu', 'address-pools', 'storage-driver', 'stale-group']),
  )
  await vm.save('healthy')
})

describe('on a healthy machine', () => {
  test('files, packages and sessions', async () => {
    await vm.restore('healthy')
    const home = '/home/ops'
    await vm.sh(`${packageStandIn}
# Compose: an old copy before the packages' own; Buildx: a link to the packages' own, which hides nothing.
mkdir -p /usr/local/lib/docker/cli-plugins ${home}/.docker/cli-plugins
cp /usr/libexec/docker/cli-plugins/docker-compose /usr/local/lib/docker/cli-plugins/
ln -s /usr/libexec/docker/cli-plugins/docker-buildx ${home}/.docker/cli-plugins/
# Version 1 (a stand-in that says so), and a wrapper of the name that calls version 2.
printf '#!/bin/sh\\necho docker-compose version 1.29.2, build 5becea4c\\n' >/usr/local/bin/docker-compose
printf '#!/bin/sh\\nexec docker compose "$@"\\n' >/usr/bin/docker-compose
chmod 755 /usr/local/bin/docker-compose /usr/bin/docker-compose
apt-mark hold docker-ce bash
# One repository, two keys; another repository with a key of its own.
for key in one two; do cp /etc/apt/keyrings/docker.asc /usr/share/keyrings/docker-$key.asc; done
echo 'deb [signed-by=/usr/share/keyrings/docker-one.asc] https://download.docker.com/linux/debian trixie stable' >/etc/apt/sources.list.d/docker-old.list
printf 'Types: deb\\nURIs: https://download.docker.com/linux/debian/\\nSuites: trixie\\nComponents: stable\\nSigned-By: /usr/share/keyrings/docker-two.asc\\n' >/etc/apt/sources.list.d/docker-new.sources
printf 'Enabled: no\\nTypes: deb\\nURIs: https://download.docker.com/linux/debian/\\nSuites: bookworm\\nComponents: stable\\n' >/etc/apt/sources.list.d/docker-off.sources
cp /etc/apt/keyrings/docker.asc /etc/apt/trusted.gpg.d/docker.asc
# A key that apt may not read.
cp /etc/apt/keyrings/docker.asc /etc/apt/keyrings/secret.asc && chmod 600 /etc/apt/keyrings/secret.asc
echo 'deb [signed-by=/etc/apt/keyrings/secret.asc] https://packages.example.com/debian trixie main' >/etc/apt/sources.list.d/example.list
# A package that cannot stand beside Docker's (a stand-in of Ubuntu's).
stand_in docker-compose-v2 2.40.3-0ubuntu1 && dpkg -i /tmp/docker-compose-v2.deb
# The client is led elsewhere; a remark and the system's own socket are no trouble.
chown -R root: ${home}/.docker
echo 'export DOCKER_HOST=tcp://build.example.com:2375' >>${home}/.bashrc
printf '# export DOCKER_HOST=tcp://old.example.com\\nexport DOCKER_HOST=unix:///var/run/docker.sock\\n' >>${home}/.profile
mkdir -p ${home}/.config/systemd/user && touch ${home}/.config/systemd/user/docker.service # stand-in of a rootless set-up
mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\\n#Storage=none\\nStorage=volatile\\n' >/etc/systemd/journald.conf.d/small.conf
chmod 666 /var/run/docker.sock
# A session from before the membership; another user, who is no member, has one too.
gpasswd -d ops docker >/dev/null
setsid su - ops -c 'exec sleep 3600' </dev/null >/dev/null 2>&1 &
setsid su - guest -c 'exec sleep 3600' </dev/null >/dev/null 2>&1 &
sleep 3
usermod -aG docker ops
`)
    expect((await vm.sh('apt-get update', { check: false })).stderr).toContain(
      'Conflicting values set for option Signed-By',
    )
    const diagnosed = await expectFound([
      [
        'shadowed-plugins',
        /^Compose of the packages is hidden/,
        /\/usr\/local\/lib\/docker\/cli-plugins\/docker-compose/,
      ],
      ['compose-v1', /version 1/, /\/usr\/local\/bin\/docker-compose version: docker-compose version 1\.29\.2/],
      ['held-packages', /only some of Docker’s packages are held: docker-ce/, /showhold: docker-ce/],
      [
        'apt-sources',
        /download\.docker\.com\/linux\/debian name different keys/,
        /docker-old\.list: deb .*\n.*docker-new\.sources/,
      ],
      ['apt-sources', /may not read the key \/etc\/apt\/keyrings\/secret\.asc/, /-rw------- /],
      ['apt-key', /trusted\.gpg\.d\/docker\.asc/, /ls: -rw/],
      ['one-docker', /docker-compose-v2/, /dpkg: docker-compose-v2 2\.40\.3/],
      ['client-config', /does not belong to ops/, /owner 0/],
      ['docker-host', /client of ops does not ask/, /\.bashrc:\d+:export DOCKER_HOST=tcp:\/\/build/],
      ['rootless-beside', /rootless Docker beside/, /systemd\/user\/docker\.service/],
      ['journal', /in memory only/, /small\.conf:3:Storage=volatile/],
      ['socket-rights', /every user of this host/, /srw-rw-rw-/],
      ['stale-group', /of ops began before/, /sleep is not in it/],
    ])
    expect(diagnosed.code).toBe(1)
    await expectMended(diagnosed, ['held-packages', 'apt-sources', 'one-docker'])
    await vm.sh('apt-get update')
  })

  test('a daemon that runs with a bad configuration', async () => {
    await vm.restore('healthy')
    await vm.sh(`${sleeper}
sleeper_image
# A stand-in of NVIDIA's runtime, so that containers start.
printf '#!/bin/sh\\nexec runc "$@"\\n' >/usr/local/bin/nvidia-container-runtime && chmod 755 /usr/local/bin/nvidia-container-runtime
mkdir -p /etc/docker /etc/systemd/system/docker.service.d
cat >/etc/docker/daemon.json <<'END'
{
  "hosts": ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2375"],
  "storage-driver": "vfs",
  "default-runtime": "nvidia",
  "runtimes": {
    "nvidia": { "path": "/usr/local/bin/nvidia-container-runtime" },
    "gone": { "path": "/opt/gone/runtime" }
  }
}
END
# Without -H here, hosts in daemon.json contradict nothing. A minimum as Docker 29 has it: 28 knows no key for it, only this variable.
printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/dockerd --containerd=/run/containerd/containerd.sock\\nEnvironment=DOCKER_MIN_API_VERSION=1.44\\n' >/etc/systemd/system/docker.service.d/hosts.conf
systemctl daemon-reload && systemctl restart docker
sleeper_image
socket='-v /var/run/docker.sock:/var/run/docker.sock'
docker run -d --name watcher --network none $socket -e DOCKER_API_VERSION=1.40 sleeper /usr/bin/sleep infinity
# Neither one that speaks a version that is answered, nor one without the socket.
docker run -d --name new --network none $socket -e DOCKER_API_VERSION=1.44 sleeper /usr/bin/sleep infinity
docker run -d --name deaf --network none -e DOCKER_API_VERSION=1.24 sleeper /usr/bin/sleep infinity
docker run -d --name looper --network none --restart always sleeper /usr/bin/sleep 0
fallocate -l 150M "$(docker inspect --format '{{.LogPath}}' deaf)"
fallocate -l 50M "$(docker inspect --format '{{.LogPath}}' new)"
timeout 120 sh -c 'until [ "$(docker inspect --format "{{.RestartCount}}" looper)" -ge 3 ]; do sleep 1; done'
`)
    const diagnosed = await expectFound([
      ['open-tcp', /on the network, and asks nobody/, /daemon\.json:2: "hosts".*0\.0\.0\.0:2375/],
      ['storage-driver', /stored by vfs/, /Storage Driver: vfs/],
      ['storage-driver', /images of another store/, /image\/overlay2\/repositories\.json: 1 names/],
      ['default-runtime', /default runtime is nvidia/, /daemon\.json:4/],
      ['runtimes', /runtime gone is missing/, /daemon\.json:7.*\n.*command -v \/opt\/gone\/runtime/],
      [
        'client-api',
        /older API/,
        /^docker inspect watcher: sleeper asks .* 1\.40 \(DOCKER_API_VERSION\)\ndocker version: .*1\.44$/,
      ],
      ['restart-loops', /looper restarts again/, /RestartCount=\d+ ExitCode=0/],
      ['log-rotation', /grown large/, /json\.log: 150 MiB\n.*neither log-driver/],
    ])
    await expectMended(diagnosed, ['default-runtime'])
  })

  test('a network that does not suit Docker', async () => {
    await vm.restore('healthy')
    await vm.sh(`link=$(ip -o route show default | sed 's/.* dev \\([^ ]*\\).*/\\1/;q')
ip link set "$link" mtu 1400
# As a VPN's routes; the third is of nobody's concern.
ip route add 172.16.0.0/12 dev lo
ip route add 192.168.0.0/16 dev lo
ip route add 198.51.100.0/24 dev lo
rm /etc/resolv.conf && printf 'nameserver 127.0.0.1\\nsearch example.com\\n' >/etc/resolv.conf
for table in filter nat; do iptables -t $table -F && iptables -t $table -X; done
echo 0 >/proc/sys/net/ipv4/ip_forward
`)
    const diagnosed = await expectFound([
      ['mtu', /larger than \S+ lets through/, /ip route: default .*\n.*mtu: 1400\n.*bridge: MTU 1500/],
      ['address-pools', /network bridge \(172\.17\.0\.0\/16\) lies over/, /ip route: 172\.16\.0\.0\/12/],
      ['address-pools', /no address range is left/, /192\.168\.0\.0\/16/],
      ['container-dns', /no server that resolves/, /nameserver 127\.0\.0\.1/],
      ['iptables-rules', /rules of the firewall are gone/, /no chain DOCKER/],
      ['ip-forward', /does not forward/, /ip_forward: 0/],
    ])
    await expectMended(diagnosed, ['mtu', 'address-pools'])
    // What was said to be impossible is possible.
    await vm.sh('docker network create another')
  })

  test('ufw on, and rules in the other half of iptables', async () => {
    await vm.restore('healthy')
    await vm.sh(`${sleeper}
apt-get install -q -y --no-install-recommends ufw >/dev/null
sleeper_image
docker run -d --name open -p 8080:80 sleeper /usr/bin/sleep infinity
docker run -d --name shut -p 127.0.0.1:9090:90 sleeper /usr/bin/sleep infinity
ufw allow 22/tcp >/dev/null
iptables-legacy -A INPUT -s 192.0.2.0/24 -j ACCEPT
`)
    await expectFound([])
    await vm.sh('ufw --force enable; iptables-legacy -A INPUT -s 192.0.2.1 -j DROP')
    await expectFound([
      ['firewall-exposure', /past ufw/, /ENABLED=yes\ndocker inspect open: published on 0\.0\.0\.0:8080/],
      ['iptables-rules', /another program’s rules/, /iptables-legacy-save: -A INPUT -s 192\.0\.2\.1/],
    ])
  })

  test('the machine under it', async () => {
    await vm.restore('healthy')
    await vm.sh(`docker pull registry.invalid/nothing 2>/dev/null || :
fallocate -l $(($(df -B1 --output=avail / | tail -n 1) - 120000000)) /full
mount -t tmpfs -o nr_inodes=30,size=64M boot /boot
for number in $(seq 40); do touch "/boot/$number" 2>/dev/null || break; done
mount -o remount,ro /boot
mkdir -p /snap/docker && ln -s 2963 /snap/docker/current # stand-in of the snap
mv /usr/sbin/apparmor_parser /usr/sbin/apparmor_parser.away
# Stand-ins of the kernel's words: the second is of a container's own limit.
echo 'Out of memory: Killed process 4711 (java) total-vm:9000000kB' >/dev/kmsg
echo 'Memory cgroup out of memory: Killed process 4712 (node) total-vm:9000kB' >/dev/kmsg
mv "/lib/modules/$(uname -r)" /lib/modules.away
date -s '3 days ago' >/dev/null
`)
    await expectFound([
      ['disk-space', /^\/ is full: 1\d\d MiB/, /^df: \/dev\//],
      ['disk-space', /^\/boot has 0 inodes/, /^df -i: boot/],
      ['read-only', /^\/boot is mounted read-only/, /\/proc\/mounts: boot \/boot tmpfs ro/],
      ['clock', /3 days behind/, /date on the host/],
      ['kernel-modules', /modules are not on the disk/, /uname -r/],
      ['one-docker', /snap store stands beside/, /\/snap\/docker\/current -> 2963\ndpkg: docker-ce/],
      ['apparmor', /tools are missing/, /apparmor_parser: nothing/],
      ['symptoms', /too little free memory/, /^dmesg: .*Out of memory: Killed process 4711[^\n]*$/],
      ['symptoms', /does not resolve/, /journalctl -u docker: .*registry\.invalid/],
    ])
    await vm.sh('mv /lib/modules.away "/lib/modules/$(uname -r)"; rm -r /snap; umount /boot')
    // A host that is a container itself (by a stand-in of the mark that its manager leaves), and no member of docker.
    await vm.restore('healthy')
    await vm.sh('echo lxc >/run/systemd/container; gpasswd -d ops docker')
    const diagnosed = await expectFound([
      ['lxc', /LXC container/, /container: lxc\ndpkg: containerd\.io/],
      ['group-member', /ops is not in the group docker/, /id ops: uid=/],
    ])
    await vm.sh('rm /run/systemd/container')
    await expectMended(diagnosed, ['group-member'])
  })

  describe('a daemon that does not run', () => {
    const start =
      'systemctl restart docker; systemctl reset-failed docker.service; systemctl start docker.service; true'
    const config = (text: string) => `mkdir -p /etc/docker; printf '%s\\n' '${text}' >/etc/docker/daemon.json; ${start}`

    test('stopped, and not started with the machine', async () => {
      await vm.restore('healthy')
      await vm.sh('systemctl disable --now docker.service docker.socket')
      const diagnosed = await expectFound([
        ['engine-runs', /does not run/, /ActiveState=inactive Result=success/],
        ['engine-runs', /does not start with the machine/, /UnitFileState=disabled/],
      ])
      await expectMended(diagnosed, ['engine-runs', 'engine-runs'])
    })

    test('hosts twice', async () => {
      await vm.restore('healthy')
      await vm.sh(
        config(
          '{"hosts": ["unix:///var/run/docker.sock"], "runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}}',
        ),
        { check: false },
      )
      const diagnosed = await expectFound([
        [
          'daemon-flags',
          /“hosts” is in daemon\.json and/,
          /daemon\.json:1: .*\n.*docker\.service: ExecStart=\/usr\/bin\/dockerd -H fd/,
        ],
        ['engine-runs', /does not start/, /specified both as a flag/],
        ['runtimes', /runtime nvidia is missing/, /command -v nvidia-container-runtime: nothing/],
      ])
      await expectMended(diagnosed, ['daemon-flags', 'runtimes'])
      await vm.sh('docker version')
    })

    test('no JSON; a key that dockerd does not know; a default runtime that nothing describes', async () => {
      await vm.restore('healthy')
      await vm.sh(config('{\n  "log-driver": "local",,\n}'), { check: false })
      await expectFound([
        ['daemon-json', /not valid/, /^\/etc\/docker\/daemon\.json:2: "log-driver": "local",,$/],
        ['engine-runs', /does not start/, /unable to configure the Docker daemon/],
      ])
      await vm.sh(config('{"log-drivers": "local"}'), { check: false })
      await expectFound([
        ['daemon-json', /not valid/, /don't match any configuration option: log-drivers\n.*daemon\.json:1/],
        ['engine-runs', /does not start/, /unable to configure the Docker daemon/],
      ])
      await vm.sh(config('{"default-runtime": "gvisor"}'), { check: false })
      const diagnosed = await expectFound([
        ['runtimes', /gvisor is described nowhere/, /daemon\.json:1/],
        ['engine-runs', /does not start/, /gvisor/],
      ])
      await expectMended(diagnosed, ['runtimes'])
    })

    test('masked; without containerd', async () => {
      await vm.restore('healthy')
      await vm.sh('systemctl stop containerd; systemctl mask --now docker.service docker.socket')
      await expectFound([['engine-runs', /docker\.service is masked and docker\.socket is masked/, /masked/]])
      await vm.sh('systemctl unmask docker.service docker.socket; systemctl start docker; systemctl stop containerd')
      await expectFound([['engine-runs', /containerd does not run/, /ActiveState=inactive/]])
    })
  })
})
