import { recipes } from '../../../recipes/index.js'
import { questionFor as planQuestion } from '../../../src/cli/apply/question.js'
import { forWizard } from '../../../src/cli/wizard/actions.js'
import { FitoutError } from '../../../src/errors.js'
import { showPlans } from '../../../src/plan/show-many.js'
import { choose } from '../../../src/recipe/choose.js'
import { type Actions, converse } from '../../../src/wizard/converse.js'
import { commandOf } from '../../../src/wizard/export.js'
import type { Prompts, Question, Reply } from '../../../src/wizard/question.js'
import { begun, type Knowledge, type Offers, type SeenHost } from '../../../src/wizard/state.js'
import { somePlan } from '../cli/stand-in.js'

const proposed = ['docker-engine', 'docker-daemon', 'docker-group', 'hello-world']

export const web1: SeenHost = {
  name: 'web1',
  system: 'Debian GNU/Linux 13 (trixie), amd64, systemd',
  has: ['no Docker Engine', '2 GiB of memory', 'no NVIDIA GPU'],
  unset: { 'docker-group.users': ['dev'] },
  proposed,
  unfit: { 'nvidia-driver': 'only on hosts with an NVIDIA GPU' },
  right: ['docker-daemon'],
  plan: somePlan,
}

export const knowledge: Knowledge = {
  recipes: recipes.map(forWizard),
  known: [{ name: 'web1', from: '~/.ssh/config' }],
  problemOf: (recipe, option, value) => {
    try {
      choose(recipes, { only: [recipe], set: [`${recipe}.${option}=${value}`] })
      return undefined
    } catch (error) {
      return (error as FitoutError).why
    }
  },
  targetProblem: (text) => (/\s/.test(text) ? 'it has a blank in it' : undefined),
  planQuestion: (plans) => planQuestion(plans),
}

export interface Ways {
  files?: string[]
  look?: Actions['look']
  offers?: Offers
  applied?: number
  write?: Actions['write']
  here?: Promise<NonNullable<Parameters<typeof Promise.resolve>[0]>>
}

/** What a person does: a value of a choice, a text, values of several, or a way out. */
export type Does = string | readonly string[] | { leaves: Exclude<Reply, object> }

/** Talks with the wizard and keeps all that happened. */
export async function talk(does: readonly Does[], ways: Ways = {}) {
  const asked: Question[] = []
  const said: string[] = []
  const did: string[] = []
  const left = [...does]
  const prompts: Prompts = {
    say: (lines) => void said.push(...lines),
    ask: async (question) => {
      asked.push(question)
      const next = left.shift()
      if (next === undefined) throw new Error(`nobody answers: ${question.title}`)
      if (typeof next === 'object' && 'leaves' in next) return next.leaves
      refuseImpossible(question, next)
      return { answer: next }
    },
  }
  const actions: Actions = {
    readFleet: async (file) => {
      did.push(`read ${file}`)
      if (file === 'missing.yaml') {
        throw new FitoutError({
          doing: 'reading',
          cause: 'missing.yaml does not exist',
          remedy: 'name another',
          exitCode: 64,
        })
      }
      return { file, hosts: ['web1', 'web2', 'gpu-01'], groups: [{ name: 'gpu', hosts: ['gpu-01'] }] }
    },
    look: async (wanted) => {
      did.push(`look ${JSON.stringify(wanted)}`)
      return (ways.look ?? (async () => [web1]))(wanted)
    },
    offers: async (_wanted, recipe) => {
      did.push(`offers ${recipe}`)
      return ways.offers ?? { hosts: [{ name: 'web1', offered: ['28.5.2', '28.5.1', '27.5.1', '26.1.5'] }] }
    },
    showPlans: (plans) => showPlans(plans),
    apply: async (wanted, agreed, verify) => {
      did.push(`apply ${JSON.stringify(wanted)} ${[...agreed.keys()]}${verify ? ' verify' : ''}`)
      return ways.applied ?? 0
    },
    command: (state) => commandOf(state),
    write: async (file, state) => {
      did.push(`write ${file}`)
      return (ways.write ?? (async () => [`wrote ${file}`]))(file, state)
    },
  }
  const here = Promise.resolve({ system: 'Debian GNU/Linux 12 (bookworm), amd64', has: ['no Docker Engine'] })
  const code = await converse(begun({ files: ways.files ?? [] }), prompts, async () => ({ actions, knowledge, here }))
  return { code, asked, said: said.join('\n'), did, changed: did.filter((what) => /^(apply|write)/.test(what)), left }
}

/** A person cannot choose what is not there. */
function refuseImpossible(question: Question, answer: string | readonly string[]): void {
  const values = typeof answer === 'string' ? [answer] : answer
  for (const value of values) {
    if (question.kind === 'text') {
      const problem = question.problem(value)
      if (problem !== undefined) throw new Error(`${question.title} does not take ${value}: ${problem}`)
      continue
    }
    const found = question.choices.find((choice) => choice.value === value)
    if (found?.off !== undefined) throw new Error(`${question.title}: ${value} is off: ${found.off}`)
    if (found === undefined && (question.kind !== 'search' || question.problem(value) !== undefined)) {
      throw new Error(`${question.title}: there is no ${value}`)
    }
  }
}
