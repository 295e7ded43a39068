#!/usr/bin/env node
import { version } from '../version.js'
import { watchOutput } from './streams.js'

// Nothing heavy is imported before these are answered: shells and scripts ask for the version often.
const args = process.argv.slice(2)
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  await written(`${version}\n`)
} else if (args[0] === 'completion' && args[1] === '--answer') {
  // A person has pressed Tab and waits. Completion never fails: where it knows nothing it says nothing.
  const { answer } = await import('./completion/answer.js')
  await written(await answer(args.slice(2), process.env).catch(() => ''))
} else {
  const { runProcess } = await import('./process.js')
  await runProcess(args, watchOutput(process))
}

async function written(text: string): Promise<void> {
  const output = watchOutput(process, ['stdout'])
  process.stdout.write(text)
  process.exitCode = await output.end(0)
}
