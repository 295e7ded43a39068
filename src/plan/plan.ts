import type { Change, Effect } from '../resource/resource.js'

/** A container that runs on the host now. */
export interface RunningContainer {
  id: string
  name: string
  image: string
  /** `no`, `always`, `unless-stopped`, `on-failure`. */
  restartPolicy: string
}

/** The ordered changes of one host: plain data. */
export interface Plan {
  /** The recipes that were asked for, in order. */
  recipes: string[]
  /** One line about the host: `Debian GNU/Linux 13 (trixie), amd64, systemd`. */
  host: string
  changes: Change[]
  /** Decisions and partial results worth a line: which source and why, membership is as good as root. */
  notes: string[]
  effects: Effect[]
  /** Containers that run now; asked only when the plan restarts Docker or the host. */
  running: RunningContainer[]
  /** Of those, the ones that this plan would stop. */
  stops: RunningContainer[]
  /** The whole frozen POSIX script; the empty string when there is nothing to change. */
  script: string
}
