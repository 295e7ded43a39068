import type { LookAnswer } from '../../../src/doctor/answer.js'
import { check, type Finding, type Mend } from '../../../src/doctor/check.js'
import { complaints } from '../../../src/doctor/checks/journal-lines.js'
import { lineOf, numberedLine } from '../../../src/doctor/evidence.js'
import { journalLook } from '../../../src/doctor/looks/index.js'
import { mergeJsonText } from '../../../src/resource/json-merge.js'
import { isObject, JsonTextError } from '../../../src/resource/json-text.js'
import { diagnose } from '../../../src/symptoms/table.js'
import { listed, literally } from '../../../src/text.js'
import { hasGpuForContainers } from '../../nvidia/gpus.js'
import { conflictsWith } from '../daemon-flags.js'
import { comparedKeys, daemonJsonPath } from '../daemon-keys.js'
import { daemonLook, engineLook, storeLook } from '../looks/index.js'
import { documentOf, keyLine, withSetting } from './daemon-document.js'
import { containersOf, daemonCommand, engineRuns, infoOf, installedEngine, unitOf } from './engine-state.js'

const valid = check({
  name: 'daemon-json',
  title: 'daemon.json is valid',
  finds: 'a daemon.json that is no JSON, has a key twice, or that dockerd itself refuses',
  looks: [daemonLook],
  judge: (_examined, answer) => {
    const text = answer.text('daemon.json')
    const invalid = {
      severity: 'error' as const,
      title: 'daemon.json is not valid, so that Docker does not start with it',
      remedy: `correct ${daemonJsonPath}, check it with \`dockerd --validate --config-file ${daemonJsonPath}\`, then \`systemctl restart docker\``,
    }
    if (!answer.has('daemon.file')) return []
    if (text.trim() !== '') {
      try {
        mergeJsonText(text, {})
      } catch (error) {
        if (!(error instanceof JsonTextError)) throw error
        const cause = `line ${error.line}, column ${error.column}: ${error.message}`
        return { ...invalid, evidence: [numberedLine(daemonJsonPath, text, error.line)], cause }
      }
    }
    const words = answer.all('daemon.validate').filter((line) => line.trim() !== '')
    // Which keys are flags as well is for the next check to say.
    const verdict = words.filter(
      (line) => line.startsWith('unable to configure the Docker daemon') && !bothWays.test(line),
    )
    const status = answer.one('daemon.validate.status') ?? '0'
    // Version 20.10 cannot judge.
    const saysMore = !words.some((line) => line.includes('unknown flag: --validate') || bothWays.test(line))
    if (verdict.length === 0 && status !== '0' && saysMore) {
      const symptom = diagnose(words.join('\n'))
      const evidence = words.map((line) => `dockerd --validate: ${line}`)
      return {
        severity: 'warning',
        title: 'dockerd could not check daemon.json',
        evidence: evidence.length > 0 ? evidence : ['dockerd --validate: no message'],
        cause:
          symptom?.cause ??
          (status === '124' ? 'it did not finish within 20 seconds' : `it failed with status ${status}`),
        remedy: symptom?.remedy ?? 'correct what `dockerd` complains about, then run the doctor again',
      }
    }
    return verdict.map((line) => {
      const key = /configuration option: (\S+)/.exec(line)?.[1]
      return {
        ...invalid,
        evidence: [`dockerd --validate: ${line}`, ...(key === undefined ? [] : [keyLine(answer, key)])],
        cause: key === undefined ? 'dockerd refuses it' : `this dockerd knows no key ${key}`,
      }
    })
  },
})

/** What dockerd says of keys that its command line gives as well. Source: moby, findConfigurationConflicts in daemon/config/config.go. */
const bothWays = /directives are specified both as a flag and in the configuration file: (.*)/

/** The keys that dockerd itself names so. */
function refusedKeys(answer: LookAnswer): string[] {
  const said = answer.all('daemon.validate').flatMap((line) => bothWays.exec(line)?.[1] ?? [])
  return said.flatMap((text) => [...text.matchAll(/(?:^|, )([a-z\d-]+): \(from flag: /g)].map((found) => found[1]!))
}

const flags = check({
  name: 'daemon-flags',
  title: 'daemon.json and the service’s flags do not contradict each other',
  finds: 'keys that are in daemon.json and on dockerd’s command line, which it refuses even where they agree',
  mends: ['docker-daemon'],
  looks: [engineLook, daemonLook],
  judge: (_examined, answer) => {
    const unit = unitOf(answer, 'docker.service')
    const command = /argv\[\]=(.*?) ;/.exec(unit.ExecStart ?? '')?.[1]
    if (command === undefined) return undefined
    const known = conflictsWith(comparedKeys(documentOf(answer)), command)
    const nameOf = (key: string) => key.slice(key.lastIndexOf('.') + 1)
    const others = refusedKeys(answer).filter((key) => !known.some((one) => nameOf(one.key) === key))
    return [...known, ...others.map((key) => ({ key, flag: undefined }))].map(({ key, flag }) => ({
      severity: 'error' as const,
      title: `“${key}” is in daemon.json and on dockerd’s command line`,
      evidence: [
        keyLine(answer, nameOf(key)),
        `${[unit.FragmentPath, unit.DropInPaths].filter(Boolean).join(' ')}: ExecStart=${command}`,
      ],
      cause: `dockerd does not start while both say it (${flag ?? 'it says so itself'})`,
      remedy:
        key === 'hosts'
          ? 'take `hosts` out of daemon.json, or override ExecStart without `-H` by `systemctl edit docker`'
          : `take ${flag ?? 'its flag'} out of the service (\`systemctl edit docker\`), or “${key}” out of daemon.json`,
      ...(key === 'hosts' ? { mend: { recipe: 'docker-daemon' } } : {}),
    }))
  },
})

const runtimes = check({
  name: 'runtimes',
  title: 'every runtime that daemon.json names is there',
  finds: 'runtimes whose program is missing, and a default runtime that nothing describes',
  mends: ['docker-daemon', 'nvidia-container-toolkit'],
  looks: [daemonLook],
  judge: ({ facts }, answer) => {
    const document = documentOf(answer)
    const missing = answer.all('program.missing')
    const byDefault = document['default-runtime']
    const known = isObject(document.runtimes) ? document.runtimes : {}
    const findings: Finding[] = []
    for (const [name, runtime] of Object.entries(known)) {
      const path = isObject(runtime) ? runtime.path : undefined
      if (typeof path !== 'string' || !missing.includes(path)) continue
      const isDefault = byDefault === name
      findings.push({
        severity: isDefault ? 'error' : 'warning',
        title: `the program of the runtime ${name} is missing`,
        evidence: [
          lineOf(daemonJsonPath, answer.text('daemon.json'), new RegExp(`"path"\\s*:\\s*"${literally(path)}"`)),
          `command -v ${path}: nothing`,
        ],
        cause: isDefault
          ? 'it is the default: no container starts'
          : `no container starts that asks for it (\`--runtime=${name}\`)`,
        remedy: `install what brings ${path}, or take the runtime out of ${daemonJsonPath} and \`systemctl reload docker\``,
        ...(name === 'nvidia' ? { mend: nvidiaMend(hasGpuForContainers(facts), isDefault) } : {}),
      })
    }
    if (typeof byDefault === 'string' && !(byDefault in known) && !/^(runc|io\.containerd\.)/.test(byDefault)) {
      findings.push({
        severity: 'error',
        title: `the default runtime ${byDefault} is described nowhere`,
        evidence: [keyLine(answer, 'default-runtime'), `${daemonJsonPath}: no "${byDefault}" among "runtimes"`],
        cause: 'dockerd does not start with it',
        remedy: `describe it among "runtimes" of ${daemonJsonPath}, or take "default-runtime" out`,
        mend:
          byDefault === 'nvidia' && hasGpuForContainers(facts)
            ? { recipe: 'nvidia-default-runtime' }
            : withSetting('default-runtime=null'),
      })
    }
    return findings
  },
})

function nvidiaMend(gpu: boolean, isDefault: boolean): Mend {
  if (gpu) return { recipe: 'nvidia-container-toolkit' }
  return withSetting(...(isDefault ? ['default-runtime=null'] : []), 'runtimes.nvidia=null')
}

const tcp = check({
  name: 'open-tcp',
  title: 'Docker listens on no open port',
  finds: 'Docker on TCP without clients’ certificates being asked for',
  looks: [engineLook, daemonLook],
  judge: (_examined, answer) => {
    const document = documentOf(answer)
    const command = daemonCommand(answer)
    if (document.tlsverify === true || /\s--tlsverify(=true)?(\s|$)/.test(command)) return []
    const configured = Array.isArray(document.hosts) ? document.hosts.filter((host) => typeof host === 'string') : []
    const flagged = [...command.matchAll(/(?:^|\s)(?:-H|--host)[= ]?(tcp:\/\/\S+)/g)].map((found) => found[1]!)
    const hosts = [...new Set([...configured, ...flagged])].filter((host) => host.startsWith('tcp://'))
    return hosts.map((host): Finding => {
      const here = /^tcp:\/\/(127\.|localhost|\[::1\])/.test(host)
      return {
        severity: here ? 'warning' : 'error',
        title: here
          ? 'Docker listens on a port that every user of this host can reach'
          : 'Docker listens on the network, and asks nobody who he is',
        evidence: [
          configured.includes(host)
            ? lineOf(daemonJsonPath, answer.text('daemon.json'), new RegExp(literally(host)))
            : `dockerd’s command line: ${command}`,
        ],
        cause: `${host}: whoever reaches it is root on this host`,
        remedy:
          'take it out, and ask over SSH instead: `docker -H ssh://user@host`; or have clients’ certificates verified (`tlsverify`)',
      }
    })
  },
})

const socket = check({
  name: 'socket-rights',
  title: 'Docker’s socket is for root and the group docker',
  finds: 'a socket that everybody may open, or whose group is another',
  looks: [engineLook, daemonLook],
  judge: (_examined, answer) => {
    const line = answer.one('socket')
    const [, mode = '', owner = '', group = ''] = /^(\S+)\s+\d+\s+(\S+)\s+(\S+)/.exec(line ?? '') ?? []
    if (line === undefined || mode === '') return []
    if (/rw.$|w.$/.test(mode.slice(7, 10))) {
      return {
        severity: 'error',
        title: 'every user of this host may use Docker',
        evidence: [`ls -lL /var/run/docker.sock: ${line}`],
        cause: 'somebody gave its socket to all (`chmod 666`): each of them is as good as root here',
        remedy: '`chmod 660 /var/run/docker.sock`, and put people into the group docker instead',
      }
    }
    const { group: wanted } = documentOf(answer)
    const command = daemonCommand(answer)
    if (group === 'docker' || owner !== 'root' || group === wanted || /(\s-G|--group)/.test(command)) return []
    return {
      severity: 'warning',
      title: 'Docker’s socket does not belong to the group docker',
      evidence: [`ls -lL /var/run/docker.sock: ${line}`],
      cause: `it belongs to ${group}, so that members of docker may not open it; the group was made after the daemon started`,
      remedy: '`systemctl restart docker.socket docker`, or at once `chgrp docker /var/run/docker.sock`',
    }
  },
})

const clientApi = check({
  name: 'client-api',
  title: 'no client speaks an API that is too old for this daemon',
  finds:
    'containers that ask Docker in a version of its API that it does not answer any more, and what its journal says of such clients',
  mends: ['docker-daemon'],
  looks: [daemonLook, journalLook],
  journals: ['docker'],
  judge: (_examined, answer) => {
    const [version, minimum] = (answer.one('daemon.version') ?? '').split(' ')
    if (version === undefined || minimum === undefined || minimum === '') return undefined
    const old = containersOf(answer).flatMap(({ name, image, hasSocket, apiVersion, status }) => {
      const speaks = apiVersion ?? oldClients.find((client) => client.image.test(image))?.api
      if (!hasSocket || speaks === undefined || status === 'exited' || !isOlder(speaks, minimum)) return []
      return [
        `docker inspect ${name}: ${image} asks through docker.sock in API ${speaks}${apiVersion ? ' (DOCKER_API_VERSION)' : ''}`,
      ]
    })
    const lines = complaints(answer, 'docker').filter((line) => /client version \S+ is too old/.test(line))
    if (old.length === 0 && lines.length === 0) return []
    // Seen: 28.5 does not start with this key; before 29 only the service's environment raises the minimum above 1.24.
    const hasKey = Number.parseInt(version, 10) >= 29
    return {
      severity: 'warning',
      title: 'clients speak an older API than this Docker answers',
      evidence: [...old, ...lines.slice(-2), `docker version: Server ${version}, minimum API version ${minimum}`],
      cause: `“client version … is too old. Minimum supported API version is ${minimum}”: whatever they do with Docker fails`,
      remedy: `upgrade those images or programs; meanwhile the daemon can answer older ones: ${
        hasKey
          ? '`min-api-version` in daemon.json'
          : 'take DOCKER_MIN_API_VERSION, if it is there, out of the service’s environment (`systemctl cat docker`)'
      }`,
      ...(hasKey ? { mend: withSetting('min-api-version=1.24') } : {}),
    }
  },
})

/** Images known to speak one old version, whatever the daemon offers. Sources: kasm#817, bitwarden#6732, docker-hoster#23; read 2026-11. */
const oldClients: readonly { image: RegExp; api: string }[] = [
  { image: /(^|\/)containrrr\/watchtower(:|@|$)/, api: '1.25' },
  { image: /(^|\/)traefik:v?(1\.\d+|2\.([0-9]|10)|3\.[0-5])(\D|$)/, api: '1.24' },
]

function isOlder(one: string, other: string): boolean {
  const [a = [], b = []] = [one, other].map((version) => version.split('.').map(Number))
  return (a[0] ?? 0) < (b[0] ?? 0) || (a[0] === b[0] && (a[1] ?? 0) < (b[1] ?? 0))
}

const mebibyte = 1024 * 1024

const logs = check({
  name: 'log-rotation',
  title: 'logs of containers stay small',
  finds: 'logs of containers that have grown large because nothing rotates them',
  looks: [daemonLook, storeLook],
  judge: (_examined, answer) => {
    const document = documentOf(answer)
    const driver = document['log-driver'] ?? 'json-file'
    const limited = isObject(document['log-opts']) && document['log-opts']['max-size'] !== undefined
    const large = answer.all('log').flatMap((line) => {
      const [size = '', path = ''] = line.split(' ')
      return Number(size) >= 100 * mebibyte ? [{ size: Number(size), path }] : []
    })
    if (large.length === 0) return []
    const rotates = driver !== 'json-file' || limited
    const all = large.reduce((sum, { size }) => sum + size, 0)
    return {
      severity: all >= 1024 * mebibyte ? 'warning' : 'note',
      title: 'logs of containers have grown large',
      evidence: [
        ...large.slice(0, 4).map(({ size, path }) => `${path}: ${Math.round(size / mebibyte)} MiB`),
        rotates
          ? keyLine(answer, limited ? 'max-size' : 'log-driver')
          : `${daemonJsonPath}: neither log-driver nor log-opts.max-size`,
      ],
      cause: rotates
        ? 'these containers are older than the rotation: each keeps the logging that it was made with'
        : 'json-file keeps every line for as long as the container is there',
      remedy: rotates
        ? 'create the containers anew (`docker compose up -d --force-recreate`)'
        : 'rotate from now on (`fitout apply --set docker-daemon.config.log-driver=local`), and create the containers anew: each keeps the logging that it was made with',
    }
  },
})

/** `docker info` says these itself; those of the kernel’s limits matter where people set limits. */
const limits = check({
  name: 'limits',
  title: 'the kernel can limit what containers take',
  finds: 'limits that Docker says it cannot set: memory, swap, CPU, processes',
  looks: [daemonLook],
  judge: ({ facts }, answer) => {
    const info = infoOf(answer)
    if (info === undefined) return undefined
    const lines = (info.Warnings ?? []).filter((line) =>
      /No (swap|cpu|pids|memory\b.*\b(reservation|swappiness)|oom)/i.test(line),
    )
    // Without the memory controller there is a finding of its own; version 1 has no swap accounting unless told.
    if (lines.length === 0 || !installedEngine(facts) || !engineRuns(answer)) return []
    return {
      severity: 'note',
      title: `Docker cannot set every limit here: ${listed(lines.map((line) => /No (.*?) support/i.exec(line)?.[1] ?? line))}`,
      evidence: lines.map((line) => `docker info: ${line}`),
      cause: 'the kernel was built or started without them; limits that containers ask for are ignored',
      remedy:
        'for swap on cgroup version 1 add `swapaccount=1` to the kernel’s command line; the rest takes another kernel',
    }
  },
})

/** What the doctor looks at because of docker-daemon. */
export const daemonChecks = [valid, flags, runtimes, tcp, socket, clientApi, logs, limits]
