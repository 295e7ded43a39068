import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { homeFolder } from '../../home.js'
import { Doubt, readNamed, requireOwn } from '../../own-file.js'
import { type Location, locationText, type Problem, refusal } from '../problems.js'
import type { Variables } from './inventory.js'
import { varsFolders } from './vars-files.js'

type Environment = Record<string, string | undefined>

/** What Ansible’s configuration says of inventories and connections. */
export interface Settings {
  /** What holds for hosts of which the inventory says nothing. */
  variables: Variables
  /** Settings by which Ansible reads inventories in a way that it alone knows: `ansible.cfg:3: hash_behaviour`. */
  reading: string[]
  /** Why its file is not read, as a sentence without a full stop. */
  doubt?: string | undefined
}

/** Settings that count for a connection, by the variable that comes before them (`ansible-doc -t connection ssh` of 2.14). */
const connecting = [
  ['defaults', 'remote_user', 'ANSIBLE_REMOTE_USER', 'ansible_user'],
  ['defaults', 'remote_port', 'ANSIBLE_REMOTE_PORT', 'ansible_port'],
  ['defaults', 'private_key_file', 'ANSIBLE_PRIVATE_KEY_FILE', 'ansible_private_key_file'],
  ['defaults', 'transport', 'ANSIBLE_TRANSPORT', 'ansible_connection'],
  ['ssh_connection', 'ssh_args', 'ANSIBLE_SSH_ARGS', 'ansible_ssh_args'],
  ['ssh_connection', 'ssh_common_args', 'ANSIBLE_SSH_COMMON_ARGS', 'ansible_ssh_common_args'],
  ['ssh_connection', 'ssh_extra_args', 'ANSIBLE_SSH_EXTRA_ARGS', 'ansible_ssh_extra_args'],
  ['privilege_escalation', 'become_method', 'ANSIBLE_BECOME_METHOD', 'ansible_become_method'],
] as const

/** Settings that count for the reading, with the values by which nothing is different (ansible/config/base.yml of 2.14). */
const forReading: readonly [section: string, key: string, variable: string, usual: (value: string) => boolean][] = [
  ['defaults', 'hash_behaviour', 'ANSIBLE_HASH_BEHAVIOUR', is(/^replace$/)],
  ['defaults', 'precedence', 'ANSIBLE_PRECEDENCE', is(/^$/)],
  ['defaults', 'vars_plugins_enabled', 'ANSIBLE_VARS_ENABLED', is(/^(?:ansible\.builtin\.)?host_group_vars$/)],
  ['defaults', 'run_vars_plugins', 'ANSIBLE_RUN_VARS_PLUGINS', is(/^demand$/)],
  ['vars_host_group_vars', 'stage', 'ANSIBLE_VARS_PLUGIN_STAGE', is(/^(?:all)?$/)],
  ['defaults', 'yaml_valid_extensions', 'ANSIBLE_YAML_FILENAME_EXT', is(/^$/)],
  ['inventory_plugin_yaml', 'yaml_valid_extensions', 'ANSIBLE_INVENTORY_PLUGIN_EXTS', is(/^$/)],
  ['defaults', 'force_valid_group_names', 'ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS', is(/^(?:never|ignore)$/)],
  ['defaults', 'duplicate_dict_key', 'ANSIBLE_DUPLICATE_YAML_DICT_KEY', is(/^(?:warn|ignore)$/)],
  ['defaults', 'inventory_ignore_extensions', '', is(/^$/)],
  ['inventory', 'ignore_extensions', 'ANSIBLE_INVENTORY_IGNORE', is(/^$/)],
  ['defaults', 'inventory_ignore_patterns', '', is(/^$/)],
  ['inventory', 'ignore_patterns', 'ANSIBLE_INVENTORY_IGNORE_REGEX', is(/^$/)],
  ['inventory', 'enable_plugins', 'ANSIBLE_INVENTORY_ENABLED', hasUsualPlugins],
]

function is(pattern: RegExp): (value: string) => boolean {
  return (value) => pattern.test(value.trim())
}

/** Whether the plugins that are read here are all there, in their order. */
function hasUsualPlugins(value: string): boolean {
  const names = value.split(',').map((name) => name.trim().replace(/^ansible\.builtin\./, ''))
  const usual = ['script', 'auto', 'yaml', 'ini']
  const found = names.filter((name) => usual.includes(name))
  return found.join() === usual.join()
}

/**
 * Reads the configuration that Ansible would take.
 *
 * @throws FitoutError (64) if Ansible would refuse it.
 */
export function settingsOfAnsible(env: Environment = process.env): Settings {
  const settings: Settings = { variables: new Map(), reading: [] }
  const file = configurationOfAnsible(env)?.path
  let values = new Map<string, { value: string; location: Location }>()
  try {
    if (file !== undefined) {
      requireOwn(file)
      values = readConfiguration(readNamed(file).toString('utf8'), file)
    }
  } catch (error) {
    if (!(error instanceof Doubt)) throw error
    settings.doubt = error.message
  }
  const said = (section: string, key: string, variable: string) => {
    const fromEnv = env[variable]
    return fromEnv === undefined
      ? values.get(`${section}\n${key}`)
      : { value: fromEnv, location: { file: variable, line: 0, column: 0 } }
  }
  for (const [section, key, variable, name] of connecting) {
    const found = said(section, key, variable)
    if (found === undefined) continue
    // Of a key in a file, that file’s folder is where the path starts.
    const { value, location } = found
    const isRelative = key === 'private_key_file' && location.line > 0 && !/^[~/{$]/.test(value)
    settings.variables.set(name, isRelative ? { value: resolve(dirname(location.file), value), location } : found)
  }
  for (const [section, key, variable, usual] of forReading) {
    const found = said(section, key, variable)
    if (found !== undefined && !usual(found.value)) settings.reading.push(`${locationText(found.location)}: ${key}`)
  }
  return settings
}

/**
 * The configuration that Ansible would take, which says where its plugins are, too: the file that ANSIBLE_CONFIG names, or the one in the folder
 * that it names, and if it can read none, that of the working directory, then the person’s and the machine’s.
 *
 * @returns with `named` if ANSIBLE_CONFIG named it.
 */
export function configurationOfAnsible(env: Environment = process.env): { path: string; named: boolean } | undefined {
  const named = (env.ANSIBLE_CONFIG ?? '')
    .replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced, bare) => env[braced ?? bare] ?? all)
    .replace(/^~(?=\/|$)/, () => homeFolder())
  const own = join(homeFolder(), '.ansible.cfg')
  const ofNamed = named === '' ? [] : [named, join(named, 'ansible.cfg')]
  const path = [...ofNamed, 'ansible.cfg', own, '/etc/ansible/ansible.cfg'].find(isReadable)
  return path === undefined ? undefined : { path, named: ofNamed.includes(path) && path !== 'ansible.cfg' }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Whether variables lie in the working directory, as they do beside playbooks. */
export function hasVarsHere(): boolean {
  return varsFolders.some((name) => existsSync(name))
}

/** The settings of a file, by section and key, as Python’s `configparser` reads them for Ansible. */
function readConfiguration(text: string, file: string): Map<string, { value: string; location: Location }> {
  const found = new Map<string, { value: string; location: Location }>()
  const problems: Problem[] = []
  let section: string | undefined
  let last: { value: string } | undefined
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const location = { file, line: index + 1, column: 1 }
    const line = raw.replace(/(^|\s);.*$/, '')
    if (/^\s*(?:#|$)/.test(line)) continue
    const [, name] = /^\[([^\]]+)\]/.exec(line) ?? []
    const [, key, value] = /^([^\s:=][^:=]*?)\s*[:=]\s*(.*?)\s*$/.exec(line) ?? []
    if (/^\s/.test(line) && last !== undefined) last.value += `\n${line.trim()}`
    else if (name !== undefined) [section, last] = [name, undefined]
    else if (section === undefined || key === undefined)
      problems.push({ location, text: 'is not `[section]` or `key = value`' })
    else {
      const setting = { value: value!, location }
      const id = `${section}\n${key.toLowerCase()}`
      if (found.has(id)) problems.push({ location, text: `\`${key}\` is here a second time` })
      found.set(id, setting)
      last = setting
    }
  }
  if (problems.length > 0) throw refusal(file, problems)
  return found
}
