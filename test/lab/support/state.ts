import type { Machine } from '../index.js'

/** Everything of a host that a refusal must leave alone, as text: two of them are compared as they are. */
export async function stateOf(vm: Machine): Promise<string> {
  const { stdout } = await vm.sh(`
find /etc -type f -exec sha256sum {} + | sort -k 2
find /etc -type l -printf '%p -> %l\\n' | sort
find /etc -printf '%M %u:%g %p\\n' | sort -k 3
dpkg-query -W -f='\${Package} \${Version} \${Status}\\n'
apt-mark showhold
for unit in docker.service docker.socket containerd.service; do
  echo "$unit $(systemctl is-active $unit) $(systemctl is-enabled $unit 2>&1) $(systemctl show -p MainPID $unit)"
done
if systemctl is-active --quiet docker.service; then docker ps --all --no-trunc --format '{{.ID}} {{.State}}'; fi
`)
  return stdout
}

/** dockerd's process. */
export async function daemonPid(vm: Machine): Promise<string> {
  return (await vm.sh('systemctl show -p MainPID --value docker.service')).stdout.trim()
}

/** Starts a container that stays, from an image made of the host's own files: no registry is needed. */
export async function startSleeper(vm: Machine, name: string): Promise<string> {
  const { stdout } = await vm.sh(`
files=$(ldd /usr/bin/sleep | grep -o '/lib[^ ]*' | sort -u)
docker image inspect sleeper >/dev/null 2>&1 || tar -ch -C / usr/bin/sleep $files 2>/dev/null | docker import - sleeper >/dev/null
docker run -d --name ${name} --network none sleeper /usr/bin/sleep infinity`)
  return stdout.trim()
}
