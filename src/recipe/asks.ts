import type { Facts } from '../facts/facts.js'
import type { ProbeResult } from '../packages/probe.js'

/** One option that the wizard asks about by a question of its own, beside those for all options. */
export interface OptionQuestion {
  option: string
  /** What is chosen, as its line of the proposal begins: `Docker without sudo`. */
  name: string
  /** The same in a few more words: `who is in the group docker`. */
  about: string
  /** The question itself. */
  title: string
  /** What a person should know to answer it. */
  lines?: readonly string[] | undefined
  /** What counts on a host if the option is not set, why, and what is said if that is nothing. */
  unset: { values(facts: Facts): readonly string[]; about: string; none: string }
  /** Values with names of their own. */
  choices?: readonly { name: string; value: string; about?: string | undefined }[] | undefined
  /** Other values, which a person types: `you type their names`, `names with commas between them`. */
  typed: { about: string; hint: string }
}

/** The option that says which version, what a host has, and what its repositories offer. */
export interface VersionQuestion {
  /** `version` unless this says otherwise. It takes `latest`, or has branches. */
  option?: string | undefined
  /** What it is a version of: `Docker`. */
  of: string
  installed(facts: Facts): string | undefined
  /** What repositories answered that they offer, newest first. */
  offered(answers: readonly ProbeResult[]): string[]
  /** If a person chooses a branch (580) rather than a range: which one is taken if none is named, of which, and what may be typed. */
  branches?: { unset: string; about: string; hint: string } | undefined
}
