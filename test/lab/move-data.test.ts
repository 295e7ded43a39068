// What Docker has, moved to another disk: docker-daemon.move-data, with a real dockerd, its own store and containerd's.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AptHost, forwarded, machineAddress, startAptHost } from './apt-host.js'
import { startMirror } from './index.js'
import { buildCli, Fitout, fromMirror, set } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()

/** A host with Docker that has an image, a container and a volume; each folder of data is a disk of its own, of memory. */
async function hostWith(number: number, config: object): Promise<{ host: AptHost; fitout: Fitout }> {
  const folder = await mkdtemp('/dev/shm/fitout-move-')
  await lab.with(Promise.resolve({ stop: () => rm(folder, { recursive: true, force: true }) }))
  const built = await lab.with(buildCli())
  const mirror = await lab.with(startMirror())
  const host = await lab.with(startAptHost(join(folder, 'host'), [], number, 'systemd'))
  await lab.with(forwarded(Number(new URL(mirror.url).port)).then((stop) => ({ stop })))
  await host.sh(`for disk in /var/lib/docker /var/lib/containerd /srv /small; do mkdir -p $disk; done
mount -t tmpfs -o size=400m tmpfs /var/lib/docker
mount -t tmpfs -o size=400m tmpfs /var/lib/containerd
mount -t tmpfs -o size=900m tmpfs /srv
mount -t tmpfs -o size=2m tmpfs /small`)
  const url = mirror.url.replace(/\/\/[^:/]+/, `//${machineAddress}`)
  const fitout = new Fitout(built, { name: host.destination, sshConfigFile: host.sshConfigFile }, [
    ...['--skip', 'hello-world', '--set', 'docker-engine.plugins=none'],
    // The host's control groups have no controllers.
    ...set(`docker-daemon.config=${JSON.stringify({ 'exec-opts': ['native.cgroupdriver=cgroupfs'], ...config })}`),
    ...fromMirror({ ...mirror, url }),
  ])
  const { code, error } = await fitout.apply()
  expect([code, error]).toEqual([0, undefined])
  await host.sh(`mkdir /tmp/own && cp /etc/hostname /tmp/own/ && head -c 5000000 /dev/urandom >/tmp/own/data
tar -C /tmp/own -c . | docker import - own >/dev/null
docker create --name kept -v things:/things own /none >/dev/null
echo precious >/var/lib/docker/volumes/things/_data/file
ln /var/lib/docker/volumes/things/_data/file /var/lib/docker/volumes/things/_data/other
chown 1234:4321 /var/lib/docker/volumes/things/_data/file`)
  return { host, fitout }
}

const to = (folder: string) => set(`docker-daemon.config.data-root=${folder}`)
const moving = [...to('/srv/docker'), ...set('docker-daemon.move-data=true')]
const has = `docker info --format '{{.DockerRootDir}}'
docker ps -a --format '{{.Names}}'
docker images --format '{{.Repository}}'
docker volume ls -q
root=$(docker volume inspect things --format '{{.Mountpoint}}')
cat "$root/file"
stat -c '%u:%g %h' "$root/file"
docker cp kept:/data - | tar -xO | sha256sum | cut -d ' ' -f 1`

describe.each([
  ['its own store', 242, {}],
  ['containerd’s store', 243, { features: { 'containerd-snapshotter': true } }],
])('Docker with %s', (_store, number, config) => {
  let host: AptHost
  let fitout: Fitout
  let before: string[]

  beforeAll(async () => {
    ;({ host, fitout } = await hostWith(number, config))
    before = (await host.sh(has)).stdout.split('\n')
    expect(before.slice(0, 6)).toEqual(['/var/lib/docker', 'kept', 'own', 'things', 'precious', '1234:4321 2'])
  })

  test('without the option nothing is copied, and the plan says so', async () => {
    const { plan } = await fitout.plan(...to('/srv/docker'))
    const details = plan?.changes.flatMap((change) => change.details ?? []).join('\n')
    expect(details).toContain('fitout copies nothing, unless you say docker-daemon.move-data=true')
  })

  test('to a disk that is too small: nothing is touched', async () => {
    const { error } = await fitout.plan(...to('/small/docker'), ...set('docker-daemon.move-data=true'))
    expect(error?.cause).toMatch(
      /^\d+ MB are to be copied, and \/small, where \/small\/docker would be, has 2 MB free$/,
    )
  })

  test('cut off while it copies: Docker comes back as it was, and the next run copies all', async () => {
    const { plan, error } = await fitout.plan(...moving)
    expect(error).toBeUndefined()
    expect(plan?.changes.flatMap((change) => change.details ?? []).join('\n')).toMatch(
      /^copies \d+ MB of \/var\/lib\/docker.* to \/srv\/docker, with Docker stopped; 900 MB are free there$/m,
    )
    // What a run leaves that was killed in the middle.
    await host.sh(`mkdir -p /srv/docker/volumes/things/_data && : >/srv/docker/.fitout-copying
echo half >/srv/docker/volumes/things/_data/file; echo old >/srv/docker/stray`)
    const applied = await fitout.apply(...moving)
    expect([applied.code, applied.error]).toEqual([0, undefined])
    expect(applied.notes.join('\n')).toContain('a copy in /srv/docker was begun and not finished: it is made again')
    expect(applied.notes.join('\n')).toMatch(/\/var\/lib\/docker is copied and checked; the data of before stay in it/)
    const now = (await host.sh(has)).stdout.split('\n')
    expect(now).toEqual(['/srv/docker', ...before.slice(1)])
    expect((await host.sh('ls -A /srv/docker | grep -e stray -e fitout || :')).stdout).toBe('')
    expect((await host.sh('cat /var/lib/docker/volumes/things/_data/file')).stdout).toBe('precious\n')
  })

  test('again: there is nothing to do, and the doctor has nothing to say of the disks', async () => {
    expect((await fitout.plan(...moving)).plan?.changes).toEqual([])
    const { findings } = await fitout.doctor()
    expect(findings.filter(({ check }) => /disk|storage|store|driver/.test(check))).toEqual([])
  })

  test('undone: Docker shows the data of before', async () => {
    const { code, error, notes, plan } = await fitout.undo()
    expect([code, error]).toEqual([0, undefined])
    expect([...(plan?.notes ?? []), ...notes].join('\n')).toContain(
      '/var/lib/docker was copied to /srv/docker, which stays; what came there since is not in /var/lib/docker',
    )
    expect((await host.sh(has)).stdout.split('\n')).toEqual(before)
  })
})
