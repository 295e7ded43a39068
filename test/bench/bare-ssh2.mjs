// What fitout is measured against: ssh2 and nothing else. For each host: connect, one script, close.
// usage: node bare-ssh2.mjs CONCURRENCY KEY KNOWN_HOSTS SCRIPT HOSTS
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import ssh2 from 'ssh2'

const [, , concurrency, keyFile, knownHostsFile, scriptFile, hostsFile] = process.argv
const read = (file) => readFileSync(file, 'utf8')
const [privateKey, script, hosts] = [read(keyFile), read(scriptFile), read(hostsFile).trim().split('\n')]
const known = new Map(
  read(knownHostsFile)
    .trim()
    .split('\n')
    .map((line) => [line.split(' ')[0], line.split(' ')[2]]),
)

const onHost = (host) =>
  new Promise((done, failed) => {
    const client = new ssh2.Client()
    let out = ''
    client.on('error', failed)
    client.on('ready', () =>
      client.exec('sh', (error, channel) => {
        if (error) return failed(error)
        channel.on('data', (bytes) => (out += bytes))
        channel.on('close', () => client.end())
        channel.on('exit', (code) => (code === 0 ? done(out) : failed(new Error(`${host}: ${code}`))))
        channel.end(script)
      }),
    )
    const sock = connect({ host, port: 22, noDelay: true })
    const hostVerifier = (key) => key.toString('base64') === known.get(host)
    client.connect({ sock, username: 'root', privateKey, hostVerifier, algorithms: { kex: ['curve25519-sha256'] } })
  })

const left = hosts.values()
const worker = async () => {
  for (const host of left) if (!(await onHost(host)).includes('os.id debian')) throw new Error(`${host}: no answer`)
}
await Promise.all(Array.from({ length: Number(concurrency) }, worker))
