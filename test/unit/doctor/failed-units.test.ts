import { describe, expect, test } from 'vitest'
import { factsOf, failing, judged, running } from './judging.js'

const find = (said: string, facts = factsOf()) => judged('failed-units', facts, `${running}\n${said}`)
const cdi = 'nvidia-cdi-refresh.service'
const driverNotLoaded =
  'level=error msg="failed to generate CDI spec: failed to create device CDI specs: failed to construct device spec generators: failed to initialize NVML: Driver Not Loaded"'

describe('a failed unit', () => {
  test('of a product is an error, with its own words, their cause and what starts it again', () => {
    expect(
      find(
        `failed.unit ${cdi} exit-code\nfailed.said ${cdi} 2026-09-21T14:13:10+0000 box nvidia-ctk[812]: ${driverNotLoaded}\nfailed.said ${cdi} 2026-09-21T14:13:10+0000 box systemd[1]: ${cdi}: Failed with result 'exit-code'.`,
      ),
    ).toMatchObject([
      {
        severity: 'error',
        title: `${cdi} has failed`,
        evidence: [`systemctl show ${cdi}: Result=exit-code`, expect.stringContaining('Driver Not Loaded')],
        cause: expect.stringContaining('before NVIDIA’s module was loaded'),
        remedy: expect.stringContaining('`systemctl restart nvidia-cdi-refresh` once `nvidia-smi` works'),
      },
    ])
  })

  test.each(['nvidia-fabricmanager.service', 'nvidia-persistenced.service', 'containerd.service'])(
    'of a product is an error, whatever it said: %s',
    (unit) => {
      expect(find(`failed.unit ${unit} timeout`)).toMatchObject([
        { severity: 'error', remedy: expect.stringContaining(`journalctl -u ${unit} -b`) },
      ])
    },
  )

  test.each(['apt-daily.service', 'mnt-data.mount', 'certbot.timer'])('of the host is a note: %s', (unit) => {
    const said = `failed.unit ${unit} exit-code\nfailed.said ${unit} 2026-09-21T14:13:10+0000 box x[1]: write /srv/x: No space left on device`
    expect(find(said)).toMatchObject([
      {
        severity: 'note',
        title: `${unit} has failed`,
        cause: 'a file system on the host is full',
        remedy: expect.stringContaining(`systemctl restart ${unit}`),
      },
    ])
  })

  test('is told although the journal did not answer', () => {
    const failed = [failing('failed.said', 'journalctl', 1, 'No journal files were found')]
    expect(judged('failed-units', factsOf(), `${running}\nfailed.unit ${cdi} exit-code`, { failed })).toHaveLength(1)
  })

  test('of which another check tells is not told twice', () => {
    expect(judged('failed-units', factsOf(), 'docker.runs no\nfailed.unit docker.service exit-code')).toEqual([])
    expect(
      judged(
        'symptoms',
        factsOf(),
        `${running}\nfailed.unit ${cdi} exit-code\njournal nvidia-cdi-refresh x nvidia-ctk[1]: ${driverNotLoaded}`,
      ),
    ).toEqual([])
    // As long as the unit has not failed, its journal counts.
    expect(
      judged('symptoms', factsOf(), `${running}\njournal nvidia-cdi-refresh x nvidia-ctk[1]: ${driverNotLoaded}`),
    ).toHaveLength(1)
  })

  test('is not asked for without systemd; none is nothing', () => {
    expect(find('', factsOf({ init: 'sysvinit' }))).toBe('skipped')
    expect(find('')).toEqual([])
  })
})

test.each([
  ["NVRM: Xid (PCI:0000:44:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.", /no longer answers/],
  ['NVRM: fallen off the bus and is not responding to commands.', /no longer answers/],
  ['NVRM: Xid (PCI:0000:18:00): 48, pid=1234, name=python, DBE (double bit error)', /memory has errors/],
  ['NVRM: Xid (PCI:0000:01:00): 62, pid=1, name=x, 2c8f', /Xid 62/],
  [
    'EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm sh: reading directory lblock 0',
    /errors on a disk/,
  ],
])('the kernel’s log is read: %s', (line, title) => {
  expect(judged('symptoms', factsOf(), `${running}\nkernel.said [ 12.3] ${line}`)).toMatchObject([
    { title: expect.stringMatching(title), evidence: [`dmesg: [ 12.3] ${line}`] },
  ])
})

test.each(['blk_update_request: I/O error, dev fd0, sector 0', 'I/O error, dev sr0, sector 0'])(
  'a drive without a disk is no failing disk: %s',
  (line) => {
    expect(judged('symptoms', factsOf(), `${running}\nkernel.said [ 12.3] ${line}`)).toEqual([])
  },
)
