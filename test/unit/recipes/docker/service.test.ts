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

  it('assumes that it does not run', () => {
    expect(service.plan(service.assume(bareDebian()))).toBeDefined()
  })
})
