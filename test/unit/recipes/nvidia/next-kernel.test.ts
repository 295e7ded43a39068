import { describe, expect, it } from 'vitest'
import { nextKernel } from '../../../../recipes/nvidia/next-kernel.js'

const images = ['6.8.0-100-generic', '6.8.0-87-generic', '6.8.0-90-lowlatency', '6.8.0-99-generic']
const grub = (set: Record<string, string>, others: string[] = []) =>
  nextKernel({ loader: 'grub', images: [...images, ...others], set: new Map(Object.entries(set)), entries: [] }, images)

describe('nextKernel, grub2 of RHEL’s family', () => {
  const kernels = ['5.14.0-503.el9.x86_64', '5.14.0-427.el9.x86_64']
  const entries = ['0f1e-0-rescue.conf', '0f1e-5.14.0-427.el9.x86_64.conf', '0f1e-5.14.0-503.el9.x86_64.conf']
  const bls = (set: Record<string, string>, seen = entries) =>
    nextKernel({ loader: 'bls', images: [], set: new Map(Object.entries(set)), entries: seen }, kernels)

  it.each<[string, Record<string, string>, string | undefined]>([
    ['the entry that is saved', { saved_entry: '0f1e-5.14.0-427.el9.x86_64' }, '5.14.0-427.el9.x86_64'],
    [
      'the one for the next start alone',
      { saved_entry: '0f1e-5.14.0-427.el9.x86_64', next_entry: '0f1e-5.14.0-503.el9.x86_64' },
      '5.14.0-503.el9.x86_64',
    ],
    ['none saved', {}, undefined],
    ['a rescue entry', { saved_entry: '0f1e-0-rescue' }, undefined],
    ['a number, as grub2-set-default may leave it', { saved_entry: '0' }, undefined],
  ])('%s', (_, set, release) => {
    expect(bls(set)).toBe(release)
  })

  it('entries that only root may see', () => {
    expect(bls({ saved_entry: '0f1e-5.14.0-427.el9.x86_64' }, [])).toBeUndefined()
  })
})

describe('nextKernel, GRUB', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['nothing set', {}, '6.8.0-100-generic'],
    ['the first', { GRUB_DEFAULT: '0' }, '6.8.0-100-generic'],
    ['quoted, with a comment', { GRUB_DEFAULT: '"0" # the newest' }, '6.8.0-100-generic'],
    ['a comment behind a bare word', { GRUB_DEFAULT: '0  # the newest' }, '6.8.0-100-generic'],
    ['the submenu’s first', { GRUB_DEFAULT: '"1>0"' }, '6.8.0-100-generic'],
    ['the submenu’s third', { GRUB_DEFAULT: "'1>2'" }, '6.8.0-99-generic'],
    [
      'the submenu’s third without recovery',
      { GRUB_DEFAULT: '1>2', GRUB_DISABLE_RECOVERY: '"true"' },
      '6.8.0-90-lowlatency',
    ],
    ['a number in a menu without submenu', { GRUB_DEFAULT: '2', GRUB_DISABLE_SUBMENU: 'y' }, '6.8.0-99-generic'],
    ['a number of what stands behind the kernels', { GRUB_DEFAULT: '2' }, undefined],
    ['beyond the end', { GRUB_DEFAULT: '1>20' }, undefined],
    [
      'a title',
      { GRUB_DEFAULT: '"Advanced options for Ubuntu>Ubuntu, with Linux 6.8.0-87-generic"' },
      '6.8.0-87-generic',
    ],
    ['a title of a kernel that is gone', { GRUB_DEFAULT: '"A>Ubuntu, with Linux 6.8.0-31-generic"' }, undefined],
    [
      'a title of a kernel’s recovery',
      { GRUB_DEFAULT: '"A>Ubuntu, with Linux 6.8.0-87-generic (recovery mode)"' },
      '6.8.0-87-generic',
    ],
    ['the plain title', { GRUB_DEFAULT: '"Debian GNU/Linux"' }, '6.8.0-100-generic'],
    ['another system', { GRUB_DEFAULT: '"Windows Boot Manager (on /dev/sda1)"' }, undefined],
    ['saved, nothing saved', { GRUB_DEFAULT: 'saved' }, '6.8.0-100-generic'],
    [
      'saved',
      { GRUB_DEFAULT: 'saved', saved_entry: 'gnulinux-advanced-a>gnulinux-6.8.0-99-generic-advanced-a' },
      '6.8.0-99-generic',
    ],
    ['saved, but not asked for', { saved_entry: 'x>gnulinux-6.8.0-99-generic-advanced-a' }, '6.8.0-100-generic'],
    [
      'once another',
      { GRUB_DEFAULT: '0', next_entry: 'gnulinux-advanced-a>gnulinux-6.8.0-87-generic-advanced-a' },
      '6.8.0-87-generic',
    ],
    ['a flavour first', { GRUB_FLAVOUR_ORDER: '"lowlatency"' }, '6.8.0-90-lowlatency'],
    ['one kernel on top', { GRUB_TOP_LEVEL: '"/boot/vmlinuz-6.8.0-87-generic"' }, '6.8.0-87-generic'],
  ])('%s', (_, set, release) => {
    expect(grub(set)).toBe(release)
  })

  it('takes no leftover of dpkg’s for a kernel', () => {
    expect(grub({}, ['6.9.0-1-generic.dpkg-new', '6.9.0-1-generic.dpkg-bak'])).toBe('6.8.0-100-generic')
  })

  it('says nothing of a host without kernels', () => {
    expect(nextKernel({ loader: 'grub', images: [], set: new Map(), entries: [] }, [])).toBeUndefined()
  })
})

describe('nextKernel, systemd-boot', () => {
  const entries = ['0f-6.8.0-99-generic.conf', '0f-6.8.0-100-generic.conf', 'windows.conf']
  const boot = (pattern: string | undefined, names = entries) =>
    nextKernel({ loader: 'systemd-boot', images, set: new Map(), entries: names, default: pattern }, images)

  it.each([
    ['0f-*', '6.8.0-100-generic'],
    ['0f-6.8.0-99-generic.conf', '6.8.0-99-generic'],
    ['windows.conf', undefined],
    ['*', undefined],
    [undefined, undefined],
    ['@saved', undefined],
    ['gone-*', undefined],
  ])('default %s', (pattern, release) => {
    expect(boot(pattern)).toBe(release)
  })

  it('takes the newest where nothing is chosen', () => {
    expect(boot(undefined, entries.slice(0, 2))).toBe('6.8.0-100-generic')
  })
})

it('a pattern that would take a regular expression for ever ends', () => {
  const boot = { loader: 'systemd-boot', images: [], set: new Map<string, string>(), entries: ['a'.repeat(500)] }
  expect(nextKernel({ ...boot, default: `${'*a'.repeat(30)}*b` }, ['6.1'])).toBeUndefined()
})
