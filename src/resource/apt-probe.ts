/** A question to a package repository that may not be configured on the host yet. Asked in a temporary apt root. */
export interface AptProbe {
  /** The repository to ask beside the host's own; its stanzas elsewhere on the host are left out of the question. */
  repository?: { uri: string; suite: string; component: string; arch: string; key: string } | undefined
  /** Matches lines of the host's own sources that speak of the same repository (an extended regular expression). */
  sameRepository?: string | undefined
  /** Names whose offered versions are wanted. */
  versionsOf: string[]
  /** `name`, `name=version` or `name-`: the transaction to simulate. */
  simulate: string[]
}

export interface AptProbeResult {
  /** Whether the repository answered with an index that its key signs; true where none was asked. */
  reachable: boolean
  /** What apt said when it was not. */
  said: string[]
  /** Offered versions by package name, newest first. */
  versions: Record<string, string[]>
  /** What apt would do: exact versions, or why it cannot. */
  transaction:
    | { ok: true; install: { name: string; version: string; installed?: string }[]; remove: string[]; diskKiB: number }
    | { ok: false; said: string[] }
}
