// Shows the command line on a terminal with stand-ins for hosts; bundle this file, then run it with `apply web1 web2`.
// `bad…` cannot be reached, `fail…` fails in a step, `done…` has nothing to change, `stop…` would stop a container,
// `ask…` asks for a password meanwhile, `boot…` has to restart, on `new…` nothing has to.
import { runProcess } from '../../../src/cli/process.js'
import { watchOutput } from '../../../src/cli/streams.js'
import { FitoutError } from '../../../src/errors.js'
import { planOf, type Script, somePlan, standIn } from './stand-in.js'

const args = process.argv.slice(2)
const pace = Number(process.env.PACE ?? 60)
const container = { id: '3f2a91c04d1e8', name: 'web', image: 'nginx:1.27', restartPolicy: 'no' }
const scripts: Record<string, Script> = { local: { pace } }
for (const name of args) {
  const script: Script = { pace: pace + (name.length % 5) * 10 }
  if (name.startsWith('bad'))
    script.openError = new FitoutError({ doing: 'connecting', cause: 'no route to host', remedy: 'check the address' })
  if (name.startsWith('fail')) script.failAt = 2
  if (name.startsWith('done')) script.plan = planOf([])
  if (name.startsWith('new')) script.plan = planOf(somePlan.changes.map((one) => ({ ...one, effects: [] })))
  if (name.startsWith('ask')) script.secret = true
  if (name.startsWith('boot')) script.reboot = 'nouveau holds the GPU 0000:01:00.0'
  if (name.startsWith('stop')) script.plan = { ...somePlan, running: [container], stops: [container] }
  scripts[name] = script
}
await runProcess(args, watchOutput(process), standIn(scripts))
