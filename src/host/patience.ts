/**
 * How long a host is waited for, in milliseconds: many times what a slow board under load needs, and an end for one that says
 * nothing more. Tests shorten it.
 */
export const patience = {
  /** Being asked what it is. */
  facts: 180_000,
  /** Being looked at. */
  look: 300_000,
  /** Asking its package repositories, over a slow line or behind a lock of somebody else’s. */
  probe: 1_800_000,
  /** Starting or stopping a run. */
  start: 120_000,
  /** Saying nothing at all while a run is followed; a follower gives a sign of life at least once a minute. */
  silence: 180_000,
  /** A run, from its beginning to its end. */
  run: 24 * 3_600_000,
}
