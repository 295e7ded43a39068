import { compareDebVersions } from '../../../src/data/deb-version.js'
import { check, type Finding } from '../../../src/doctor/check.js'
import { packageManagerOf } from '../../../src/packages/package-manager.js'
import { listed } from '../../../src/text.js'
import { enginePackage } from '../engine-packages.js'
import { engineLook } from '../looks/index.js'
import { ownEngine, ownEngineText } from '../own-engine.js'
import { conflictingPackages } from '../packages.js'
import { installedEngine } from './engine-state.js'
import { runningChecks } from './running.js'

const mend = { recipe: 'docker-engine' }

const installed = check({
  name: 'engine-installed',
  title: 'Docker Engine is installed',
  finds: 'no Docker Engine at all',
  mends: ['docker-engine'],
  looks: [engineLook],
  judge: ({ facts }, answer) => {
    if (
      installedEngine(facts) ||
      facts.docker.desktop ||
      facts.docker.snap ||
      facts.docker.rootless ||
      answer.has('dockerd')
    )
      return []
    const { name, commands } = packageManagerOf(facts)
    return {
      severity: 'note',
      title: 'Docker Engine is not installed',
      evidence: [
        `command -v docker: ${facts.docker.client ?? 'nothing'}`,
        `${commands.database}: neither docker-ce nor ${name === 'dnf' ? 'moby-engine' : 'docker.io'}`,
      ],
      cause: 'nobody has installed it yet',
      remedy: 'let fitout install it, or see `fitout plan` for what that would change',
      mend,
    }
  },
})

const oneDocker = check({
  name: 'one-docker',
  title: 'there is one Docker, from one place',
  finds:
    'Docker’s snap beside its packages (or alone), two daemons of root, packages that cannot stand beside the engine, another `docker` first in PATH',
  mends: ['docker-engine'],
  looks: [engineLook],
  judge: ({ facts }, answer) => {
    const { commands } = packageManagerOf(facts)
    const findings: Finding[] = []
    const engine = enginePackage(facts)
    const daemons = answer.all('dockerd').filter((line) => line.split(' ')[1] === '0')
    const processes = daemons.map((line) => line.replace(/^(\d+) \S+ /, 'process $1: '))
    if (facts.docker.snap) {
      const snap = [`/snap/docker/current -> ${answer.one('snap.current') ?? '?'}`]
      findings.push(
        engine
          ? {
              severity: 'error',
              title: 'Docker from the snap store stands beside Docker’s packages',
              evidence: [...snap, commands.shown(engine.name, engine.version), ...processes],
              cause: 'each has containers, volumes and a configuration of its own, and both want the same socket',
              remedy:
                'decide for one; to keep the packages save what the snap holds, then `snap remove docker`, which deletes its volumes',
            }
          : {
              severity: 'note',
              title: 'Docker is the one from the snap store',
              evidence: [...snap, ...processes],
              cause: 'it is confined: it sees no files outside of home folders, and reads a daemon.json of its own',
              remedy:
                'to move to Docker’s packages save its volumes, `snap remove docker`, which deletes them, then `fitout apply`',
            },
      )
    } else if (daemons.length > 1) {
      findings.push({
        severity: 'warning',
        title: `${daemons.length} Docker daemons of root run side by side`,
        evidence: processes,
        cause: 'the client asks only one of them; containers of the other seem to vanish, and their networks may clash',
        remedy: 'stop the one that no service manages, or give it a socket, a data folder and address pools of its own',
      })
    }
    const [manager, distroEngine] =
      facts.packageManager === 'dnf' ? (['dnf', 'moby-engine'] as const) : (['apt', 'docker.io'] as const)
    const source = engine?.name === distroEngine ? 'distro' : 'docker'
    const beside = conflictingPackages(manager, source, facts.packages).filter(({ name }) => name !== 'podman-docker')
    if (engine && beside.length > 0) {
      findings.push({
        severity: 'warning',
        title: `packages that cannot stand beside ${engine.name} are installed: ${listed(beside.map(({ name }) => name))}`,
        evidence: beside.map(({ name }) =>
          commands.shown(name, facts.packages[name]?.version, facts.packages[name]?.state),
        ),
        cause: beside.map(({ name, why }) => `${name}: ${why}`).join('; '),
        remedy: `\`${commands.remove(...beside.map(({ name }) => name))}\`; images, volumes and configuration stay`,
        mend,
      })
    }
    const client = facts.docker.client
    if (engine && !facts.docker.snap && client !== undefined && !/^(\/usr)?\/bin\/docker$/.test(client)) {
      findings.push({
        severity: 'warning',
        title: `the docker command that PATH finds first is ${client}`,
        evidence: [`command -v docker: ${client}`, commands.shown(engine.name, engine.version)],
        cause: 'it stands before the packages’ /usr/bin/docker and is not upgraded with them',
        remedy: `remove ${client}, or put /usr/bin before its folder in PATH; then \`hash -r\``,
      })
    }
    return findings
  },
})

const unpackaged = check({
  name: 'engine-unpackaged',
  title: 'Docker Engine came from a package',
  finds:
    'an engine that no package brought (static binaries, a build, Nix or Homebrew), alone or beside one of the packages',
  looks: [engineLook],
  judge: ({ facts }) => {
    const { own } = facts.docker
    if (own === undefined) return []
    const alone = ownEngine(facts) !== undefined
    const packaged = enginePackage(facts)
    return {
      severity: alone ? 'note' : 'warning',
      title: alone
        ? `Docker Engine came from no package: ${own.path}`
        : `a second Docker Engine, from no package, is in ${own.path}`,
      evidence: [
        `${own.path} --version: ${own.version ?? 'nothing'}`,
        ...(own.unit ? [`ExecStart of ${own.unit} names it`] : []),
        ...(packaged ? [packageManagerOf(facts).commands.shown(packaged.name, packaged.version)] : []),
      ],
      cause: alone
        ? `nobody upgrades it but whoever put it there${own.unit ? '' : ', and no unit starts it after a reboot'}`
        : `the two want one socket and one data folder; ${ownEngineText(own)}`,
      remedy: alone
        ? 'keep it, or move it to packages with its data: `fitout apply --set docker-engine.source=docker`'
        : `put ${own.path}${own.unit ? ` and ${own.unit}` : ''} aside, then \`systemctl daemon-reload\` and \`systemctl restart docker\``,
    }
  },
})

const podmanShim = check({
  name: 'podman-docker',
  title: '`docker` is Docker',
  finds: 'podman-docker, whose `docker` calls Podman',
  mends: ['docker-engine'],
  looks: [engineLook],
  judge: ({ facts }, answer) => {
    const { commands } = packageManagerOf(facts)
    const shim = facts.packages['podman-docker']
    const isThere = shim?.state === 'installed'
    const said = answer.all('client.version').find((line) => /^podman /i.test(line))
    if (!isThere && said === undefined) return []
    return {
      severity: 'warning',
      title: 'the command `docker` is Podman’s',
      evidence: [
        ...(isThere ? [commands.shown('podman-docker', shim.version)] : []),
        ...(said === undefined ? [] : [`/usr/bin/docker --version: ${said}`]),
      ],
      cause: 'podman-docker puts a script in the place of Docker’s client; no Docker daemon is behind it',
      remedy: isThere
        ? `\`${commands.remove('podman-docker')}\`; Podman itself may stay beside Docker`
        : `\`rm /usr/bin/docker\`, and install Docker’s client: \`${commands.reinstall('docker-ce-cli')}\``,
      ...(isThere ? { mend } : {}),
    }
  },
})

const composeOne = check({
  name: 'compose-v1',
  title: 'no Compose of before version 2',
  finds: 'docker-compose version 1, from a package or put there by hand',
  looks: [engineLook],
  judge: ({ facts }, answer) => {
    const { commands } = packageManagerOf(facts)
    const packaged = facts.packages['docker-compose']
    const old = packaged?.state === 'installed' && compareDebVersions(packaged.version, '2~') < 0 ? packaged : undefined
    const files = answer.all('compose').flatMap((line) => {
      const [, file, said] = /^(\S+) (docker-compose version:? [01]\..*)$/.exec(line) ?? []
      return file === undefined || (old && file === '/usr/bin/docker-compose') ? [] : { file, said }
    })
    if (old === undefined && files.length === 0) return []
    return {
      severity: 'warning',
      title: 'docker-compose version 1 is installed',
      evidence: [
        ...(old ? [commands.shown('docker-compose', old.version)] : []),
        ...files.map(({ file, said }) => `${file} version: ${said}`),
      ],
      cause: 'its last release is of 2021; it knows neither today’s Compose files nor, in time, the daemon’s API',
      remedy: old
        ? `\`${commands.remove('docker-compose')}\` and say \`docker compose\`; where that is missing, \`docker-engine.plugins=release\` brings it`
        : `\`rm ${files.map(({ file }) => file).join(' ')}\` and say \`docker compose\``,
    }
  },
})

const titles: Readonly<Record<string, string>> = { 'docker-compose': 'Compose', 'docker-buildx': 'Buildx' }
const ofPackages = /^\/usr\/(libexec|lib)\/docker\/cli-plugins\//

const plugins = check({
  name: 'shadowed-plugins',
  title: 'Compose and Buildx are the packages’ own',
  finds: 'Compose or Buildx put there by hand that hide the packages’, or that cannot be run',
  looks: [engineLook],
  judge: (_examined, answer) => {
    const found = answer.all('plugin').flatMap((line) => {
      const [, name, mode, file, real] = /^(\S+) (\S+) (.*?\/\1)(?: (.*))?$/.exec(line) ?? []
      return name && mode && file ? [{ name, mode, file, real: real ?? '' }] : []
    })
    return Object.entries(titles).flatMap(([name, title]): Finding | Finding[] => {
      const all = found.filter((one) => one.name === name)
      const own = all.find(({ file }) => ofPackages.test(file))
      const evidence = all.map(
        ({ file, mode }) =>
          `${file}${mode === 'runs' ? '' : ` (${mode === 'broken' ? 'leads nowhere' : 'not executable'})`}`,
      )
      const byHand = all.filter(({ file, real }) => !ofPackages.test(file) && !ofPackages.test(real))
      const dead = byHand.find(({ mode }) => mode !== 'runs')
      const first = byHand.find(({ mode }) => mode === 'runs')
      if (first && own) {
        return {
          severity: 'warning',
          title: `${title} of the packages is hidden by a copy that was put there by hand`,
          evidence,
          cause: `the client takes ${first.file}, which comes first and is never upgraded`,
          remedy: `\`rm ${first.file}\`, unless you want just that version`,
        }
      }
      if (dead === undefined) return []
      return {
        severity: 'warning',
        title: `a ${title} that was put there by hand cannot be run`,
        evidence,
        cause: `${dead.file} ${dead.mode === 'broken' ? 'is a link to nothing' : 'is not executable'}, and the client complains of it`,
        remedy: own
          ? `\`rm ${dead.file}\`: the packages have one`
          : `\`chmod 755 ${dead.file}\`, or remove it and install the package`,
      }
    })
  },
})

/** What the doctor looks at because of docker-engine. */
export const engineChecks = [installed, oneDocker, unpackaged, podmanShim, composeOne, plugins, ...runningChecks]
