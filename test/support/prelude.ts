import '../../recipes/index.js'
import { allFunctions } from '../../src/plan/functions.js'

/** Every shell function that a script of a plan may have: fitout's own, and those that recipes bring. */
export const prelude = allFunctions()
