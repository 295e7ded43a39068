// What a trial makes of the files and variables of the person whose Docker it tries. A double stands for the client.

import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { has } from '../support/programs.js'
import { shells } from '../support/shells.js'
import { attemptIn, dir, file, home, program } from '../support/trial-person.js'

describe.each(shells)('the trial in $name', ({ command }) => {
  const attempt = (options?: Parameters<typeof attemptIn>[1]) => attemptIn(command, options)
  const path = () => `export PATH=${join(dir, 'bin')}:$PATH\n`

  it('passes where nothing stands in the way, and asks nobody twice', () => {
    file('.profile', path())
    const result = attempt()
    expect(result, result.stdout + result.stderr).toMatchObject({ outcome: 'passed' })
    expect(result.because).toBeUndefined()
    expect(result.calls.filter((call) => call.includes('info'))).toEqual([])
    // Buildx made ~/.docker, which the person did not have.
    expect(readdirSync(home)).toEqual(['.profile'])
  })

  it.each([
    ['.docker/config.json', []],
    ['.docker/buildx/current', ['buildx', 'buildx/current', 'buildx/refs']],
  ])('takes nothing of a ~/.docker with %s', (name, buildx) => {
    file('.profile', path())
    file(name, '{}')
    expect(attempt()).toMatchObject({ outcome: 'passed' })
    const left = readdirSync(join(home, '.docker'), { recursive: true, encoding: 'utf8' })
    expect(left.sort()).toEqual(name.endsWith('json') ? ['config.json'] : buildx)
  })

  it.for([
    ['.profile', '/bin/bash', 'export DOCKER_HOST=tcp://nowhere:2375'],
    ['.bashrc', '/bin/bash', 'case $- in *i*) ;; *) return ;; esac\nexport DOCKER_HOST=tcp://nowhere:2375'],
    ['.zshrc', '/usr/bin/zsh', 'export DOCKER_HOST=tcp://nowhere:2375'],
    ['.config/fish/config.fish', '/usr/bin/fish', 'set -gx DOCKER_HOST tcp://nowhere:2375'],
    ['.profile', '/bin/dash', 'DOCKER_HOST=tcp://nowhere:2375; export DOCKER_HOST'],
  ])('DOCKER_HOST in %s of %s: failed, with its place', ([name = '', shell = '', text], { skip }) => {
    skip(!existsSync(shell), `${shell} is not installed`)
    file('.profile', `${path()}[ -z "$BASH_VERSION" ] || [ ! -f ~/.bashrc ] || . ~/.bashrc\n`)
    file('.zshenv', path())
    if (name === '.profile') file(name, `${path()}${text}\n`)
    else file(name, `${shell.endsWith('fish') ? `set -gx PATH ${join(dir, 'bin')} $PATH\n` : ''}${text}\n`)
    const result = attempt({ shell })
    expect(result, result.stdout + result.stderr).toMatchObject({ outcome: 'failed', proven: [] })
    expect(result.because).toContain(`DOCKER_HOST=tcp://nowhere:2375 is set in ${join(home, name)}:`)
    expect(result.because).toContain('without that, Docker answers dev')
    expect(result.said?.join()).toContain('Cannot connect to the Docker daemon at tcp://nowhere:2375')
  })

  it('a DOCKER_HOST that is this host’s own socket is nothing', () => {
    file('.profile', `${path()}export DOCKER_HOST=unix:///run/docker.sock\n`)
    expect(attempt()).toMatchObject({ outcome: 'passed' })
  })

  it('a client that asks another machine is not tried there', () => {
    file('.profile', `${path()}export DOCKER_HOST=tcp://there:2375\n`)
    const result = attempt()
    expect(result).toMatchObject({ outcome: 'partial' })
    expect(result.because).toContain('asks tcp://there:2375, not this host’s Docker, and was not tried')
    expect(result.calls.filter((call) => /^there (create|start|pull|load|compose|build)/.test(call))).toEqual([])
    expect(result.calls).toContain('here create --network none hello-world')
  })

  it('of several variables the one to blame is named', () => {
    file('.profile', `${path()}export DOCKER_CERT_PATH=/nowhere\n  export DOCKER_API_VERSION=1.24\n`)
    const { because } = attempt()
    expect(because).toContain(`DOCKER_API_VERSION=1.24 is set in ${home}/.profile:3`)
    expect(because).not.toContain('DOCKER_CERT_PATH')
  })

  it('a variable that no file of these sets came with the login', () => {
    file('.profile', `${path()}# export DOCKER_CONTEXT=prod\n`)
    expect(attempt({ env: { DOCKER_CONTEXT: 'prod' } }).because).toContain('DOCKER_CONTEXT=prod is set at the login')
  })

  it('a context that does not exist; one that leads elsewhere; one that leads here', () => {
    file('.profile', path())
    file('.docker/config.json', '{\n\t"auths": {"r": {"auth": "c2VjcmV0"}},\n\t"currentContext": "prod"\n}\n')
    const absent = attempt()
    expect(absent).toMatchObject({ outcome: 'failed', remedy: expect.stringContaining('docker context use default') })
    expect(absent.because).toContain(`${home}/.docker/config.json chooses the context prod, which does not exist`)
    expect(absent.stdout).not.toContain('c2VjcmV0')

    const meta = `.docker/contexts/meta/${createHash('sha256').update('prod').digest('hex')}/meta.json`
    file(meta, '{"Name":"prod","Endpoints":{"docker":{"Host":"tcp://there:2375","SkipTLSVerify":false}}}')
    expect(attempt()).toMatchObject({
      outcome: 'partial',
      because: expect.stringContaining('the context prod (tcp://there:2375)'),
    })
    file(meta, '{"Name":"prod","Endpoints":{"docker":{"Host":"unix:///var/run/docker.sock"}}}')
    expect(attempt()).toMatchObject({ outcome: 'passed' })
  })

  it('a ~/.docker of another’s: plugins that are there are not called absent', () => {
    file('.profile', path())
    file('.docker/config.json', '{}')
    const result = attempt({ closed: '.docker' })
    expect(result.outcome, result.stdout).not.toBe('passed')
    expect(result.because).toMatch(/\/\.docker belongs to \S+, and dev cannot read it/)
    expect(result.because).not.toContain('not installed')
    expect(result.remedy).toContain('chown -R dev:')
  })

  it('a credentials helper that is missing, and one that is there', () => {
    file('.profile', path())
    file('.docker/config.json', '{"credsStore": "desktop"}')
    const pull =
      'error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH'
    const failing = attempt({ env: { DOUBLE_PULL: pull, DOUBLE_OUT: 'Hello from fitout: this container runs.' } })
    expect(failing, failing.stdout).toMatchObject({ outcome: 'failed' })
    expect(failing.because).toContain('docker pull fails:')
    expect(failing.because).toContain('docker-credential-desktop (`credsStore`), which is not in PATH')
    expect(attempt()).toMatchObject({
      outcome: 'partial',
      because: expect.stringContaining('docker-credential-desktop'),
    })
    program('docker-credential-desktop', ':')
    expect(attempt()).toMatchObject({ outcome: 'passed' })
  })

  it('plugins that are there and do not run, and plugins that are not there', () => {
    file('.profile', path())
    file('.docker/cli-plugins/docker-compose', '\u007fELF no program')
    chmodSync(join(home, '.docker/cli-plugins/docker-compose'), 0o755)
    const there = attempt({ env: { DOUBLE_NO_PLUGINS: 'yes' } })
    expect(there).toMatchObject({ outcome: 'failed' })
    expect(there.because).toContain(
      `Compose is installed (${home}/.docker/cli-plugins/docker-compose) and docker does not run it`,
    )
    expect(there.said?.join()).toContain('is not a docker command')
    rmSync(join(home, '.docker'), { recursive: true })
    const gone = attempt({ env: { DOUBLE_NO_PLUGINS: 'yes' } })
    expect(gone).toMatchObject({ outcome: 'partial', because: 'Compose is not installed; Buildx is not installed' })
  })

  it('another `docker` first in PATH, an alias and a function', () => {
    mkdirSync(join(home, 'bin'))
    file('bin/docker', '#!/bin/sh\necho podman version 5.4.2')
    chmodSync(join(home, 'bin/docker'), 0o755)
    file('.profile', `${path()}PATH=$HOME/bin:$PATH\n`)
    const podman = attempt()
    expect(podman.outcome).not.toBe('passed')
    expect(podman.because).toContain(`${home}/bin/docker is not Docker’s client (podman version 5.4.2)`)

    file('.profile', `${path()}[ ! -f ~/.bashrc ] || . ~/.bashrc\n`)
    file('.bashrc', '# mine\nalias docker=podman\n')
    expect(attempt()).toMatchObject({ outcome: 'partial', because: expect.stringContaining(`${home}/.bashrc:2`) })
    file('.bashrc', 'docker() { ssh build docker-on-build "$@"; }\n')
    expect(attempt()).toMatchObject({ outcome: 'partial', because: expect.stringContaining(`${home}/.bashrc:1`) })
    file('.bashrc', "alias docker='sudo docker'\n")
    expect(attempt()).toMatchObject({ outcome: 'passed' })
  })

  it.each([
    ['DOCKER_DEFAULT_PLATFORM', 'linux/riscv64'],
    ['DOCKER_CONTENT_TRUST', '1'],
  ])('%s that keeps images of this machine from running is named, with its place', (name, value) => {
    file('.profile', `${path()}export ${name}=${value}\n`)
    const result = attempt()
    expect(result, result.stdout).toMatchObject({ outcome: 'failed' })
    expect(result.because).toContain(`\`docker\` does not work for dev: ${name}=${value} is set in ${home}/.profile:2`)
    expect(result.remedy).toContain(`take ${name} out of ${home}/.profile:2`)
  })

  it('a variable that wants what this machine has is not blamed for what else fails', () => {
    file('.profile', `${path()}export DOCKER_DEFAULT_PLATFORM=linux/amd64\n`)
    expect(attempt()).toMatchObject({ outcome: 'passed' })
    const { because } = attempt({ env: { DOUBLE_OUT: 'something else' } })
    expect(because).toBe('the official image printed something else')
  })

  it('a project of the person’s own is not brought up', () => {
    file('.profile', `${path()}export COMPOSE_FILE=$HOME/theirs.yaml COMPOSE_PROJECT_NAME=theirs\n`)
    const result = attempt()
    expect(result, result.stdout).toMatchObject({ outcome: 'passed' })
    const composed = result.calls.filter((call) => /compose .*(up|down)/.test(call))
    expect(composed).toHaveLength(2)
    for (const call of composed) expect(call).toContain('compose -f compose.yaml -p fitout-trial-')
  })

  it('Compose that is no plugin is not called absent', () => {
    file('.profile', path())
    program('docker-compose', ':')
    expect(attempt({ env: { DOUBLE_NO_PLUGINS: 'yes' } }).because).toContain(
      `Compose is installed as a program of its own (${join(dir, 'bin/docker-compose')}), which was not tried: \`docker compose\` does not know it`,
    )
  })

  it('a PATH without docker', () => {
    file('.profile', 'PATH=/nowhere\n')
    const result = attempt()
    expect(result).toMatchObject({ outcome: 'failed' })
    expect(result.because).toMatch(/no docker command in PATH|the PATH of dev \(\/nowhere/)
  })

  it('noise is no answer', () => {
    file('.profile', `${path()}echo failed all is lost; echo compose missing; cat; echo 'said nothing' >&2\n`)
    expect(attempt()).toMatchObject({ outcome: 'passed' })
  })

  it.skipIf(!has('fish'))('a shell of another kind, after the login’s own', () => {
    file('.profile', `${path()}exec fish\n`)
    file('.config/fish/config.fish', 'set -gx DOCKER_HOST tcp://nowhere:2375\n')
    expect(attempt().because).toContain(`DOCKER_HOST=tcp://nowhere:2375 is set in ${home}/.config/fish/config.fish:1`)
  })

  it.each([
    ['exit 3\n', /ends before anything can be typed \(status 3\): see .*\.profile:2/],
    ['exec true\n', /ends before anything can be typed \(status 0\): see .*\.profile:2/],
    ['sleep 300\n', /takes longer than 4 seconds/],
  ])('start-up files that end in %j', (text, words) => {
    file('.profile', `${path()}${text}`)
    const { login } = attempt()
    expect(login.trouble?.because).toMatch(words)
  })

  it('somebody who has no shell is tried without one', () => {
    file('.profile', 'exit 1\n')
    const { login, outcome } = attempt({ shell: '/usr/sbin/nologin' })
    expect(login).toEqual({ shell: '/usr/sbin/nologin' })
    expect(outcome).toBe('passed')
  })
})
