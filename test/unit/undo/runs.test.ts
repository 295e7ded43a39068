import { describe, expect, it, test } from 'vitest'
import { chooseRun, readRuns } from '../../../src/undo/runs.js'
import { caught } from './stand-in.js'

describe('choosing', () => {
  const at = (hour: number, ...lines: string[]) => {
    const folder = `/var/lib/fitout/runs/20261121T${hour}0000-aaaaaa`
    return `@run ${folder}\n@exit 0\n@who a@b\n${lines.map((line) => `|${line}\n`).join('')}`
  }
  const id = (hour: number) => `20261121T${hour}0000-aaaaaa`
  const [one, two] = [at(10, 'installed a 1', 'joined dev docker'), at(11, 'changed a 1 2')]

  it('takes the newest that changed something, is no undo, and was not undone', () => {
    expect(chooseRun(readRuns(two + one))?.id).toBe(id(11))
    expect(chooseRun(readRuns(one + two + at(12)))?.id).toBe(id(11))
    expect(chooseRun(readRuns(one + two + at(12, 'changed a 2 1', `undone ${id(11)}`)))?.id).toBe(id(10))
    expect(chooseRun(readRuns(''))).toBeUndefined()
  })

  it('tells what was undone already, and what has to be undone first', () => {
    const runs = readRuns(one + two + at(12, 'changed a 2 1', `undone ${id(11)}`))
    expect(caught(() => chooseRun(runs, id(11))).message).toContain(`was undone already, by the run ${id(12)}`)
    expect(caught(() => chooseRun(readRuns(one + two), id(10))).message).toContain(
      `later run ${id(11)} changed the package a`,
    )
    expect(caught(() => chooseRun(runs, 'none')).message).toContain('there is no run none')
    expect(chooseRun(runs, id(12))?.id).toBe(id(12))
    expect(chooseRun(runs, id(10))?.id).toBe(id(10))
  })

  it('an undo that was undone counts no more', () => {
    const undo = at(12, 'changed a 2 1', `undone ${id(11)}`)
    const again = at(13, 'changed a 1 2', `undone ${id(12)}`)
    expect(chooseRun(readRuns(one + two + undo + again))?.id).toBe(id(11))
  })

  it('an undo that was cut off is gone on with', () => {
    const runs = readRuns(one + two + at(12, `undoes ${id(11)}`, 'changed a 2 1'))
    expect(chooseRun(runs)?.id).toBe(id(11))
    expect(chooseRun(runs, id(11))?.id).toBe(id(11))
  })

  it('one that was undone in part can be undone again', () => {
    const runs = readRuns(two + at(12, `undone ${id(11)} partly`))
    expect(chooseRun(runs, id(11))?.undoneBy).toEqual({ run: id(12), partly: true })
    expect(chooseRun(runs)).toBeUndefined()
  })
})

test('a host that lists endless runs, members and undos is read in bounds', { timeout: 30_000 }, () => {
  const many = Array.from({ length: 100_000 }, (_, at) => `@run /run/fitout/runs/a${at}\n|undone a${at}\n`).join('')
  expect(readRuns(many)).toHaveLength(100)
  const members = Array.from({ length: 100_000 }, (_, at) => `|joined u${at} g\n`).join('')
  const [run] = readRuns(`@run /run/fitout/runs/a\n@who ${'x'.repeat(1_000)}\n${members}`)
  expect(run!.journal.members.length).toBeLessThan(30_000)
  expect(run!.journal.unread).toBe(1)
  expect(run!.who).toHaveLength(200)
})
