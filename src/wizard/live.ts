import { emitKeypressEvents, type Interface } from 'node:readline'
import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isUpKey,
  type KeypressEvent,
  useEffect,
  useKeypress,
  usePagination,
  useRef,
  useState,
} from '@inquirer/core'
import { type Paint, visible, wrap } from '../text.js'
import { cut } from '../ui/columns.js'
import { type Output, writeLines } from '../ui/io.js'
import { Interrupted, inTurn } from '../ui/turn.js'
import type { MenuChoice, Prompts, Question, Reply } from './question.js'

const hideCursor = '\x1b[?25l'
/** Milliseconds after which a lone Esc is no longer the beginning of another key. */
const escapeTimeout = 100
/** Lines for what is said of a choice; kept free, so that nothing jumps. */
const aboutLines = 2

interface Look {
  paint: Paint
  output: Output
}

interface Terminal extends Look {
  stdin: object
}

interface Config extends Look {
  question: Question
  update?: Promise<Question> | undefined
}

/** Questions as inquirer’s prompts: a list to move in, boxes to tick, a line to type. What was answered goes from the screen. */
export function livePrompts({ stdin, ...look }: Terminal): Prompts {
  return {
    say: (lines) => writeLines(look.output, lines),
    ask: async (question, update) => {
      const prompt = question.kind === 'text' ? textPrompt : listPrompt
      try {
        return await inTurn({ stdin, output: look.output }, ({ input, output }) => {
          // The first who listens to keys decides how long Esc waits.
          emitKeypressEvents(input, { escapeCodeTimeout: escapeTimeout } as unknown as Interface)
          return prompt({ ...look, question, update }, { input, output, clearPromptOnDone: true })
        })
      } catch (error) {
        if (error instanceof Interrupted || (error instanceof Error && error.name === 'ExitPromptError')) {
          return 'interrupted'
        }
        throw error
      }
    },
  }
}

/** Keys that leave any question. `undefined` for all others. */
function leaving(key: KeypressEvent, typing: boolean): Reply | undefined {
  if (key.name === 'escape') return 'back'
  if (typing || key.ctrl) return undefined
  if (key.name === 'left' || key.name === 'backspace') return 'back'
  return key.name === 'q' ? 'quit' : undefined
}

/** Answers once, and says whether that was done. Ctrl-D closes the line editor, and nobody else says so. */
function useAnswer(done: (reply: Reply) => void): [(reply: Reply) => void, { current: boolean }] {
  const answered = useRef(false)
  const answer = (reply: Reply) => {
    if (answered.current) return
    answered.current = true
    done(reply)
  }
  useEffect((rl) => {
    const lines = rl as unknown as NodeJS.EventEmitter
    lines.once('close', () => answer('quit'))
  }, [])
  return [answer, answered]
}

const listPrompt = createPrompt<Reply, Config>((config, done) => {
  const { paint, output } = config
  const [question, setQuestion] = useState<Question>(config.question)
  const [term, setTerm] = useState('')
  const [trouble, setTrouble] = useState<string>()
  const typing = question.kind === 'search'
  const { items, own } = itemsOf(question, term)
  const [active, setActive] = useState(startOf(config.question))
  const at = Math.min(active, Math.max(0, items.length - 1))
  const [ticked, setTicked] = useState(new Set(items.flatMap(({ checked, value }) => (checked ? [value] : []))))
  const [answer, answered] = useAnswer(done)
  useEffect(() => {
    void config.update?.then((better) => !answered.current && setQuestion(better)).catch(() => undefined)
  }, [])

  const columns = columnsOn(output)
  const rows = output.rows ?? 24

  useKeypress((key, rl) => {
    const left = leaving(key, typing)
    const one = items[at]
    if (left !== undefined) {
      if (!typing) rl.clearLine(0)
      return answer(left)
    }
    if (trouble !== undefined) setTrouble(undefined)
    if (isEnterKey(key)) {
      // The line editor has taken its line away.
      if (typing) rl.write(term)
      const problem =
        question.kind === 'search' && own !== undefined && own === one?.value ? question.problem(own) : undefined
      if (question.kind === 'check') {
        const values = items.flatMap(({ value }) => (ticked.has(value) ? [value] : []))
        const wrong = question.problem?.(values)
        return wrong === undefined ? answer({ answer: values }) : setTrouble(wrong)
      }
      if (one === undefined) return setTrouble(typing ? question.hint : undefined)
      if (one.off !== undefined || problem !== undefined) return setTrouble(problem ?? `not here: ${one.off}`)
      return answer({ answer: one.value })
    }
    const to = moved(key, at, items.length, typing)
    if (to !== undefined) {
      setActive(to)
      if (!typing) rl.clearLine(0)
      else if (key.name !== 'up' && key.name !== 'down') setTerm(rl.line)
      return
    }
    if (typing) {
      setTerm(rl.line)
      return setActive(0)
    }
    rl.clearLine(0)
    if (question.kind === 'check' && (key.name === 'space' || key.name === 'x') && one !== undefined) {
      if (one.off !== undefined) return setTrouble(`not here: ${one.off}`)
      const next = new Set(ticked)
      if (!next.delete(one.value)) next.add(one.value)
      setTicked(next)
    }
  })

  const head = headOf(question, config, rows, Math.min(items.length, 7))
  const page = usePagination({
    items: items.length === 0 ? [{ value: '', name: 'none of these', off: '' } as MenuChoice] : items,
    active: at,
    loop: false,
    pageSize: Math.max(3, rows - head.length - aboutLines - 5),
    renderItem: ({ item, isActive }) => {
      const box = question.kind !== 'check' || item.off !== undefined ? '' : ticked.has(item.value) ? '[x] ' : '[ ] '
      const lead = `${isActive ? '>' : ' '} ${item.off !== undefined && question.kind === 'check' ? '  - ' : box}`
      const text = cut(`${lead}${item.name}${item.off ? ` (${item.off})` : ''}`, columns)
      if (item.off !== undefined) return paint('dim', text)
      return isActive ? paint('cyan', text) : text
    },
  })
  const below = [page, '', ...footOf(config, question, items[at], trouble, columns)].join('\n')
  if (!typing) return `${[...head, below].join('\n')}${hideCursor}`
  const typed = term === '' ? paint('dim', cut(`type ${question.hint}`, columns - 3)) : term
  return [[...head, `  ${typed}`].join('\n'), below]
})

/** What stands under a list: what is said of a choice, or what is wrong with it, and the keys. */
function footOf(
  { paint }: Look,
  { kind }: Question,
  one: MenuChoice | undefined,
  trouble: string | undefined,
  columns: number,
) {
  const words = trouble ?? (one?.off ? `Not here: ${one.off}` : (one?.about ?? ''))
  const about = wrap(visible(words), columns - 2).slice(0, aboutLines)
  const keys = [
    'Up, Down move',
    ...(kind === 'check' ? ['Space ticks', 'Enter goes on'] : ['Enter takes it']),
    'Esc back',
    kind === 'search' ? 'Ctrl-C quit' : 'q quit',
  ]
  return [
    ...about.map((line) => (line === '' ? '' : `  ${trouble === undefined ? line : paint('yellow', line)}`)),
    ...Array<string>(aboutLines - about.length).fill(''),
    paint('dim', keysText(keys, columns)),
  ]
}

const textPrompt = createPrompt<Reply, Config>((config, done) => {
  const { paint, output, question } = config
  if (question.kind !== 'text') throw new Error('not a question for a text')
  const [text, setText] = useState(question.preset ?? '')
  const [trouble, setTrouble] = useState<string>()
  const [answer] = useAnswer(done)
  useEffect((rl) => {
    if (question.preset !== undefined) rl.write(question.preset)
  }, [])
  const columns = columnsOn(output)
  useKeypress((key, rl) => {
    const left = leaving(key, true)
    if (left !== undefined) return answer(left)
    if (!isEnterKey(key)) {
      setText(rl.line)
      return setTrouble(undefined)
    }
    const wrong = question.problem(text)
    if (wrong === undefined) return answer({ answer: text })
    rl.write(text)
    setTrouble(wrong)
  })
  const head = headOf(question, config, output.rows ?? 24, 3)
  const about = wrap(visible(trouble ?? question.hint ?? ''), columns - 2)
    .slice(0, 3)
    .map((line) => `  ${trouble === undefined ? paint('dim', line) : paint('yellow', line)}`)
  return [
    [...head, `  ${text}`].join('\n'),
    ['', ...about, paint('dim', cut('Enter takes it · Esc back · Ctrl-C quit', columns))].join('\n'),
  ]
})

/** The keys that help, the well-known ones left out where there is no room. */
function keysText(keys: readonly string[], columns: number): string {
  const text = keys.join(' · ')
  return text.length <= columns || keys.length === 1 ? text : keysText(keys.slice(1), columns)
}

/** What can be pointed at now: all choices, or those that have what was typed in them, and that itself. */
function itemsOf(question: Question, term: string): { items: readonly MenuChoice[]; own?: string | undefined } {
  if (question.kind === 'text') return { items: [] }
  if (question.kind !== 'search') return { items: question.choices }
  const typed = term.trim()
  const found = question.choices.filter(({ name }) => name.toLowerCase().includes(typed.toLowerCase()))
  if (typed === '' || found.some(({ name }) => name === typed)) return { items: found }
  // What begins like it may be meant; what does not at all is behind what was typed.
  const own: MenuChoice = { value: typed, name: `${typed}`, about: 'as you typed it' }
  const alike = found.filter(({ name }) => name.startsWith(typed))
  return { items: [...alike, own, ...found.filter((one) => !alike.includes(one))], own: typed }
}

function startOf(question: Question): number {
  if (question.kind === 'text') return 0
  const preset = question.kind === 'choose' ? question.preset : undefined
  const usable = (choice: MenuChoice) => choice.off === undefined && (preset === undefined || choice.value === preset)
  return Math.max(0, question.choices.findIndex(usable))
}

function moved(key: KeypressEvent, at: number, count: number, typing: boolean): number | undefined {
  const last = Math.max(0, count - 1)
  if (isUpKey(key)) return at === 0 ? last : at - 1
  if (isDownKey(key)) return at === last ? 0 : at + 1
  if (key.name === 'pageup') return Math.max(0, at - 5)
  if (key.name === 'pagedown') return Math.min(last, at + 5)
  if (typing) return undefined
  if (key.name === 'home') return 0
  if (key.name === 'end') return last
  return undefined
}

function columnsOn({ columns = 80 }: Output): number {
  return Math.max(40, columns) - 1
}

/** A question, and above it its lines, as many as there is room for, and an empty one. */
function headOf({ title, lines = [] }: Question, { paint, output }: Look, rows: number, items: number): string[] {
  const columns = columnsOn(output)
  const room = Math.max(1, rows - items - aboutLines - 6)
  const all = lines.flatMap((line) => (line === '' ? [''] : wrapped(visible(line), columns)))
  const above = all.length <= room ? all : [...all.slice(0, room - 1), '  …']
  const asked = `${paint('green', '?')} ${paint('bold', cut(title, columns - 2))}`
  return above.length === 0 ? [asked] : [...above, '', asked]
}

/** Wraps a line that may be indented; what goes on stands under it. */
function wrapped(line: string, columns: number): string[] {
  if (line.length <= columns) return [line]
  const lead = /^ *(?:\S.{0,14} {2,}| *)/.exec(line)?.[0] ?? ''
  return wrap(line.slice(lead.length), columns - lead.length).map(
    (part, index) => (index === 0 ? lead : ' '.repeat(lead.length)) + part,
  )
}
