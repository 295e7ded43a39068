// What is told from an alias or a function, as shells print them: it is not run.
import { describe, expect, it } from 'vitest'
import { ownCommandLeads, ownLineLeads } from '../../../../recipes/docker/own-command.js'

const leads = (text: string) => ownCommandLeads(text.split('\n'), '/opt/docker/docker') !== undefined

describe('an alias or function is the same as Docker’s client', () => {
  it.each([
    "alias docker='sudo docker'",
    "docker='docker --log-level error -D'",
    'docker=docker',
    "alias docker='sudo -E /opt/docker/docker'",
    "alias docker='docker -H unix:///var/run/docker.sock'",
    "alias docker='docker --host=unix:///run/docker.sock --context default'",
    "alias docker='LANG=C docker'",
    'docker is /usr/bin/docker',
    'sudo docker',
    'docker () \n{ \n    case $1 in \n        ps | images)\n            command docker ps -H\n        ;;\n        *)\n            command docker "$@" 2>&1 1>&2\n        ;;\n    esac\n}',
    'docker () {\n\tcase $1 in\n\t\t(ps | images) command docker ps ;;\n\t\t(*) command docker run -c 5 "$@" >&2 ;;\n\tesac\n}',
    'docker is a function\ndocker () \n{ \n    if [ "$1" = run ]; then\n        shift;\n        echo "a; b" 1>&2;\n        command docker run --rm "$@" || return 1;\n    else\n        command docker "${@:-ps}";\n    fi\n}',
    "# Defined in /home/dev/.config/fish/functions/docker.fish @ line 1\nfunction docker --wraps=docker --description 'alias docker sudo docker'\n  sudo docker $argv\nend",
    'docker() { command docker "$@"; }',
  ])('%s', (text) => expect(leads(text)).toBe(false))
})

describe('an alias or function may lead elsewhere', () => {
  it.each(
    [
      ...['-H tcp://there:2375', '-Htcp://there:2375', '--host tcp://there', '--host=tcp://there', '-D -H tcp://there'],
      ...[
        '--context prod',
        '--context=prod',
        '-c prod',
        '-cprod',
        '--config ~/.docker-work',
        '--config=x',
        '--tls',
        '-DH tcp://there',
      ],
      ...[
        '-l debug -H tcp://there',
        '--log-level error --context prod',
        '"-H" tcp://there',
        '-H unix:///run/user/1000/docker.sock',
      ],
    ].map((options) => `alias docker='docker ${options}'`),
  )('%s', (text) => expect(leads(text)).toBe(true))

  it.each([
    'alias docker=podman',
    "docker='ssh build docker'",
    "alias docker='DOCKER_HOST=tcp://there docker'",
    "alias docker='env DOCKER_CONTEXT=prod docker'",
    "alias docker='PATH=~/bin:$PATH docker'",
    "alias docker='~/bin/docker'",
    "alias docker='docker-prod'",
    'docker -H tcp://there:2375',
    'docker is a shell function',
    'docker() { case $1 in ps) command docker ps;; *) podman "$@";; esac; }',
    'docker () \n{ \n    case $1 in \n        ps)\n            command docker ps\n        ;;\n        *)\n            podman "$@"\n        ;;\n    esac\n}',
    'docker () {\n\tcase $1 in\n\t\t(ps) command docker ps ;;\n\t\t(*) podman "$@" ;;\n\tesac\n}',
    'docker () {\n\tcommand docker --context "$CTX" "$@"\n}',
    'docker () {\n\tcommand docker -H "$(cat ~/.docker-host)" "$@"\n}',
    'docker () {\n\t"$HOME/bin/docker" "$@"\n}',
    'docker () {\n\teval "$DOCKER" "$@"\n}',
    'docker () {\n\tlocal DOCKER_HOST=tcp://there\n\tcommand docker "$@"\n}',
    'docker () {\n\texport DOCKER_HOST=tcp://there\n\tcommand docker "$@"\n}',
    'docker () {\n\t. ~/.docker-env\n\tcommand docker "$@"\n}',
    'function docker\n  set -gx DOCKER_HOST tcp://there\n  command docker $argv\nend',
    "function docker --description 'alias docker docker -H tcp://x'\n command docker -H tcp://x $argv\nend",
    `docker () {\n${'\tcommand docker ps\n'.repeat(100)}}`,
  ])('%s', (text) => expect(leads(text)).toBe(true))
})

it.each([
  ["[ -t 0 ] && alias docker='docker -H tcp://there'", true],
  ["if true; then alias docker='docker -D'; fi", false],
  ["  alias docker='sudo docker'", false],
  ['docker() {', true],
  ['function docker {', true],
  ['docker() { command docker "$@"; }', false],
  ['has x || docker() { podman "$@"; }', true],
])('a line of a file: %s', (line, expected) => expect(ownLineLeads(line, undefined)).toBe(expected))
