import { expect, it } from 'vitest'
import { dockerConffile } from '../../../../recipes/nvidia-container-toolkit/conffile.js'
import { FitoutError } from '../../../../src/errors.js'
import { bareDebian } from '../../../support/facts.js'

const packages = ['nvidia-docker', 'nvidia-docker2']
const path = '/etc/docker/daemon.json'
const plan = (text: string, removed: string[] = []) => {
  const resource = dockerConffile({ packages, removed })
  return resource.plan(resource.read({ text, code: 0 }))
}
const disown = `restore_kept ${path}\ndisown_conffile ${path}`

it('nothing is to be done where no package owns it', () => {
  expect(plan('file\nleft 1\n')).toBeUndefined()
  expect(plan('')).toBeUndefined()
  expect(
    dockerConffile({ packages, removed: packages }).plan(
      dockerConffile({ packages, removed: [] }).assume(bareDebian()),
    ),
  ).toBeUndefined()
})

it('nothing is done about one that stays installed', () => {
  expect(plan('owned-by nvidia-docker2 installed\nfile\n')).toBeUndefined()
})

it.each<[string, string, string[]]>([
  ['leaves now', 'owned-by nvidia-docker2 installed\nfile\n', ['nvidia-docker2']],
  ['left long ago', 'owned-by nvidia-docker2 config-files\nfile\n', []],
  ['left long ago, and the file as well', 'owned-by nvidia-docker2 config-files\n', []],
])('dpkg is made to forget a package that %s', (_, text, removed) => {
  expect(plan(text, removed)).toMatchObject({
    stage: 'configure',
    title: `Let dpkg forget that nvidia-docker2 owned ${path}`,
    script: `${disown} nvidia-docker2`,
    effects: [],
  })
})

it('what a run that was cut off left comes back before any daemon starts', () => {
  expect(plan('owned-by nvidia-docker2 config-files\nkept\n')).toMatchObject({
    stage: 'prepare',
    title: `Put ${path} back`,
    script: `${disown} nvidia-docker2`,
  })
  expect(plan('kept\n')).toMatchObject({ stage: 'prepare', script: disown })
})

it('a copy that was left of the same file goes', () => {
  expect(plan('file\nkept\nsame\n')).toMatchObject({ stage: 'configure', script: disown })
})

it('a copy that differs is a person’s to judge', () => {
  expect(() => plan('file\nkept\n')).toThrow(FitoutError)
})

it('what stays of earlier set-ups is said when their packages go', () => {
  const change = plan('file\nleft 0\nleft 1\nleft 2\n', ['nvidia-docker2'])!
  expect(change.details?.join('\n')).toMatch(
    /\/usr\/local\/bin\/nvidia-docker.*\n\/var\/lib\/nvidia-docker.*\n.*trusted\.gpg/,
  )
  expect(change.script).toBe('')
})
