import { afterAll, describe, expect, it } from 'vitest'
import { FailingCommands, wordsOf } from '../support/failing-commands.js'
import { scenarios } from '../support/failing-scenarios.js'
import { prelude } from '../support/prelude.js'
import { canBePrivate } from '../support/private-root.js'
import { shells } from '../support/shells.js'

/** Where a run rightly goes on, or ends with other words, when a command fails. All of it is used. */
const accepted: { call: RegExp; in?: RegExp; by?: RegExp; because: string }[] = [
  {
    call: /^(sed|cut|awk|tr|sort|uniq|head|tail|wc|cksum|sleep|grep|cat (\/run\/fitout\/turn\.err|\/proc)|find|readlink -f|ls) ?/,
    because:
      'reads and writes text: it fails only where the host cannot start processes at all, and so do the commands around it',
  },
  { call: /^sync /, because: 'makes a power cut less bad, and changes nothing' },
  {
    call: /^systemctl (is-enabled|is-failed|cat|show) /,
    by: /^(?!boot_state$)/,
    because: 'a question, whose status is the answer',
  },
  {
    call: /^systemctl is-active /,
    // What undo restores is not to be guessed: is-active prints how a unit is, whatever it ends with.
    by: /^(?!note_service$)/,
    because: 'a question, whose status is the answer, but to undo',
  },
  { call: /^systemctl reset-failed /, because: 'systemd calls it an error where nothing failed before' },
  {
    call: /^(dpkg-query (-W -f=\$\{db:Status-Status\}|-S )|rpm -qf? |getent -s )/,
    because: 'a question, whose status is the answer',
  },
  { call: /^rpm -qa --qf %\{NAME\}\\n/, because: 'what it does not name is asked of one by one' },
  { call: /^(journalctl |readlink \/proc)/, because: 'only explains what failed' },
  {
    call: /^(stat -c @way|readlink) /,
    in: /^(roots_program|docker_daemon)$/,
    because: 'what nobody can look at counts as somebody else’s, and is not run',
  },
  {
    call: /^stat -c @way .*dockerd$/,
    in: /^bring_up_docker, refused$/,
    because: 'a dockerd that is not run judges no file beforehand: its start does',
  },
  { call: /^stat \/proc/, in: /^take_lock that is held$/, because: 'only names the user who holds the lock' },
  { call: /^(timeout 10 )?docker .* version$/, because: 'a question: asked for a minute' },
  {
    call: /^(cp -p --preserve=all|mv -f \S+\.fitout-new) /,
    because: 'another way follows, and the sum of what came of it is compared',
  },
  { call: /^rm -f \S+\/reserve$/, because: 'makes room for the last words' },
  {
    call: /^apt-get indextargets$/,
    because: 'only a refusal of its sources counts: whatever else apt complains of, the refresh of its index says next',
  },
  { call: /^ln -f /, because: 'a copy does as well' },
  { call: /^rmdir /, because: 'somebody has put something into the folder: it stays' },
  {
    call: /^((mkdir -p \/run\/fitout)$|(env .*)?apt-get .* update$)/,
    in: /^refresh_index, stale$/,
    because: 'a foreign source must not stop what does not need it: noted, and the installation decides',
  },
  {
    call: /^(timeout 20 )?docker .*LiveRestoreEnabled/,
    because: 'where it does not say so, containers are taken to stop',
  },
  {
    call: /^(systemctl (stop|start) nvidia-persistenced|rmmod |cat \/sys\/module\/)/,
    in: /^load_nvidia (in place|after)/,
    because:
      'the driver that cannot be taken out stays, and a reboot is due; a service that does not come back is noted',
  },
  { call: /^grubby /, because: 'where nobody knows the next kernel every one of them is checked' },
  { call: /^dmesg /, because: 'only explains what failed' },
  {
    call: /^service docker start$/,
    in: /^restart_docker by an init script$/,
    because: 'dockerd is started by hand then, and a note says so',
  },
  { call: /^dockerd --help/, because: 'one that cannot judge is not asked' },
]

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no command was made to fail')

const names = [...new Set(scenarios.flatMap((one) => Object.keys(one.doubles)))]
const machine = new FailingCommands(prelude, names)
afterAll(() => machine.end())

const functions = [...prelude.matchAll(/^([a-z_]+)\(\) \{/gm)].map((found) => found[1]!)

describe.runIf(canBePrivate).each(shells)('a command that fails, in $name', { timeout: 600_000 }, ({ command }) => {
  const entered = new Set<string>()
  const used = new Set<string>()
  const tried = new Set<string>()
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
    const sound = machine.try(command, scenario)
    expect([sound.code, sound.stderr]).toEqual([
      scenario.ends ?? 0,
      scenario.ends || scenario.says ? expect.anything() : '',
    ])
    for (const name of sound.entered) entered.add(name)
    const wrong: string[] = []
    for (const { because } of accepted.filter(({ call }) => sound.calls.some((one) => call.test(one.call))))
      used.add(because)
    for (const { call, by } of sound.calls) {
      if (
        accepted.some(
          (one) => one.call.test(call) && (one.in?.test(scenario.name) ?? true) && (one.by?.test(by) ?? true),
        )
      )
        continue
      // What one function calls is tried once, not again with everything that calls the function.
      if (tried.has(`${by} ${call}`)) continue
      tried.add(`${by} ${call}`)
      const { code, stderr } = machine.try(command, scenario, { fails: call })
      const said = stderr.includes(wordsOf(call))
      if (code === 0) wrong.push(`${said ? 'goes on' : 'goes on and says nothing'}: ${call}`)
      else if (!said) wrong.push(`ends without its words: ${call}\n    ${stderr.trim().replaceAll('\n', '\n    ')}`)
    }
    if (sound.journaled) {
      const { code, stdout, stderr, entered: more } = machine.try(command, scenario, { unwritable: true })
      for (const name of more) entered.add(name)
      if (code === 0) wrong.push('goes on: the journal cannot be written')
      else if (!/^(fitout:|==> note) what this run did (to packages )?cannot be written to /m.test(stdout + stderr))
        wrong.push(`ends without a word: the journal cannot be written\n${stdout}${stderr}`)
    }
    expect(wrong.join('\n')).toBe('')
  })

  it('every function was called', () => {
    expect(functions.filter((name) => !entered.has(name))).toEqual([])
    expect(accepted.filter(({ because }) => !used.has(because))).toEqual([])
  })
})
