import filesFunctions from '../../packages/apt-sources/files.sh'
import refusalFunctions from '../../packages/apt-sources/refusal.sh'
import packages from './packages.sh'

/** Questions that several checks have, whatever the product; each is asked once, whoever has it. */

export { default as dnfLook } from './dnf.sh'
export { default as journalLook } from './journal.sh'
export { default as storageLook } from './storage.sh'
export { default as systemLook } from './system.sh'
export { default as unitsLook } from './units.sh'

export const packagesLook = `${filesFunctions}${refusalFunctions}${packages}`
