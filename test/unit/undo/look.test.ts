import { expect, test } from 'vitest'
import { readSeenNow } from '../../../src/undo/look.js'
import { ifRuns, installed } from './stand-in.js'

test('what the host answers is read as it stands', () => {
  const text = `@package docker-ce 5:28 installed hold  optional
@package libc6 2.41 installed install yes required
@package old 1 config-files deinstall no optional
@auto libc6
@group docker dev,ada,ada lovelace
@group users 
@primary users
@user dev
@in docker dev
@user CORP\\ada lovelace
@in docker CORP\\ada lovelace
@in other CORP\\ada lovelace
@user gone
@service docker.service enabled active
@service docker.socket not-found inactive
@folder /etc/a b
@inside /etc/a b/c
@link /etc/l
@running docker
@owner docker-ce /usr/bin/dockerd
@kernel 6.12.0-amd64`
  expect(readSeenNow({ text, code: 0 })).toEqual({
    files: new Map(),
    links: new Set(['/etc/l']),
    owners: new Map([['/usr/bin/dockerd', 'docker-ce']]),
    folders: new Map([['/etc/a b', ['/etc/a b/c']]]),
    packages: new Map([
      ['docker-ce', installed('5:28', { held: true })],
      ['libc6', installed('2.41', { vital: true })],
      ['old', installed('1', { installed: false })],
    ]),
    auto: new Set(['libc6']),
    groups: new Map([
      ['docker', { members: ['dev', 'ada', 'ada lovelace'], primary: false }],
      ['users', { members: [], primary: true }],
    ]),
    users: new Map([
      ['dev', ['docker']],
      ['CORP\\ada lovelace', ['docker', 'other']],
      ['gone', []],
    ]),
    keys: new Set(),
    streams: new Map(),
    services: new Map([
      ['docker.service', { enabled: 'enabled', active: 'active' }],
      ['docker.socket', { enabled: 'not-found', active: 'inactive' }],
    ]),
    ...ifRuns(true),
    kernel: '6.12.0-amd64',
  })
})
