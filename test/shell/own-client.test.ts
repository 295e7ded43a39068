// What is typed is what is tried: a client, an alias or a start-up file that leads elsewhere, and what could not be tried, is told.

import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shells } from '../support/shells.js'
import { attemptIn, dir, file, home } from '../support/trial-person.js'

describe.each(shells)('the trial of one’s own docker in $name', ({ command }) => {
  const attempt = (options?: Parameters<typeof attemptIn>[1]) => attemptIn(command, options)
  const path = () => `export PATH=$HOME/bin:${join(dir, 'bin')}:$PATH\n`
  const real = () => join(dir, 'bin/docker')
  const wrapper = (text: string, name = 'bin/docker') => {
    file('.profile', path())
    file(name, `#!/bin/sh\n${text}\n`)
    chmodSync(join(home, name), 0o755)
  }

  it.each([
    ['a variable', (docker: string) => `DOCKER_HOST=tcp://there:2375 exec ${docker} "$@"`],
    [
      'a variable that it sets if it is not',
      (docker: string) => `DOCKER_HOST=\${DOCKER_HOST:-tcp://there:2375} ${docker} "$@"`,
    ],
    [
      'PATH',
      (docker: string) => `PATH=${docker.replace(/\/docker$/, '')}; export DOCKER_HOST=tcp://there:2375; docker "$@"`,
    ],
  ])('a script that leads to another machine by %s', (_, text) => {
    wrapper(text(real()))
    const result = attempt()
    expect(result, result.stdout).toMatchObject({
      outcome: 'partial',
      because: expect.stringContaining(`${home}/bin/docker is a script that leads to another Docker`),
      remedy: expect.stringContaining(`correct ${home}/bin/docker`),
    })
    expect(result.because).toContain('asks tcp://there:2375, not this host’s Docker')
    // Nothing is made on the other machine.
    expect(result.calls.filter((call) => /^there (create|start|pull|load|compose|build)/.test(call))).toEqual([])
    expect(result.calls).toContain('here create --network none hello-world')
  })

  it('a script that leads nowhere, beside a variable that does', () => {
    wrapper(`DOCKER_HOST=tcp://nowhere:2375 exec ${real()} "$@"`)
    file('.profile', `${path()}export DOCKER_HOST=tcp://there:2375\n`)
    const { outcome, because } = attempt()
    expect(outcome).toBe('failed')
    expect(because).toContain(`${home}/bin/docker is a script`)
    expect(because).toContain(`DOCKER_HOST=tcp://there:2375 is set in ${home}/.profile:2`)
  })

  it('a script that leads here, also one that alone knows the client', () => {
    wrapper(`echo "$*" >>${dir}/tmp/typed; exec ${real()} "$@"`)
    expect(attempt()).toMatchObject({ outcome: 'passed' })
    file('.profile', `export PATH=$HOME/bin:$PATH\n`)
    expect(attempt()).toMatchObject({ outcome: 'passed' })
  })

  it.each(['docker -H tcp://there:2375', 'docker --context prod', 'docker --config ~/.docker-work'])(
    'the alias %s is not tried',
    (alias) => {
      file('.profile', `${path()}[ ! -f ~/.bashrc ] || . ~/.bashrc\n`)
      file('.bashrc', `alias docker='${alias}'\n`)
      const result = attempt()
      expect(result, result.stdout).toMatchObject({ outcome: 'partial' })
      expect(result.because).toContain(`not tried is what dev types: dev’s shell has a \`docker\` of its own (`)
      expect(result.because).toContain(alias)
      expect(result.because).toContain(`${home}/.bashrc:1`)
    },
  )

  it.for([
    ['/bin/bash', '.profile'],
    ['/usr/bin/zsh', '.zprofile'],
    ['/bin/dash', '.profile'],
  ])(
    'a function of %s that leads elsewhere in part is not tried, and one that does not is',
    ([shell, startUp], { skip }) => {
      skip(!existsSync(shell!), `${shell} is not installed`)
      file('.zshenv', path())
      file(startUp!, `${path()}docker() { case $1 in ps) command docker ps;; *) podman "$@";; esac; }\n`)
      expect(attempt({ shell })).toMatchObject({ outcome: 'partial', because: expect.stringContaining('of its own') })
      if (shell === '/bin/dash') return
      file(startUp!, `${path()}docker() { case $1 in ps) command docker ps -a;; *) command docker "$@";; esac; }\n`)
      expect(attempt({ shell })).toMatchObject({ outcome: 'passed' })
    },
  )

  it.each([
    ['[ -t 0 ] || return; export DOCKER_HOST=tcp://there:2375', 'DOCKER_HOST=tcp://there:2375'],
    ['tty -s && export DOCKER_CONTEXT=prod', 'DOCKER_CONTEXT=prod'],
    ['if [[ -t 1 ]]; then\n  export DOCKER_CONFIG=$HOME/work\nfi', 'DOCKER_CONFIG=$HOME/work'],
    ['if [ -n "$SSH_TTY" ]; then export DOCKER_HOST=tcp://there:2375; fi', 'DOCKER_HOST=tcp://there:2375'],
    ["[ -t 0 ] && alias docker='docker -H tcp://there:2375'", 'docker -H tcp://there:2375'],
  ])('what start-up files do at a terminal alone is not tried: %s', (text, shown) => {
    file('.profile', `${path()}. ~/.bashrc\n`)
    file('.bashrc', `${text}\n`)
    const result = attempt()
    expect(result, result.stdout + result.stderr).toMatchObject({ outcome: 'partial' })
    expect(result.because).toContain('not tried is what dev types at a terminal')
    expect(result.because).toContain(shown)
    expect(result.because).toMatch(new RegExp(`${home}/\\.bashrc:[12]\\)`))
  })

  it.each([
    '# [ -t 0 ] || return\nwork() { export DOCKER_HOST=tcp://there:2375; }',
    '[ -t 0 ] && PS1=x',
    "[ -t 0 ] && alias docker='sudo docker'",
    'export GPG_TTY=$(tty)\nwork() { export DOCKER_HOST=tcp://there:2375; }',
    'stty -ixon\nwork() { export DOCKER_HOST=tcp://there:2375; }',
    '[ -t 0 ] && export DOCKER_HOST=unix:///var/run/docker.sock',
  ])('is whole where they lead nowhere: %s', (text) => {
    file('.profile', `${path()}. ~/.bashrc\n`)
    file('.bashrc', `${text}\n`)
    const result = attempt()
    expect(result, result.stdout).toMatchObject({ outcome: 'passed' })
  })

  it('Compose in a folder of cliPluginsExtraDirs, which comes first', () => {
    file('.profile', path())
    file('.docker/config.json', `{\n  "cliPluginsExtraDirs": [\n    "/nowhere",\n    "${home}/my plugins"\n  ]\n}\n`)
    file('.docker/cli-plugins/docker-compose', '#!/bin/sh\n')
    file('my plugins/docker-compose', '#!/bin/sh\n')
    const { outcome, because } = attempt({ env: { DOUBLE_NO_PLUGINS: 'yes' } })
    expect(outcome).toBe('failed')
    expect(because).toBe(
      `Compose is installed (${home}/my plugins/docker-compose) and docker does not run it: it is not executable`,
    )
  })

  it.each(['0', 'false'])('a build by the old builder is no proof of Buildx: DOCKER_BUILDKIT=%s', (value) => {
    file('.profile', `${path()}export DOCKER_BUILDKIT=${value}\n`)
    const result = attempt()
    expect(result, result.stdout).toMatchObject({
      outcome: 'partial',
      because: `Buildx was not tried: DOCKER_BUILDKIT=${value} is set in ${home}/.profile:2`,
      remedy: expect.stringContaining(`take DOCKER_BUILDKIT out of ${home}/.profile:2`),
    })
    expect(result.proven).toContain('docker build as dev, offline (with the old builder)')
  })

  it('a build by the old builder is no proof of Buildx, whatever chose it', () => {
    file('.profile', path())
    expect(attempt({ env: { DOUBLE_BUILDER: 'old' } })).toMatchObject({
      outcome: 'partial',
      because: 'Buildx was not tried: `docker build` uses the old builder',
    })
    file('.profile', `${path()}export DOCKER_BUILDKIT=1\n`)
    expect(attempt()).toMatchObject({ outcome: 'passed' })
  })

  it('a login shell in which the trial cannot be typed is not blamed', () => {
    file('.profile', path())
    const restricted = attempt({ shell: '/bin/rbash' })
    expect(restricted.login.trouble).toMatchObject({
      because: 'what dev types in /bin/rbash was not tried: fitout cannot run commands in this login shell',
      goesOn: true,
    })
    expect(restricted.outcome).toBe('passed')
    file('bin/xonsh', '#!/bin/sh\necho "xonsh: error: unrecognized arguments" >&2\nexit 2\n')
    chmodSync(join(home, 'bin/xonsh'), 0o755)
    const other = attempt({ shell: join(home, 'bin/xonsh') })
    expect(other.login.trouble).toMatchObject({ because: expect.stringContaining('was not tried'), goesOn: true })
    expect(other.login.trouble?.said).toEqual(['xonsh: error: unrecognized arguments'])
    file('.profile', `${path()}set -r\n`)
    expect(attempt().login.trouble?.because).toContain('was not tried')
  })
})
