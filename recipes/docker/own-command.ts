/** Words of shells that run no program and lead no command elsewhere. */
const builtins =
  /^(:|\[|\[\[|true|false|echo|printf|test|local|return|shift|set|case|esac|in|fi|for|done|end|switch|begin|break|continue)$/
/** Words of shells before a command. */
const before = /^(if|then|elif|else|while|until|do|and|or|not|!)$/
/** Programs that run the command behind them. */
const launchers = /^(sudo|command|exec|env|time|nice|noglob|nocorrect|builtin)$/
/** The client’s own options that lead nowhere; source: docker/cli, docs/reference/commandline/docker.md. */
const harmless = /^(-D|--debug(=\S+)?|-l\S*|--log-level(=\S+)?)$/
const here = /^(-H|--host)[= ]?unix:\/\/(\/var)?\/run\/docker\.sock$|^(-c|--context)[= ]?default$/

/** How much of it is told (host/root/login-shell.sh). */
const most = { lines: 100, characters: 1000 }

/**
 * What a user’s alias or function called `docker` says, if it may lead to something else than this host’s Docker. It is not run, since nobody knows
 * what it does: it is the same as Docker’s client only if it is seen to call nothing else, with no option or variable that leads elsewhere.
 *
 * @param typed what the shell says that `docker` is, as `alias` and `typeset -f` print it; empty if it is a program.
 * @param client the client’s file, beside /usr/bin/docker the only path by which it may be called.
 * @returns the line that tells.
 */
export function ownCommandLeads(typed: readonly string[], client: string | undefined): string | undefined {
  const lines = typed.map((line) => line.trim())
  const body = lines.filter((line) => line !== '' && !/^(#|\}?$|\{$|end$)/.test(line) && !head.test(line))
  // A function of which the shell says no more.
  if (body.length === 0) return lines.find((line) => /is a (shell )?function$/.test(line))
  if (lines.length >= most.lines || lines.some(({ length }) => length >= most.characters)) return body[0]
  return body.find((line) => !callsClient(line, client))
}

/**
 * The same of a line of a file that makes `docker` an alias or a function, maybe behind a condition; the function may go on in the lines below, which
 * are not known.
 */
export function ownLineLeads(line: string, client: string | undefined): boolean {
  const text = line.replace(/^.*?(?=\b(alias\s|(function\s+)?docker\s*\(\)|function\s+docker\b))/, '')
  return (
    /^(function\s+)?docker\s*\(\)\s*\{?$|^function\s+docker\b[^{]*\{?$/.test(text.trim()) ||
    ownCommandLeads([text], client) !== undefined
  )
}

/** The line with which a function begins, or by which a shell says that it is one. */
const head = /^(function\s+)?docker\s*\(\)\s*\{?$|^function docker\b[^{]*\{?$|^docker is /

function callsClient(line: string, client: string | undefined): boolean {
  if (/\bDOCKER_[A-Z_]+\b|\b(PATH|HOME)=/.test(line)) return false
  return commandsOf(line).every((words) => isHarmless(words, client))
}

/** The words of all commands in a line. */
function commandsOf(line: string): string[][] {
  const alias = /^(?:alias\s+(?:-\S+\s+)*docker[=\s]\s*|docker=)(?:'([^']*)'|"([^"]*)"|)(.*)$/.exec(line)
  const text =
    alias === null
      ? line.replace(/^(function\s+)?docker\s*\(\)\s*\{|^function\s+docker\s*\{/, '')
      : `${alias[1] ?? alias[2] ?? ''}${alias[3]}`
  return (
    text
      .replace(/\$\{[^}()`]*\}/g, '$value')
      // What is in quotation marks is one word, unless it runs something.
      .replace(/'([^']*)'|"([^"`]*)"/g, (all, one = '', two = '') =>
        all.includes('$(') ? all : /^[\w@$*./:=-]+$/.test(one + two) ? one + two : 'words',
      )
      .replace(/\d*(>>?|<)\s*(&\d|[\w/.$-]+)/g, ' ')
      // Behind a pattern of `case` comes a command, too.
      .split(/(?<=^|[\s;])\(?(?:[^\s()|;]+\s*\|\s*)*[^\s()|;]+\)|[;&|`(){}]/)
      .map((part) => part.trim().split(/\s+/))
  )
}

function isHarmless(words: readonly string[], client: string | undefined): boolean {
  let at = 0
  for (; at < words.length; at++) {
    const word = words[at]!
    if (launchers.test(word)) while (words[at + 1]?.startsWith('-')) at++
    else if (!before.test(word) && !/^\w+=/.test(word)) break
  }
  const word = words[at] ?? ''
  if (word === '' || builtins.test(word)) return true
  if (!['docker', client, '/usr/bin/docker'].includes(word)) return false
  for (at++; words[at]?.startsWith('-'); at++) {
    const option = words[at]!
    const next = words[at + 1] ?? ''
    if (here.test(option)) continue
    if (/^(-H|--host|-c|--context)$/.test(option) && here.test(`${option} ${next}`)) at++
    else if (!harmless.test(option)) return false
    else if (/^(-l|--log-level)$/.test(option)) at++
  }
  return true
}
