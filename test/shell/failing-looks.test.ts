// Each program that a look of the doctor's calls is made to fail: its words reach the doctor's result, nothing is found because of it, and
// nothing that is wrong is called healthy.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as dockers from '../../recipes/docker/looks/index.js'
import { dockerUnit } from '../../recipes/docker/unit.js'
import { recipes } from '../../recipes/index.js'
import nvidiaLook from '../../recipes/nvidia/look.sh'
import { dockerToolkit } from '../../recipes/nvidia-container-toolkit/docker-toolkit.js'
import { configLook } from '../../recipes/nvidia-container-toolkit/reload.js'
import type { Check, Examined } from '../../src/doctor/check.js'
import { type Answers, allChecks, answersOf, judgedAll, lookScript } from '../../src/doctor/examine.js'
import * as everyHosts from '../../src/doctor/looks/index.js'
import { failedCommands } from '../../src/shell/frame.js'
import { FailingCommands, type Scenario, wordsOf } from '../support/failing-commands.js'
import { canBePrivate } from '../support/private-root.js'
import { shells } from '../support/shells.js'
import { someFacts } from '../unit/cli/stand-in.js'

const checks = allChecks(recipes)
const toolkitLook = `${dockerUnit}\n${dockerToolkit(false).inspect}`
const looks = new Map(Object.entries({ ...everyHosts, ...dockers, nvidiaLook, toolkitLook, configLook }))
const nonce = '0123456789abcdef01234567'
const installed = { version: '1', state: 'installed', held: false } as const

/** A person who became root by sudo: everything of theirs is read as that person. */
const examined: Examined = {
  facts: {
    ...someFacts,
    packages: { 'docker-ce': { ...installed, version: '5:28.5.2-1' }, 'docker-ce-cli': installed },
    login: { user: 'root', uid: 0, home: '/root', sudoUser: 'nobody' },
    docker: { client: '/usr/bin/docker', snap: false, shadowingPlugins: [] },
  },
  now: new Date(someFacts.clock * 1000),
  person: 'nobody',
}
const withDnf: Examined = { ...examined, facts: { ...examined.facts, packageManager: 'dnf' } }

/** A machine on which much is wrong, so that every look has something to tell. Doubles stand for programs that would ask this machine. */
const doubles: Record<string, string> = {
  systemctl: `case "$*" in
  *list-units*) echo 'broken.service loaded failed failed Broken' ;;
  *Result*--value*) echo exit-code ;;
  *is-active*docker.service* | *is-active*firewalld*) exit 0 ;;
  *is-active*) exit 3 ;;
  *UnitFileState*--value*) echo enabled ;;
  *InvocationID*--value*) echo 0123456789abcdef ;;
  'show docker.service -p ExecStart') echo 'ExecStart={ argv[]=dockerd --containerd=/run/containerd/containerd.sock ; ignore_errors=no ; }' ;;
  'show containerd.service -p ExecStart') echo 'ExecStart={ argv[]=containerd ; ignore_errors=no ; }' ;;
  'show docker.service -p Requires'*) echo sysinit.target ;;
  *docker.service*docker.socket*) printf 'Id=docker.service\\nLoadState=loaded\\nActiveState=active\\nResult=success\\nUnitFileState=disabled\\nExecStart={ argv[]=/usr/bin/dockerd -H tcp://0.0.0.0:2375 ; x }\\n' ;;
esac`,
  docker: `case "$1 $2" in
  'version '*) echo '28.5.2 1.44' ;;
  'info '*) echo '{"Driver":"vfs","DefaultRuntime":"nvidia","Warnings":["WARNING: No swap limit support"]}' ;;
  'ps '*) echo 0123456789ab ;;
  'container inspect') echo 'container /loop x restarting 2026-09-21T14:13:10Z 9 1 always json-file sock=yes api=1.24 ports=0.0.0.0:80,' ;;
  'network ls') echo 0123456789ab ;;
  'network inspect') echo 'network bridge 0123456789abcdef bridge=docker0 mtu= subnets=172.17.0.0/16,' ;;
esac`,
  dockerd: `echo 'unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid configuration option: x' >&2; exit 1`,
  journalctl: `echo '2026-09-21T14:13:10+0000 host dockerd[1]: level=error msg="failed to start: no space left on device"'`,
  dmesg: `echo '[ 1.0] NVRM: API mismatch: the client has the version 1'`,
  ip: `printf 'default via 192.0.2.1 dev eth9 mtu 1400\\n172.17.0.0/16 via 192.0.2.1 dev eth9\\n'`,
  iptables: `echo 'iptables v1.8.11 (nf_tables)'`,
  'iptables-legacy-save': `echo '-A INPUT -j DROP'`,
  'iptables-nft-save': `echo ':DOCKER - [0:0]'`,
  dpkg: `printf 'docker-ce\\thold\\n'`,
  'dpkg-query': 'case $1 in -S) ;; *) printf installed ;; esac',
  'apt-config': `echo 'APT::Periodic::Unattended-Upgrade "1";'`,
  rpm: `printf 'docker-ce x86_64 1-1\\ndocker-ce x86_64 2-1\\n'`,
  runuser: 'shift 3; [ "$1" = true ]',
  id: `case "$*" in -u | -u\\ -- | '-u nobody' | '-u -- nobody' | '-g -- nobody') [ "$*" = -u ] && echo 0 || echo 65534 ;; -nG*) echo nogroup ;; _apt) ;; esac`,
  getent: `case "$*" in 'passwd -- nobody') echo 'nobody:x:65534:65534::/etc/person:/bin/sh' ;; 'group docker') echo 'docker:x:999:' ;; esac`,
  // Its words are those of the program that it runs, by way of the gate.
  setpriv: 'shift 3; exec "$@"',
  df: `printf 'Filesystem 1 2 3 4 5\\n/dev/x 4000000 4000000 0 100%% /\\n'`,
  find: `echo '-rw-r----- 1 0 0 2000000000 Nov 1 00:00 /var/lib/docker/containers/x/x-json.log'`,
  uname: 'echo 6.0-none',
  containerd: `echo "root = '/var/lib/containerd'"`,
}

const given = `chmod 0666 "$CALLS"
mkdir -p /run/systemd/system /etc/docker /etc/apt/sources.list.d /etc/apt/trusted.gpg.d /etc/yum.repos.d /etc/dnf /etc/cdi /etc/ufw /etc/systemd \\
  /var/log/journal/x /run/systemd/resolve /usr/local/bin /usr/local/lib/docker/cli-plugins /var/lib/docker/containers /var/lib/docker/image/overlay2
echo '{"runtimes": {"x": {"path": "/opt/x"}}, "debug": true}' >/etc/docker/daemon.json
echo 'deb [signed-by=/run/none.gpg] https://download.docker.com/linux/debian bookworm stable' >/etc/apt/sources.list.d/docker.list
echo 'deb [signed-by=/etc/apt/closed.gpg] http://x.example a main' >/etc/apt/sources.list.d/x.list
echo key | tee /etc/apt/closed.gpg /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/docker.gpg >/dev/null
printf '[docker]\\nbaseurl=https://download.docker.com/linux/fedora/30/x\\n' >/etc/yum.repos.d/docker.repo
printf 'apply_updates = yes\\n' >/etc/dnf/automatic.conf
printf 'nvidia.com/gpu libcuda.so.570.1 "hostPath": "/run/none"\\n' >/etc/cdi/nvidia.yaml
echo 'ENABLED=yes' >/etc/ufw/ufw.conf
mkdir -p /etc/containerd /var/lib/containerd
echo 'root = "/var/lib/containerd"' >/etc/containerd/config.toml
printf '[Journal]\\nStorage=volatile\\n' >/etc/systemd/journald.conf
echo 'nameserver 127.0.0.53' | tee /run/resolv.conf /run/systemd/resolve/resolv.conf >/dev/null
ln -s /run/resolv.conf /etc/resolv.conf
printf '#!/bin/sh\\necho docker-compose version 1.29.2\\n' >/usr/local/bin/docker-compose
chmod 0755 /usr/local/bin/docker-compose
printf '\\177ELF\\2\\2\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\2\\0\\26' >/usr/local/lib/docker/cli-plugins/docker-compose
chmod 0755 /usr/local/lib/docker/cli-plugins/docker-compose
echo '{"x:latest":"sha256:1"}' | sed 's/"x/"x":{"x/' >/var/lib/docker/image/overlay2/repositories.json
mkdir -p /etc/person/.docker/contexts/meta/69cc41fbe656c4bb4f2e5eb0ad3c0a6aa1f5e1a0cf21dad33e3d3b31b8e4e1cb
printf '{\\n"credsStore": "none", "credHelpers": {"r.lan": "none"},\\n"currentContext": "prod"\\n}' >/etc/person/.docker/config.json
meta=/etc/person/.docker/contexts/meta/$(printf prod | sha256sum | cut -d ' ' -f 1)
mkdir -p "$meta"
echo '{"Endpoints":{"docker":{"Host":"tcp://there:2375"}}}' >"$meta/meta.json"
printf 'export DOCKER_HOST=tcp://there:2375\\nalias docker=podman\\n' >/etc/person/.profile
set +eu
`

/** Where a program may fail without a word. All of it is used. */
const accepted: { call: RegExp; because: string; here?: false }[] = [
  { call: /^setpriv .* true$/, because: 'another way to become the person follows' },
  {
    call: /^apt-get indextargets$/,
    because: 'only a refusal of its sources counts here; whatever else apt complains of is no matter of sources',
  },
  { call: /^id _apt$/, because: 'no such user is the answer' },
  {
    call: /^stat .*docker-compose$|docker-compose version$/,
    because: 'a program that does not say what it is, or for which nobody can vouch, is nothing',
  },
  // This machine may have no process that is looked at.
  { call: /^\w+ .*\/proc$/, because: 'a process may have ended', here: false },
]

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no program was made to fail')

const machine = new FailingCommands('', Object.keys(doubles))
afterAll(() => machine.end())

describe.runIf(canBePrivate).each(shells)(
  'a program that fails under a look, in $name',
  { timeout: 600_000 },
  ({ name: shell, command }) => {
    const used = new Set<string>()
    const tried = new Set<string>()
    const sound = new Map<string, Answers extends ReadonlyMap<string, infer One> ? One : never>()

    /** A look on that machine, with a call of it made to fail. */
    const look = (name: string, fails?: string) => {
      const only = { looks: [looks.get(name)] } as unknown as Check
      const scenario: Scenario = { name, given, doubles, body: lookScript([only], examined, nonce) }
      const ended = machine.try(command, scenario, { fails })
      return { ...ended, answers: answersOf([only], ended, nonce) }
    }
    const judge = (answers: Answers) =>
      [examined, withDnf].flatMap((one) =>
        judgedAll(
          checks.filter(({ suits }) => suits?.(one.facts) ?? true),
          one,
          answers,
        ),
      )

    beforeAll(() => {
      for (const name of looks.keys()) for (const [one, answer] of look(name).answers) sound.set(one, answer)
    })

    it.each([...looks.keys()])('%s', (name) => {
      const { calls, code, stderr } = look(name)
      expect([code, failedCommands(stderr, nonce)], stderr).toEqual([0, []])
      const before = judge(sound)
      const found = new Set(before.flatMap(({ findings }) => findings.map(({ title }) => title)))
      const wrong: string[] = []
      for (const call of new Set(calls.map((one) => one.call))) {
        const rightly = accepted.find((one) => one.call.test(call))
        if (rightly) used.add(rightly.because)
        // What all looks share is tried once.
        if (rightly || tried.has(call) || machine.shellOf(call) !== shell) continue
        tried.add(call)
        const after = judge(new Map([...sound, ...look(name, call).answers]))
        const findings = after.flatMap((one) => one.findings.map((finding) => ({ ...finding, check: one.check })))
        const told = findings.filter(({ evidence }) => evidence.some((line) => line.includes(wordsOf(call))))
        if (told.length === 0) wrong.push(`says nothing: ${call}`)
        for (const one of findings)
          if (!told.includes(one) && !found.has(one.title)) wrong.push(`${call}: finds “${one.title}” [${one.check}]`)
        for (const [index, { check, state }] of after.entries())
          if (state === 'healthy' && before[index]?.state === 'found') wrong.push(`${call}: calls ${check} healthy`)
      }
      expect(wrong.join('\n')).toBe('')
    })

    it('is every one', () => {
      const tried = new Set(looks.values())
      expect(allChecks(recipes).flatMap((check) => check.looks.filter((look) => !tried.has(look)))).toEqual([])
      expect(accepted.filter(({ because, here }) => here !== false && !used.has(because))).toEqual([])
      const silent = judge(sound).filter(({ state }) => state === 'unknown')
      expect(silent).toEqual([])
    })
  },
)
