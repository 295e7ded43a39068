// Before `npm start` and `npm test` on a fresh clone: what they need is installed, once.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

if (!existsSync(new URL('node_modules/.package-lock.json', import.meta.url))) {
  console.error('fitout: installing what it is built with (npm ci) …')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  process.exit(status ?? 1)
}
