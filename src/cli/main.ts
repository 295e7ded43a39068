#!/usr/bin/env node
import { version } from '../version.js'

// Nothing heavy is imported before these are answered: shells and scripts ask for the version often.
const args = process.argv.slice(2)
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${version}\n`)
} else {
  const { runProcess } = await import('./process.js')
  await runProcess(args)
}
