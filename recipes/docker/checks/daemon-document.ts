import type { LookAnswer } from '../../../src/doctor/answer.js'
import type { Mend } from '../../../src/doctor/check.js'
import { lineOf } from '../../../src/doctor/evidence.js'
import { isObject, type JsonObject } from '../../../src/resource/json-text.js'
import { daemonJsonPath } from '../daemon-keys.js'

/** What daemon.json holds: nothing where it is absent, empty or not valid. */
export function documentOf(answer: LookAnswer): JsonObject {
  const text = answer.text('daemon.json').replace(/^\uFEFF/, '')
  try {
    const value: unknown = JSON.parse(text || '{}')
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** The line of daemon.json that names a key. */
export function keyLine(answer: LookAnswer, key: string): string {
  return lineOf(daemonJsonPath, answer.text('daemon.json'), new RegExp(`"${key}"\\s*:`))
}

/** How `fitout apply` mends it: with keys of daemon.json, `mtu=1400`. */
export function withSetting(...settings: readonly string[]): Mend {
  return { recipe: 'docker-daemon', set: settings.map((one) => `docker-daemon.config.${one}`) }
}
