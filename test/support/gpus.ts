import type { NvidiaDevice } from '../../recipes/nvidia/facts.js'
import { names } from '../../recipes/nvidia/gpus.js'

const nvSwitch = { device: '10de:1af1', class: '0x068000' }

/** GPUs as lspci has them, by the names that plans have, and NVSwitches. */
export function devicesCalled(gpus: readonly string[]): NvidiaDevice[] {
  return gpus.map((name, index) => {
    const slot = `0000:${String(index + 1).padStart(2, '0')}:00.0`
    const id = [...names()].find(([, known]) => known.name === name)?.[0]
    if (id === undefined && name !== 'NVSwitch') throw new Error(`gpu-names.txt has no ${name}`)
    return { slot, ...(id === undefined ? nvSwitch : { device: `10de:${id}`, class: '0x030200' }) }
  })
}
