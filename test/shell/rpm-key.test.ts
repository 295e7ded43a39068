import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prelude } from '../support/prelude.js'
import { runIn, shells } from '../support/shells.js'
import { written } from '../support/throwaway-keys.js'

/** With doubles of rpm and rpmkeys, which keep names of keys and what was imported in files. */
describe.each(shells)('trust_rpm_key in $name', ({ command }) => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fitout-rpm-key-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const key = 'the key that was judged\n'
  const sum = createHash('sha256').update(key).digest('hex')
  const trust = (content: string, comes = 'gpg-pubkey-621e9f35-58adde81') => {
    const file = written(folder, 'RPM-GPG-KEY', content)
    const { code, stderr } = runIn(
      command,
      `set -eu
run=${folder}; mark='==>'; current=
${prelude}
rpm() {
  if [ "$1" = -e ]; then echo "removed $2" >>"$run/did"; else cat "$run/known" 2>/dev/null || :; fi
}
rpmkeys() { cat "$2" >>"$run/imported"; [ -z '${comes}' ] || echo '${comes}' >>"$run/known"; }
trust_rpm_key ${file} 060A61C51B558A7F742B77AAC52FEB6B621E9F35 ${sum}
`,
    )
    const said = (name: string) => {
      try {
        return readFileSync(join(folder, name), 'utf8')
      } catch {
        return ''
      }
    }
    return { code, stderr, imported: said('imported'), did: said('did'), journal: said('journal') }
  }

  it('gives rpm what was judged, and journals it', () => {
    expect(trust(key)).toMatchObject({ code: 0, imported: key, journal: 'rpm-key gpg-pubkey-621e9f35-58adde81\n' })
  })

  it('gives rpm nothing of a file that is another by now', () => {
    const { code, stderr, imported } = trust(`${key}and one more\n`)
    expect([code, imported]).toEqual([1, ''])
    expect(stderr).toContain('is no longer what it was when the plan was made')
  })

  it('fails where rpm does not have the key afterwards, whatever else it has', () => {
    const { code, stderr, journal } = trust(key, '')
    expect([code, journal]).toEqual([1, ''])
    expect(stderr).toMatch(/^fitout: rpmkeys ended without an error, but rpm does not have the key 060A61C5/m)
  })

  it('is done where rpm had the key already', () => {
    written(folder, 'known', 'gpg-pubkey-621e9f35-58adde81\n')
    expect(trust(key, '')).toMatchObject({ code: 0, journal: '' })
  })

  it('takes out again what rpm makes another key of', () => {
    const { code, did, journal } = trust(key, 'gpg-pubkey-12345678-58adde81')
    expect([code, did, journal]).toEqual([1, 'removed gpg-pubkey-12345678-58adde81\n', ''])
  })
})
