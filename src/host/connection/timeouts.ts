/**
 * How long a host is waited for, in milliseconds: many times what a slow board under load needs, and an end for one that says
 * nothing more. Tests shorten it.
 */
export const timeouts = {
  /** Taking a connection; the person's own thinking does not count here, nor below. */
  connect: 15_000,
  /** Handshake and login. */
  login: 30_000,
  /** Opening a session. */
  session: 60_000,
  /** Before a session is asked for again that the host refused. */
  sessionPauses: [100, 200, 400, 800, 1_600],
  /** Being asked what it is. */
  facts: 180_000,
  /** Finding out how root is had. */
  root: 60_000,
  /** Being looked at. */
  look: 300_000,
  /** Asking its package repositories, over a slow line or behind a lock of somebody else’s. */
  probe: 1_800_000,
  /** Starting or stopping a run. */
  start: 120_000,
  /** Saying nothing of a run that is followed; a follower gives a sign of life at least once a minute. */
  silence: 180_000,
  /** Before a host is asked again that was reached and said nothing of its run; one that never does is given up after these. */
  pauses: [250, 1_000, 4_000],
  /** How often it may get lost while one run is followed. */
  reconnects: 500,
  /** A run, from its beginning to its end. */
  run: 24 * 3_600_000,
}
