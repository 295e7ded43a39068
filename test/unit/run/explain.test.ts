import { describe, expect, it } from 'vitest'
import { explainRun } from '../../../src/run/explain.js'
import { said } from '../../support/symptoms/said.js'

const folder = '/var/lib/fitout/runs/x'
const log = `\`fitout logs 'web 7'\` shows the whole log (${folder}/log on the host)`
const exit = (code: number, ...tail: string[]) =>
  explainRun({ kind: 'exit', code }, 'Install docker-ce', tail, 'web 7', folder)

describe('explainRun', () => {
  it('takes the script’s own reason and remedy, the last ones', () => {
    const error = exit(
      1,
      'fitout: an earlier one',
      'remedy: not this',
      'Reading package lists...',
      'fitout: /etc/f is no longer what it was',
      'remedy: make a new plan',
    )
    expect(error).toMatchObject({
      doing: 'Install docker-ce',
      isStep: true,
      why: '/etc/f is no longer what it was',
      remedy: `make a new plan; ${log}`,
      verdict: 'fatal',
      exitCode: 1,
    })
    expect(error.said.join()).not.toMatch(/fitout:|remedy:/)
  })

  it('judges what the host said by the table of symptoms, whatever reason the script gives', () => {
    const guess = ['fitout: the kernel does not take it', 'remedy: see dmesg']
    expect(exit(1, 'something else', ...guess)).toMatchObject({
      why: 'the kernel does not take it',
      remedy: `see dmesg; ${log}`,
      said: ['something else'],
    })
    const known = exit(1, 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1', ...guess)
    expect(known.why).toMatch(/^the kernel does not take it: another process, often unattended-upgrades/)
    expect(known.remedy).toMatch(/^wait for it .*; see dmesg; `fitout logs/)
    // The kernel's own lines are among what is shown.
    expect(exit(1, 'Reading package lists...', '[ 2.0] NVRM: No NVIDIA GPU found.', ...guess).said).toEqual([
      '[ 2.0] NVRM: No NVIDIA GPU found.',
    ])
  })

  it('recognises a symptom where the script gave no reason', () => {
    const error = exit(
      100,
      'Unpacking docker-ce ...',
      'dpkg: error processing archive x (--unpack):',
      ' cannot copy extracted data: No space left on device',
      'E: Sub-process /usr/bin/dpkg returned an error code (1)',
    )
    expect(error.why).toMatch(/full|space/i)
    expect(error.remedy).toMatch(/; `fitout logs/)
    expect(error.said.length).toBeGreaterThan(0)
  })

  it('repeats what a package’s script said last, once', () => {
    const trouble = [
      'Setting up stuck (1) ...',
      'no licence file',
      'dpkg: error processing package stuck (--configure):',
      ' installed stuck package post-installation script subprocess returned error exit status 1',
      'Errors were encountered while processing:',
      ' stuck',
    ]
    const { said } = exit(100, ...trouble, ...trouble, 'E: Sub-process /usr/bin/dpkg returned an error code (1)')
    expect(said).toEqual([...trouble, 'E: Sub-process /usr/bin/dpkg returned an error code (1)'])
  })

  const job = 'Job for docker.service failed because the control process exited with error code.'
  it.each([
    [job, 'docker.service: Failed at step EXEC spawning /opt/dockerd: No such file or directory'],
    [job, 'Invalid user/group specification in --userns-remap: "a:b:c"'],
    [job, 'mkdir /proc/nosuch: no such file or directory'],
    ['Error: Transaction test error:', '  file /usr/bin/x from install of a conflicts with file from package b'],
    [
      'dpkg: error processing package docker-ce (--configure):',
      ' package is in a very bad inconsistent state; you should',
      ' reinstall it before attempting configuration',
    ],
    ['dpkg: error processing package x (--configure):', ' triggers looping, abandoned'],
    ['error: the daemon said:', 'out of cheese'],
  ])('shows the reason below %s, in any words, however much follows', (...trouble) => {
    expect(exit(1, ...trouble).said).toEqual(trouble)
    const after = Array.from({ length: trouble[0] === job ? 6 : 60 }, (_, index) => `Unpacking package ${index} ...`)
    expect(exit(1, ...trouble, ...after).said).toEqual(expect.arrayContaining(trouble))
  })

  it('shows what a script of a package said before dnf went on with its list', () => {
    const progress = Array.from(
      { length: 14 },
      (_, at) => `  Verifying        : package-${at}-1.el9.x86_64    ${at + 1}/14 `,
    )
    const failed = 'error: %prein(container-selinux-9:1-1.x86_64) scriptlet failed, exit status 1'
    const installed = ['Installed:', ...Array.from({ length: 4 }, (_, at) => `  package-${at}-1.el9.x86_64    `)]
    const end = ['Failed:', '  container-selinux-9:1-1.x86_64    ', 'Error: Transaction failed']
    const shown = exit(1, 'sorry', failed, ...progress, ...installed, ...end).said
    expect(shown.slice(0, 2)).toEqual(['sorry', failed])
    expect(shown.filter((line) => line.includes('Verifying'))).toEqual([])
  })

  it.each([
    ['what this table knows', said.map(([, text]) => text)],
    ['nothing', ['']],
  ])('shows the last words of the host, whatever was said before: %s', (_, before) => {
    for (const text of before) {
      const lines = [...text.split('\n'), ...Array.from({ length: 30 }, (__, index) => `Error: ${index}`)]
      for (const last of ['a reason that nobody has foreseen', ...text.split('\n').slice(-1)].filter(Boolean))
        expect(exit(1, ...lines, last).said.at(-1)).toBe(last)
    }
  })

  it('says the status where nothing is known, with the lines that matter', () => {
    const error = exit(42, 'Reading package lists...', 'E: some new trouble', 'Building dependency tree...')
    expect(error.why).toBe('the step ended with status 42')
    expect(error.said).toEqual(['E: some new trouble'])
  })

  it('quotes the last lines where none tells more than another, and no more than a few', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`)
    expect(exit(1, ...lines, '', '  ').said).toEqual(lines.slice(-12))
  })

  it.each([
    ['rebooted', /the host restarted during the run/],
    ['killed', /killed on the host/],
  ] as const)('knows no outcome where the run was %s', (kind, why) => {
    const error = explainRun({ kind }, 'Install docker-ce', ['E: half a transaction'], 'web 7', folder)
    expect(error.why).toMatch(why)
    expect(error).toMatchObject({ verdict: 'unknown-outcome', said: ['E: half a transaction'] })
    expect(error.remedy).toContain('run fitout again')
    expect(error.remedy?.endsWith(`; ${log}`)).toBe(true)
  })

  it('has something to say of a run that said nothing', () => {
    expect(exit(1)).toMatchObject({ why: 'the step ended with status 1', said: [] })
  })
})
