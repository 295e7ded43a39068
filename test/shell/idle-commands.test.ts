import { afterAll, describe, expect, it } from 'vitest'
import { FailingCommands } from '../support/failing-commands.js'
import { scenarios } from '../support/failing-scenarios.js'
import { prelude } from '../support/prelude.js'
import { canBePrivate } from '../support/private-root.js'
import { shells } from '../support/shells.js'

// A command that changes something may end well and have done nothing: a wrapper, a policy, a daemon that thinks otherwise. Nothing is
// believed that can be looked at.

/** Commands that change nothing. */
const reading = [
  /^(awk|cut|tr|sort|uniq|head|tail|wc|cksum|sleep|grep|cat|find|readlink|ls|stat|sha256sum|date|cmp|comm|du|uname) /,
  /^(sed -n|sed s|sed -e|sed \/|getent|id|modinfo|dmesg|grubby|journalctl|gpg|uname|date) ?/,
  /^(dpkg-query|apt-cache|apt-get indextargets|apt-mark showauto|dpkg-deb -I|dpkg --print-architecture|rpm -(q|E)|dnf --assumeno)/,
  /^(systemctl (is-|show|cat)|modprobe -c|(timeout \d+ )?docker .*(version|info|ps|events|images|volume ls)( |$)|dockerd --(help|validate))/,
]

/** Where a run rightly goes on when a command has done nothing. All of it is used. */
const accepted: { call: RegExp; in?: RegExp; because: string }[] = [
  {
    call: /^(rm|mv|cp|ln|mkdir|rmdir|chmod|chown|flock) /,
    because:
      'the system’s own tools for files fail where they cannot; what a file holds in the end is summed all the same',
  },
  { call: /^sync /, because: 'makes a power cut less bad, and changes nothing' },
  {
    call: /^(env .*)?(apt-get .* update|dnf .* makecache)( |$)/,
    because: 'what an old index offers, or does not, the transaction says',
  },
  {
    call: /^(env .*)?apt-get .* (install|remove) /,
    because: 'packages_after journals what really changed, and apply looks again before it calls anything done',
  },
  { call: /^(env .*)?dpkg .*--configure -a$/, because: 'what is half-way still ends it (half_way)' },
  { call: /^dnf .* reinstall /, because: 'the packages are the same before and after: nothing tells' },
  { call: /^dnf .* module reset /, because: 'the stream that is enabled in the end is looked at' },
  {
    call: /^systemctl (reset-failed|daemon-reload|restart docker\.service)( |$)/,
    because: 'systemd has no way to end well without it: a unit that is told to restart has been stopped',
  },
  {
    call: /^service docker start$/,
    in: /^restart_docker by an init script$/,
    because: 'Docker does not answer then: dockerd is started by hand, and a note says so',
  },
  {
    call: /^systemctl (stop|start) nvidia-persistenced/,
    because: 'what still runs holds the module, and what does not come back is noted',
  },
  {
    call: /^update-initramfs /,
    because: 'nothing tells what is in it; a driver that comes back is seen by the next plan',
  },
]

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no command did nothing')

const names = [...new Set(scenarios.flatMap((one) => Object.keys(one.doubles)))]
const machine = new FailingCommands(prelude, names)
afterAll(() => machine.end())

describe.runIf(canBePrivate)('a command that does nothing and ends well', { timeout: 600_000 }, () => {
  const used = new Set<string>()
  it.each(scenarios.filter(({ ends }) => !ends).map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    (_, scenario) => {
      const sound = machine.try(shells[0]!.command, scenario)
      const wrong: string[] = []
      for (const { call, by } of sound.calls) {
        if (reading.some((one) => one.test(call))) continue
        const goesOn = accepted.find((one) => one.call.test(call) && (one.in?.test(scenario.name) ?? true))
        if (goesOn) used.add(goesOn.because)
        if (goesOn) continue
        const shell = shells.find(({ name }) => name === machine.shellOf(call)) ?? shells[0]!
        if (machine.try(shell.command, scenario, { idles: call }).code === 0) wrong.push(`${by}: ${call}`)
      }
      expect(wrong.join('\n')).toBe('')
    },
  )

  it('all reasons to go on are needed', () => {
    expect(accepted.filter(({ because }) => !used.has(because))).toEqual([])
  })
})
