import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { memoryCgroup } from '../../../../recipes/raspberry-pi/memory-cgroup.js'
import { sumOf } from '../../../../src/resource/content.js'
import { bareDebian } from '../../../support/facts.js'
import { prelude } from '../../../support/prelude.js'
import { canBePrivate, privately } from '../../../support/private-root.js'
import { askPlainly, runIn, shells } from '../../../support/shells.js'

const path = '/boot/firmware/cmdline.txt'
const line = 'console=tty1 root=PARTUUID=2ab63b31-02 rootwait'
const running = `reboot=w cgroup_disable=memory ${line}`
const seen = (text: string | undefined, more: object = {}) => ({
  file: { path, sum: text === undefined ? 'absent' : sumOf(text), text },
  on: false,
  running,
  mount: { point: '/boot/firmware', type: 'vfat', readOnly: false },
  root: { point: '/', type: 'ext4', readOnly: false },
  ...more,
})
const plan = (text: string | undefined, more: object = {}) => memoryCgroup(path).plan(seen(text, more))

describe('memoryCgroup', () => {
  it('puts the word at the end of the line, and says that a reboot is due', () => {
    const change = plan(`${line}\n`)
    expect(change).toMatchObject({
      stage: 'reboot',
      title: `Enable the memory cgroup in ${path}`,
      effects: [{ kind: 'needs-reboot' }],
      diff: expect.stringContaining(`+${line} cgroup_enable=memory`),
    })
    expect(change?.details).toBeUndefined()
    expect(change?.script).toMatch(/^put_file \/boot\/firmware\/cmdline\.txt 0644 [0-9a-f]{64} [0-9a-f]{64} <</)
    expect(change?.script.split('\n').at(-1)).toMatch(/^printf '%s reboot %s\\n' "\$mark" 'the kernel takes/)
  })

  it('has nothing to do where it is on, and where the kernel was told in vain', () => {
    expect(plan(`${line}\n`, { on: true })).toBeUndefined()
    expect(plan(`${line}\n`, { running: `${running} cgroup_enable=memory` })).toBeUndefined()
  })

  it('writes nothing where the file has it, and only waits for the reboot, even on a read-only partition', () => {
    const mount = { point: '/boot/firmware', type: 'vfat', readOnly: true }
    const change = plan(`${line} cgroup_enable=memory\n`, { mount })
    expect(change).toMatchObject({ title: 'Have the memory cgroup from the next start on' })
    expect(change?.script).toMatch(/^printf '%s reboot /)
    expect(change?.script).not.toContain('put_file')
  })

  it('explains what a person who looks at the file may wonder about', () => {
    expect(plan(`cgroup_disable=memory ${line}\n`)?.details).toEqual([
      'its cgroup_disable=memory stays: of words that contradict each other the last one counts',
    ])
    expect(plan(`${line}\r\ncgroup_enable=memory\r\n`)?.details).toEqual([
      'the firmware passes on the first line alone, and the file has 2: the cgroup_enable=memory further down has no effect',
    ])
  })

  it.each([
    ['is not there', seen(undefined), 'mount /boot/firmware'],
    [
      'is mounted read-only',
      seen(`${line}\n`, { mount: { point: '/boot/firmware', type: 'vfat', readOnly: true } }),
      'remount,rw /boot/firmware',
    ],
    ['first line', seen(`\n${line}\n`), 'cat /proc/cmdline'],
    ['overlay', seen(`${line}\n`, { root: { point: '/', type: 'overlay', readOnly: false } }), 'disable_overlayfs'],
    ['not a plain file', { ...seen('x'), file: { path, sum: 'not-a-file', text: undefined } }, 'look at it'],
  ])('refuses before anything is touched: %s', (cause, found, remedy) => {
    const refused = () => memoryCgroup(path).plan(found)
    expect(refused).toThrow(cause)
    expect(refused).toThrow(expect.objectContaining({ remedy: expect.stringContaining(remedy) }))
  })

  it('assumes what the facts say', () => {
    const resource = memoryCgroup(path)
    const facts = bareDebian({ bootCommandLine: { path, line, running } })
    expect(resource.plan(resource.assume({ ...facts, memoryCgroup: false }))).toMatchObject({
      diff: expect.stringContaining('+console=tty1'),
    })
    expect(resource.plan(resource.assume({ ...facts, memoryCgroup: true }))).toBeUndefined()
    expect(resource.plan(resource.assume(bareDebian()))).toBeUndefined()
  })
})

const place = mkdtempSync(join(tmpdir(), 'fitout-memory-cgroup-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

describe.each(shells)('memory-cgroup.sh in $name', ({ command }) => {
  it('sees the file, the running command line and what is mounted there', () => {
    const file = join(place, 'cmdline.txt')
    writeFileSync(file, `${line}\r\n`)
    const { code, stdout, stderr } = runIn(command, `${askPlainly}${memoryCgroup(file).inspect}`)
    expect([code, stderr]).toEqual([0, ''])
    expect(memoryCgroup(file).read({ code: 0, text: stdout })).toMatchObject({
      file: { path: file, text: `${line}\r\n` },
      running: readFileSync('/proc/cmdline', 'utf8').trim(),
      root: { point: '/' },
    })
  })

  it.runIf(canBePrivate)('tells a read-only partition, of several over one folder the last', () => {
    const folder = join(place, 'boot')
    mkdirSync(folder, { recursive: true })
    const file = join(folder, 'cmdline.txt')
    const script = `mount -t tmpfs tmpfs ${folder}; echo '${line}' >${file}; mount -t tmpfs -o ro tmpfs ${folder}\n`
    const { stdout } = runIn(command, `${askPlainly}${script}${memoryCgroup(file).inspect}`, { under: privately })
    expect(memoryCgroup(file).read({ code: 0, text: stdout })).toMatchObject({
      file: { sum: 'absent' },
      mount: { point: folder, type: 'tmpfs', readOnly: true },
    })
  })

  it.runIf(canBePrivate)('runs: the line is written once, a copy is kept, the marker says that a reboot is due', () => {
    const file = '/etc/cmdline.txt'
    const change = memoryCgroup(file).plan({ ...seen(line), file: { path: file, sum: sumOf(line), text: line } })!
    const script = `set -eu
mkdir -p /run/r; run=/run/r; mark=@@; current=
${prelude}
printf '%s' '${line}' >${file}
${change.script}
${change.script}
echo; cat ${file}; echo; cat /run/r/kept${file}; echo; cat /run/r/journal`
    const { code, stdout, stderr } = runIn(command, script, { under: privately })
    expect([code, stderr]).toEqual([0, ''])
    const due =
      '@@ reboot the kernel takes its command line only when it starts, and it was started without the memory cgroup\n'
    expect(stdout).toBe(
      `${due}${due}\n${line} cgroup_enable=memory\n${line}\nfile ${file} ${sumOf(line)} ${sumOf(`${line} cgroup_enable=memory`)}\n`,
    )
  })
})
