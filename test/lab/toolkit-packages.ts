import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from './command.js'

interface StandIn {
  name: string
  version: string
  architecture?: 'amd64' | 'all'
  relations?: Record<string, string>
  /** Text by path; what lies in a `bin` folder can be executed. */
  files?: Record<string, string>
  conffiles?: string[]
  postinst?: string
  postrm?: string
}

/** Containers that went through the runtime's stand-in are counted in this file of the guest. */
export const runtimeLog = '/run/nvidia-container-runtime.stand-in'

/**
 * Stand-ins of the NVIDIA Container Toolkit: the names, files and relations of the real packages, and programs that need no
 * GPU and do nothing. The runtime is runc behind a line of shell.
 * Source: packaging/debian of NVIDIA/nvidia-container-toolkit and pkg/deb of NVIDIA/libnvidia-container.
 */
export async function toolkitStandIns(pool: string, version: string): Promise<void> {
  const runtime = `#!/bin/sh\n# STAND-IN\necho "$*" >>${runtimeLog}\nexec runc "$@"\n`
  const breaks = 'nvidia-container-runtime (<= 3.5.0-1), nvidia-container-runtime-hook'
  const says = (name: string) => `#!/bin/sh\necho 'STAND-IN of ${name} ${version}'\n`
  const all: StandIn[] = [
    {
      name: 'libnvidia-container1',
      version,
      files: { 'usr/lib/x86_64-linux-gnu/libnvidia-container.so.1': 'STAND-IN\n' },
    },
    {
      name: 'libnvidia-container-tools',
      version,
      relations: { Depends: `libnvidia-container1 (>= ${version})` },
      files: {
        'usr/bin/nvidia-container-cli':
          "#!/bin/sh\necho 'nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1' >&2\nexit 1\n",
      },
    },
    {
      name: 'nvidia-container-toolkit-base',
      version,
      relations: { Breaks: breaks, Replaces: breaks },
      files: {
        'usr/bin/nvidia-container-runtime': runtime,
        'usr/bin/nvidia-container-runtime.cdi': runtime,
        'usr/bin/nvidia-container-runtime.legacy': runtime,
        'usr/bin/nvidia-ctk': says('nvidia-ctk'),
        'usr/bin/nvidia-cdi-hook': says('nvidia-cdi-hook'),
      },
      postinst:
        'mkdir -p /etc/nvidia-container-runtime\n/usr/bin/nvidia-ctk >/etc/nvidia-container-runtime/config.toml',
    },
    {
      name: 'nvidia-container-toolkit',
      version,
      relations: {
        Depends: `nvidia-container-toolkit-base (= ${version}), libnvidia-container-tools (>= ${version}), libnvidia-container-tools (<< 2.0.0)`,
        Breaks: breaks,
        Replaces: breaks,
      },
      files: { 'usr/bin/nvidia-container-runtime-hook': says('nvidia-container-runtime-hook') },
      postinst:
        '[ -e /usr/bin/nvidia-container-toolkit ] || ln -s /usr/bin/nvidia-container-runtime-hook /usr/bin/nvidia-container-toolkit',
      postrm: 'case $1 in purge | remove) rm -f /usr/bin/nvidia-container-toolkit ;; esac',
    },
  ]
  for (const one of all) await build(pool, one)
}

/** daemon.json as nvidia-docker2 brings it. */
export const nvidiaDocker2Json = `{
    "runtimes": {
        "nvidia": {
            "path": "nvidia-container-runtime",
            "runtimeArgs": []
        }
    }
}
`

/**
 * Stand-ins of what came before the toolkit: nvidia-docker2 of before 2.14, which owns daemon.json, and its runtime package.
 * Source: debian/control and debian/nvidia-docker2.install of NVIDIA/nvidia-docker 2.13.
 */
export async function predecessorStandIns(pool: string): Promise<void> {
  await build(pool, {
    name: 'nvidia-container-runtime',
    version: '3.13.0-1',
    architecture: 'all',
    relations: { Depends: 'nvidia-container-toolkit (>= 1.13.0), nvidia-container-toolkit (<< 2.0.0)' },
  })
  await build(pool, {
    name: 'nvidia-docker2',
    version: '2.13.0-1',
    architecture: 'all',
    relations: {
      Depends: 'nvidia-container-toolkit (>= 1.13.0)',
      Breaks: 'nvidia-docker (<< 2.0.0)',
      Replaces: 'nvidia-docker (<< 2.0.0)',
    },
    files: { 'etc/docker/daemon.json': nvidiaDocker2Json, 'usr/bin/nvidia-docker': '#!/bin/sh\nexec docker "$@"\n' },
    conffiles: ['/etc/docker/daemon.json'],
  })
}

async function build(pool: string, standIn: StandIn): Promise<void> {
  const { name, version, architecture = 'amd64', files = {} } = standIn
  const root = await mkdtemp(join(tmpdir(), 'fitout-stand-in-'))
  try {
    const all = { ...files, [`usr/share/doc/${name}/STAND-IN`]: `A stand-in of ${name} for tests.\n` }
    for (const [path, text] of Object.entries(all)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
      await chmod(join(root, path), path.includes('/bin/') ? 0o755 : 0o644)
    }
    const fields = {
      Package: name,
      Version: version,
      Architecture: architecture,
      Maintainer: 'lab <lab@invalid>',
      Section: 'utils',
      Priority: 'optional',
      ...standIn.relations,
      Description: `STAND-IN of NVIDIA's ${name} for tests, needs no GPU`,
    }
    await mkdir(join(root, 'DEBIAN'))
    const control = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`)
    await writeFile(join(root, 'DEBIAN/control'), control.join(''))
    if (standIn.conffiles) await writeFile(join(root, 'DEBIAN/conffiles'), `${standIn.conffiles.join('\n')}\n`)
    for (const script of ['postinst', 'postrm'] as const) {
      if (standIn[script] === undefined) continue
      await writeFile(join(root, 'DEBIAN', script), `#!/bin/sh\nset -e\n${standIn[script]}\n`)
      await chmod(join(root, 'DEBIAN', script), 0o755)
    }
    await chmod(root, 0o755)
    await run('dpkg-deb', [
      '-Zgzip',
      '--root-owner-group',
      '-b',
      root,
      join(pool, `${name}_${version}_${architecture}.deb`),
    ])
  } finally {
    await rm(root, { recursive: true })
  }
}
