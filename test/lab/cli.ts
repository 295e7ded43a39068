import { parseArgs } from 'node:util'
import { sweepFleet } from './fleet.js'
import { type ImageName, image, suites } from './image.js'
import { type Kill, KillLab, killLine, killSeries, killTable } from './kills.js'
import { startMirror } from './mirror.js'
import { labDir } from './paths.js'
import { startRegistry } from './registry.js'
import { buildCli } from './support/fitout.js'
import { removeAll, sweep } from './sweep.js'
import { startVm } from './vm.js'

const usage = `npm run lab -- up [debian13|debian12|debian13-disk|raspberrypi-arm64]   a machine, a package mirror and a registry, until Ctrl-C
npm run lab -- build [MACHINE]...   build images (by default all but the Raspberry Pi’s) and the mirror, start nothing
npm run lab -- kills [COUNT [SEED [NUMBER]]]   kill fitout apply COUNT times (200) at moments that SEED decides, or only kill NUMBER of them
npm run lab -- clean [--all]   remove what dead runs left behind; with --all everything built, too
`

const commands: Record<string, (args: string[], all: boolean) => Promise<void>> = { up, build, kills, clean }

async function up([name = 'debian13']: string[]): Promise<void> {
  const [vm, mirror, registry] = [await startVm(imageName(name)), await startMirror(), await startRegistry()]
  process.stdout.write(`
Log in, as dev (password lab) or as root:
  ssh -F ${vm.sshConfigFile} ${vm.name}
  ssh -F ${vm.sshConfigFile} ${vm.name}-root
Fit it out:
  fitout apply dev@127.0.0.1:${vm.port} \\
    --set docker-engine.mirror=${mirror.url} \\
    --set docker-engine.mirrorKey=${mirror.keyFile}:${mirror.fingerprint}
Key of the mirror: ${mirror.fingerprint}; Docker ${mirror.versions.join(', ')}
Known hosts: ${vm.knownHostsFile}; private key: ${vm.keyFile}
For registry-mirrors in daemon.json: ${registry.mirrorUrl}
Serial console: ${vm.serial()}

Ctrl-C stops everything.
`)
  setInterval(() => {}, 60_000) // stay; the exit handlers stop what runs
}

async function build(names: string[]): Promise<void> {
  const most = (Object.keys(suites) as ImageName[]).filter((name) => name !== 'raspberrypi-arm64')
  for (const name of names.length > 0 ? names.map(imageName) : most) await image(name)
  await (await startMirror()).stop()
  await (await startRegistry()).stop()
}

async function kills([count = '200', seed = String(Date.now() % 1_000_000), only]: string[]): Promise<void> {
  const built = await buildCli()
  const lab = await KillLab.start(built.program)
  const say = (kill: Kill) => process.stdout.write(`${new Date().toISOString()} ${killLine(kill)}\n`)
  try {
    const all =
      only === undefined
        ? await killSeries(lab, Number(count), Number(seed), say)
        : [await lab.kill(Number(only), Number(seed))]
    if (only !== undefined) all.forEach(say)
    process.stdout.write(`\n${killTable(all)}\n`)
    if (all.some(({ wrong }) => wrong.length > 0)) process.exitCode = 1
  } finally {
    await lab.stop()
    await built.stop()
  }
}

async function clean(_: string[], all: boolean): Promise<void> {
  const fleet = await sweepFleet()
  for (const name of [...(fleet === undefined ? [] : [fleet]), ...(await sweep())])
    process.stdout.write(`removed ${name}\n`)
  if (!all) return
  await removeAll()
  process.stdout.write(`removed ${labDir}\n`)
}

function imageName(name: string): ImageName {
  if (name in suites) return name as ImageName
  throw new Error(`no such machine: ${name} (there are ${Object.keys(suites).join(', ')})`)
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { all: { type: 'boolean' } } })
const [command = '', ...args] = positionals
const action = commands[command]
if (action) {
  await action(args, values.all ?? false).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })
} else {
  process.stderr.write(usage)
  process.exitCode = 64
}
