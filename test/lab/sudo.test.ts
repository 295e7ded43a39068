import { describe } from 'vitest'
import { sudoCases } from '../support/sudo-cases.js'
import { sudoRoot } from './sudo-root.js'

// The programs of Debian's packages: trixie has sudo 1.9.16 and sudo-rs 0.2.5, sid the newest of both.
const trixie = await sudoRoot('trixie')
const sid = await sudoRoot('sid')

describe('smoke', () => {
  for (const [release, root] of Object.entries({ trixie, sid })) {
    sudoCases(`${release}’s sudo`, { root })
    // 0.2.5 has no noexec.
    sudoCases(`${release}’s sudo-rs`, { root, sudo: '/usr/bin/sudo-rs', rust: true, noexec: root !== trixie })
  }
})
