import { describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { nvidiaSymptoms } from '../../../recipes/nvidia/symptoms.js'
import { addSymptoms, allSymptoms, diagnose } from '../../../src/symptoms/table.js'
import { cases } from '../../support/symptoms/cases.js'
import { said } from '../../support/symptoms/said.js'

const symptoms = allSymptoms()
/** NVIDIA’s are tried in test/unit/recipes/nvidia. */
const nvidias = Object.values(nvidiaSymptoms).flat()

describe('diagnose', () => {
  it.each(said)('%s: %s', (id, text) => {
    expect(diagnose(text)?.id).toBe(id)
    // as it stands in a longer log
    expect(diagnose(`Reading package lists...\n${text}\nReading state information...`)?.id).toBe(id)
  })

  it.each([
    [
      /^somebody has masked docker\.service/,
      'Failed to enable unit: Unit /etc/systemd/system/docker.service is masked',
    ],
    [/^docker\.service needs the unit nothere\.mount/, 'Failed to start docker.service: Unit nothere.mount not found.'],
    [/“nonsense”/, "d.json: the following directives don't match any configuration option: nonsense"],
    [
      /does not know “a”, a key of daemon\.json or of an object in it$/,
      "d.json: the following directives don't match any configuration option: a",
    ],
    [
      /systemd does not start .* \(docker\.service: Failed at step CHDIR .* directory\)$/,
      'docker.service: Failed at step CHDIR spawning /usr/bin/dockerd: No such file or directory',
    ],
    [
      /dockerd ended before it was ready \(invalid index name \(-bad\)\. Cannot/,
      'failed to start daemon: invalid index name (-bad). Cannot begin or end with a hyphen',
    ],
    [
      /“bip” .* must be a string, not a number/,
      'json: cannot unmarshal number into Go struct field Config.bip of type string',
    ],
    [/“fixed-cidr”/, 'failed to start daemon: Error initializing network controller: parse fixed-cidr failed: invalid'],
    [
      /“registry-mirrors” in daemon\.json \(invalid mirror: unsupported scheme "" in "mirror\.example"\)$/,
      'level=error msg="Error reconfiguring the daemon: invalid mirror: unsupported scheme \\"\\" in \\"mirror.example\\""',
    ],
    [
      /“registry-mirrors” in daemon\.json \(invalid mirror: unsupported scheme "" in "mirror\.example"\)$/,
      'failed to start daemon: invalid mirror: unsupported scheme "" in "mirror.example"',
    ],
    [
      /“registry-mirrors” in daemon\.json \(invalid mirror: no scheme\)$/,
      'level=error msg="Error reloading configuration" error="file configuration validation failed: invalid mirror: no scheme" spanID=1',
    ],
    [
      /“labels” in daemon\.json \(conflict labels for a=2 and a=1\)$/,
      'level=error msg="conflict labels for a=2 and a=1"',
    ],
    [
      /“log-driver” in/,
      "failed to start daemon: failed to set log opts: logger: no log driver named 'x' is registered",
    ],
    [/“group” in/, 'failed to load listeners: group nogrp-there not found'],
    [/“authorization-plugins” in/, 'failed to validate authorization plugin: plugin "nope" not found'],
    [
      /“mtu” .* must be a int/,
      'json: cannot unmarshal string into Go struct field Config.CommonConfig.BridgeConfig.DefaultBridgeConfig.mtu of type int',
    ],
    [/invalid logging level: loud/, 'command line flags failed: invalid logging level: loud'],
    [/“data-root”/, 'Unable to get the full path to root (/etc/hostname): canonical path points to a file'],
    [/^the hook exit 1 that/, "E: Problem executing scripts DPkg::Post-Invoke 'exit 1'"],
    [/^somebody has masked the service/, undefined],
  ])('names what the words name: %s', (cause, text) => {
    const known = text === undefined ? symptoms.find(({ id }) => id === 'service-masked') : diagnose(text)
    expect(known?.cause).toMatch(cause)
  })

  it.each([
    '',
    'Setting up docker-ce (5:29.0.0-1~debian.13~trixie) ...',
    'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1482 (unattended-upgr)... 12s',
    'Created symlink /etc/systemd/system/multi-user.target.wants/docker.service → /lib/systemd/system/docker.service.',
    'W: Target Packages (stable/binary-amd64/Packages) is configured multiple times in /etc/apt/sources.list.d/docker.list:1',
    'E: Sub-process /usr/bin/dpkg returned an error code (1)',
    'something nobody has seen before',
  ])('knows nothing of: %s', (text) => {
    expect(diagnose(text)).toBeUndefined()
  })
})

describe('the table', () => {
  it('has every row once, and every row is reached', () => {
    const ids = symptoms.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const others = symptoms.filter((symptom) => !nvidias.includes(symptom)).map(({ id }) => id)
    const reached = [...said.map(([id]) => id), ...cases.map(({ id }) => id)]
    expect(new Set(reached.filter((id) => others.includes(id)))).toEqual(new Set(others))
  })

  it.each(symptoms.map((symptom) => [symptom.id, symptom] as const))('%s reads as one sentence each', (_, symptom) => {
    for (const words of [symptom.cause, symptom.remedy]) {
      expect(words).not.toMatch(/[.!]$|\. |\n/)
      expect(words.split('`').length % 2).toBe(1)
    }
    expect(symptom.source).not.toBe('')
    expect(symptom.match.global || symptom.match.sticky).toBe(false) // these would remember where they stopped
  })
})

describe('symptoms that a recipe brings', () => {
  const symptom = (id: string, match: RegExp) => ({ id, match, cause: 'x', remedy: 'x', source: 'x' })

  it('come before ours in their layer, and behind all of a deeper one', () => {
    addSymptoms({
      packages: [symptom('particular', /trixie[^\n]*is not signed/)],
      consequences: [symptom('late', /disk is in a mood/)],
    })
    expect(diagnose("E: The repository 'http://debian.example trixie InRelease' is not signed.")?.id).toBe('particular')
    expect(diagnose('the disk is in a mood')?.id).toBe('late')
    expect(diagnose('the disk is in a mood: Unit docker.service is masked.')?.id).toBe('service-masked')
    // An errno is never a deeper cause than the words around it.
    expect(diagnose('the disk is in a mood: No space left on device')?.id).toBe('late')
  })

  it('are all there', () => {
    const brought = recipes.flatMap(({ symptoms: layers = {} }) => Object.values(layers).flat())
    expect(brought.length).toBeGreaterThan(70)
    expect(symptoms).toEqual(expect.arrayContaining(brought))
  })
})
