import { describe, expect, it } from 'vitest'
import { stepsOf } from '../../../src/plan/script.js'
import { lookSnippet, readSeenNow } from '../../../src/undo/look.js'
import { undoProbe } from '../../../src/undo/packages.js'
import { someFacts } from '../cli/stand-in.js'
import { installed, options, pastRun, seenNow, undone } from './stand-in.js'

describe('streams of dnf’s modules', () => {
  const at = (stream: string) => ({ streams: new Map([['m', stream]]) })

  it.each([
    ['- 2', 'Enable no stream of dnf’s module m any more', 'the run enabled 2'],
    ['disabled 2', 'Disable dnf’s module m', 'the run enabled 2'],
    ['1 -', 'Switch dnf’s module m back to the stream 1', 'the run left none enabled'],
    ['1 disabled', 'Switch dnf’s module m back to the stream 1', 'the run disabled it'],
    ['1 2', 'Switch dnf’s module m back to the stream 1', 'the run enabled 2'],
  ])('from %s', (stream, title, why) => {
    const { changes, notes } = undone([`stream m ${stream}`], at(stream.split(' ')[1]!))
    expect(changes).toMatchObject([{ title, why, effects: [] }])
    expect(notes).toEqual([])
  })

  it('that are as before already are nothing to say', () => {
    expect(undone(['stream m 1 2'], at('1'))).toMatchObject({ titles: [], notes: [] })
  })
})

describe('streams and packages', () => {
  const facts = { packageManager: 'dnf' as const, dnf: { major: 4, versionlock: true } }
  const lines = ['stream nvidia-driver 570-open 580-open', 'changed nvidia-driver-cuda 3:570.1-1.el9 3:580.2-1.el9']
  const seen = (stream: string) => ({
    streams: new Map([['nvidia-driver', stream]]),
    packages: new Map([['nvidia-driver-cuda', installed('3:580.2-1.el9')]]),
  })
  const probed = { versions: { 'nvidia-driver-cuda': ['3:580.2-1.el9', '3:570.1-1.el9'] } }

  it('go back before the packages do', () => {
    const { titles, changes } = undone(lines, seen('580-open'), { facts, probed })
    expect(titles).toEqual([
      'Have the packages as before',
      'Switch dnf’s module nvidia-driver back to the stream 570-open',
    ])
    const steps = stepsOf(changes).map(({ script }) => script)
    expect(steps[0]).toBe('dnf_stream nvidia-driver 570-open')
    expect(steps[1]).toContain('nvidia-driver-cuda-3:570.1-1.el9')
  })

  it('are asked about as they will be', () => {
    const probe = undoProbe(pastRun(lines), seenNow(seen('580-open')), options, {
      ...someFacts,
      ...facts,
    })
    expect(probe).toMatchObject({ manager: 'dnf', streams: { 'nvidia-driver': '570-open' } })
  })

  it('are given up where there was none before, and disabled where the module was', () => {
    const with_ = (stream: string) =>
      undone([`stream nvidia-driver ${stream} 580-open`], { streams: new Map([['nvidia-driver', '580-open']]) })
    expect(with_('-').changes[0]).toMatchObject({
      title: 'Enable no stream of dnf’s module nvidia-driver any more',
      script: "dnf_stream nvidia-driver ''",
    })
    expect(with_('disabled').changes[0]?.script).toBe('dnf_stream nvidia-driver disabled')
  })

  it('stay where another was enabled since, and that is said; nothing is done twice', () => {
    const one = ['stream nvidia-driver - 580-open']
    const other = undone(one, { streams: new Map([['nvidia-driver', '595-open']]) })
    expect(other.titles).toEqual([])
    expect(other.notes.join()).toContain('stays as it is: it was changed since')
    expect(undone(one).titles).toEqual([])
    expect(undone([...one, 'stream nvidia-driver 580-open -'], { streams: new Map() }).titles).toEqual([])
  })

  it('stay with the packages that are kept', () => {
    expect(undone(lines, seen('580-open'), { facts, probed, options: { keepPackages: true } }).titles).toEqual([])
  })

  it('are looked at without dnf', () => {
    const text = lookSnippet(pastRun(lines), 'dnf')
    expect(text).toContain('stream_of nvidia-driver')
    expect(text).toContain('/etc/dnf/modules.d/$1.module')
    expect(text).not.toMatch(/dnf module/)
    expect(readSeenNow({ text: '@stream nvidia-driver 580-open\n@stream other -', code: 0 }).streams).toEqual(
      new Map([
        ['nvidia-driver', '580-open'],
        ['other', '-'],
      ]),
    )
  })
})
