import { describe, expect, it } from 'vitest'
import { dockerService } from '../../../../recipes/docker/service.js'
import { bareDebian } from '../../../support/facts.js'

describe('dockerService', () => {
  const service = dockerService('systemd')

  it('has nothing to do where the daemon runs and comes back', () => {
    expect(service.plan({ running: true, enabled: true })).toBeUndefined()
  })

  it.each([
    [{ running: false, enabled: true }, 'it does not run'],
    [{ running: true, enabled: false }, 'it does not start with the machine'],
    [{ running: false, enabled: false }, 'it does not run'],
  ])('%j is started: %s', (seen, why) => {
    expect(service.plan(seen)).toMatchObject({ stage: 'services', why, script: 'bring_up_docker start', effects: [] })
  })

  it('says where no init will start it again', () => {
    expect(service.plan({ running: false, enabled: false })!.details).toBeUndefined()
    expect(dockerService('none').plan({ running: false, enabled: true })!.details).toEqual([
      'no init is at work here: dockerd is started by hand and will not come back after a reboot',
    ])
    expect(dockerService('sysvinit').plan({ running: false, enabled: true })!.details![0]).toMatch(
      /^by its init script/,
    )
  })

  it('reads what the init says', () => {
    const read = (...lines: string[]) => service.read({ text: lines.join('\n'), code: 0 })
    expect(read('ActiveState=active', 'starts-with-machine')).toEqual({ running: true, enabled: true })
    expect(read('ActiveState=activating', 'UnitFileState=disabled')).toEqual({ running: false, enabled: false })
    expect(read('ActiveState=inactive', 'UnitFileState=')).toEqual({ running: false, enabled: false })
  })

  const masked = (file: string, needs = 'docker.socket') =>
    service.read({
      text: `ActiveState=active
starts-with-machine
unit Id=docker.service
unit LoadState=loaded
unit Requires=${needs}
unit
unit Id=docker.socket
unit LoadState=masked${file === '' ? '' : `\nmask docker.socket ${file}`}`,
      code: 0,
    })

  it('is refused while a unit that it needs is masked, before anything changes', () => {
    expect(() => service.plan(masked('/etc/systemd/system/docker.socket'))).toThrow(
      'docker.socket is masked: Docker runs, and cannot start again; nothing was changed',
    )
    expect(() => service.plan(masked('/run/systemd/system/docker.socket'))).toThrow(
      expect.objectContaining({ remedy: '`systemctl unmask --runtime docker.socket`, then run fitout again' }),
    )
  })

  it.each([
    ['Docker does not need it', masked('/etc/systemd/system/docker.socket', 'sysinit.target')],
    ['Debian’s tools masked it with a package that went', masked('/etc/systemd/system/docker.socket package')],
    ['systemd only has to read that it is not any more', masked('')],
  ])('is not refused if %s', (_why, seen) => expect(service.plan(seen)).toBeUndefined())

  it('is not refused if the plan brings other units', () => {
    const seen = masked('/etc/systemd/system/docker.socket')
    expect(dockerService('systemd', { replaced: true }).plan(seen)).toBeUndefined()
  })

  it('assumes that it does not run', () => {
    expect(service.plan(service.assume(bareDebian()))).toBeDefined()
  })
})
