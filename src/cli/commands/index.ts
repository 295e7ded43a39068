import type { Command } from '../command.js'
import { completion } from '../completion/command.js'
import { apply } from './apply.js'
import { doctor } from './doctor.js'
import { facts } from './facts.js'
import { help } from './help.js'
import { hosts } from './hosts.js'
import { init } from './init.js'
import { logs } from './logs.js'
import { plan } from './plan.js'
import { recipes } from './recipes.js'
import { report } from './report.js'
import { script } from './script.js'
import { tables } from './tables.js'
import { undo } from './undo.js'
import { verify } from './verify.js'
import { wizard } from './wizard.js'

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [
  wizard,
  plan,
  apply,
  verify,
  doctor,
  undo,
  report,
  logs,
  facts,
  script,
  recipes,
  tables,
  hosts,
  init,
  completion,
  help,
]
