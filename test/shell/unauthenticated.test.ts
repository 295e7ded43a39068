import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prelude } from '../support/prelude.js'
import { has } from '../support/programs.js'
import { runIn, shells } from '../support/shells.js'
import { written } from '../support/throwaway-keys.js'

/** The machine’s own apt-get, with sources, lists and configuration in a folder of their own; it downloads, and installs nothing. */
describe.skipIf(!has('apt-get'))('a host whose apt is told to take anything', { timeout: 60_000 }, () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fitout-unsigned-'))
    for (const path of ['repository', 'lists/partial', 'cache/archives/partial', 'parts', 'run'])
      mkdirSync(join(folder, path), { recursive: true })
    const deb = 'not a package'
    const sum = (text: string) => createHash('sha256').update(text).digest('hex')
    const index = `Package: zz-unsigned
Version: 1
Architecture: all
Maintainer: x
Description: x
Filename: ./x.deb
Size: ${deb.length}
SHA256: ${sum(deb)}
`
    written(folder, 'repository/x.deb', deb)
    written(folder, 'repository/Packages', index)
    written(
      folder,
      'repository/Release',
      `Date: ${new Date().toUTCString()}\nSHA256:\n ${sum(index)} ${index.length} Packages\n`,
    )
    written(folder, 'status', '')
    written(
      folder,
      'apt.conf',
      `Dir::Etc::SourceList "${folder}/sources.list"; Dir::Etc::SourceParts "/dev/null"; Dir::Etc::Parts "${folder}/parts";
Dir::Etc::Main "/dev/null"; Dir::State::Lists "${folder}/lists"; Dir::State::Status "${folder}/status";
Dir::State::Extended_States "${folder}/extended"; Dir::Cache "${folder}/cache"; Dir::Log "${folder}/run";
APT::Sandbox::User ""; Debug::NoLocking "1"; APT::Get::Download-Only "1"; Acquire::Languages "none";
Acquire::AllowInsecureRepositories "1"; APT::Get::AllowUnauthenticated "1";
`,
    )
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const run = (command: readonly [string, ...string[]], entry: string, body: string) => {
    written(folder, 'sources.list', `${entry}\n`)
    const script = `set -eu; run=${folder}/run; mark='==>'; current=\n${prelude}\nown_runs_folder() { :; }\nturn=${folder}/run/turn.err\napt-get -qq update >/dev/null 2>&1\n${body}\n`
    return runIn(command, script, { env: { APT_CONFIG: join(folder, 'apt.conf') } })
  }

  it.each(shells)('gets nothing unsigned from fitout, in $name; apt alone would install it', ({ command }) => {
    const entry = `deb file:${folder}/repository/ /`
    expect(run(command, entry, 'apt-get -q -y install zz-unsigned 2>&1').code).toBe(0)
    const { code, stdout, stderr } = run(command, entry, 'apt_get install zz-unsigned')
    expect(code).not.toBe(0)
    expect(stdout + stderr).toContain('There were unauthenticated packages')
  })

  it('gets what its owner trusts', () => {
    const entry = `deb [trusted=yes] file:${folder}/repository/ /`
    expect(run(['sh'], entry, 'apt_get install zz-unsigned')).toMatchObject({ code: 0 })
  })
})
