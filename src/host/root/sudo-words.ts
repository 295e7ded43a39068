/** What the shell is called in which root reads a script: its own complaints begin so. */
export const shellName = 'root-shell'

/** What sudo wrote before a script began. */
export interface SudoWords {
  /** Lines of sudo and PAM: no questions, nothing of fitout's. */
  all: string[]
  /** How many questions sudo asked. Any but the last was answered with the password. */
  questions: number
  /** The lines after the first question. A lecture comes before it, in any wording. */
  since: string[]
  /** Whose password sudo wants, if not that of the user who logs in (`rootpw`, `targetpw`, `runaspw`). */
  whose: string | undefined
}

/**
 * Takes apart what sudo wrote before a script began.
 *
 * @param nonce what marks sudo's questions, and the lines of root's shell.
 */
export function sudoWords(text: string, nonce = '\n'): SudoWords {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const question = `${nonce} asks `
  const questions = lines.filter((line) => line.includes(question))
  // sudo-rs adds PAM's own prompt to its question, which it encloses in brackets.
  const words = (some: string[]) => some.filter((line) => !line.includes(nonce) && !line.startsWith('] '))
  // It becomes part of a question of fitout's, so it is a name and no sentence.
  const [, login, whose] = /^([^:]*):([\w.@\\$+-]{1,64})$/.exec(questions[0]?.split(question)[1] ?? '') ?? []
  return {
    all: words(lines),
    questions: questions.length,
    since: words(lines.slice(lines.findIndex((line) => line.includes(question)) + 1)),
    whose: whose === login ? undefined : whose,
  }
}

/** Why there is no root, and what helps. */
interface Reason {
  cause: string
  remedy: string
  /** Another password may be right. */
  isWrong?: boolean
}

const reasons = {
  noexec: {
    cause: 'sudo there does not let root’s shell start programs (noexec or intercept)',
    remedy: 'remove `noexec` or `intercept` (`NOEXEC:`, `INTERCEPT:`) from sudoers for this user, or log in as root',
  },
  terminal: {
    cause: 'sudo there insists on a terminal (requiretty)',
    remedy: 'put `Defaults !requiretty` into sudoers for this user, or log in as root',
  },
  denied: {
    cause: 'sudo does not let this user become root',
    remedy: 'ask an administrator to add the user to the group `sudo` (`wheel` on Fedora), or log in as another user',
  },
  account: {
    cause: 'sudo does not accept this account any more',
    remedy: 'see to the account with an administrator',
  },
  more: {
    cause: 'sudo asks for more than a password (a one-time code?)',
    remedy: 'allow NOPASSWD for this user, let /etc/pam.d/sudo ask for the password only, or log in as root',
  },
  wrong: {
    cause: 'the sudo password was wrong',
    remedy: 'run it again with the right one; only one attempt was made',
    isWrong: true,
  },
  pam: {
    cause: 'PAM denies it: the sudo password was wrong, or this account may not use sudo now',
    remedy: 'run it again with the right password, or ask an administrator what the log of that machine says',
    isWrong: true,
  },
  ended: {
    cause: 'the sudo password was wrong, or sudo failed for another reason',
    remedy: 'run it again with the right password, or try `sudo -v` on that machine',
    isWrong: true,
  },
  wanted: {
    cause: 'sudo wants a password',
    remedy: 'run it where you can be asked for it, or allow NOPASSWD for this user',
  },
  failed: { cause: 'sudo failed', remedy: 'try `sudo -v` on that machine' },
} satisfies Record<string, Reason>

/** Sentences of sudo 1.9, which begin with a name or `Sorry`, and of sudo-rs. */
const denies = /^(?!sudo: ).*(?:not in the sudoers|may not run sudo|is not allowed)|afraid I can't do that/im

/** Sentences of sudo, sudo-rs and pam_faillock about an account. */
const refusesAccount =
  /^sudo: (?:account (?:validation|expired|or password is expired)|password expired)|PAM error: .*expired|^The account is locked due to/im

/**
 * Why sudo did not let a script begin. An administrator chooses what sudo says of a wrong password (`badpass_message`, and `authfail_message`
 * behind `sudo: `), and may turn on insults. So once sudo has asked, only whole sentences of sudo's own say anything else.
 */
export function sudoReason({ questions, since }: SudoWords): Reason {
  const said = since.join('\n')
  if (new RegExp(`^${shellName}: .*Permission denied`, 'm').test(said)) return reasons.noexec
  if (/must have a tty/i.test(said)) return reasons.terminal
  if (questions < 2 && denies.test(said)) return reasons.denied
  if (refusesAccount.test(said)) return reasons.account
  // sudo says something after each failure. Without a word the second question belongs to the same attempt.
  if (questions > 1) return since.length > 0 ? reasons.wrong : reasons.more
  if (/incorrect|try again|authentication fail/i.test(said)) return reasons.wrong
  // sudo-rs tells no more of a PAM that ends at the first failure.
  if (/PAM error: Permission denied/i.test(said)) return reasons.pam
  if (questions > 0) return reasons.ended
  if (/account|expired|locked/i.test(said)) return reasons.account
  if (/password|interactive authentication|authentication required/i.test(said)) return reasons.wanted
  return reasons.failed
}
