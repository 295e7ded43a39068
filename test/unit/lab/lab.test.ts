import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Lab } from '../../lab/support/lab.js'

it('stops what was started, the last one first, whatever of it did not start or cannot be stopped', async () => {
  const lab = new Lab()
  const stopped: string[] = []
  const started = async (name: string) => ({ stop: () => stopped.push(name) })
  const folder = await lab.folder('lab-test')
  await lab.with(started('mirror'))
  await lab.with(
    Promise.resolve({
      async stop() {
        throw new Error('it hangs')
      },
    }),
  )
  // The set-up is over with the first that fails, while another still starts.
  let arrive = () => {}
  const slow = new Promise<void>((resolve) => {
    arrive = resolve
  }).then(() => started('machine'))
  const setUp = Promise.all([lab.with(slow), lab.with(Promise.reject(new Error('no image')))])
  await expect(setUp).rejects.toThrow('no image')
  expect(existsSync(folder)).toBe(true)

  const stopping = lab.stop()
  arrive()
  await expect(stopping).rejects.toThrow('it hangs')
  expect(stopped).toEqual(['machine', 'mirror'])
  expect(existsSync(folder)).toBe(false)
  await lab.stop()
  expect(stopped).toHaveLength(2)
})
