import { z } from 'zod'
import { upstreamVersion } from '../../src/data/versions.js'
import type { FactsPart, FactsRow } from '../../src/facts/part.js'
import daemonProcess from './daemon-process.sh'
import daemonUnits from './daemon-units.sh'
import { enginePackage } from './engine-packages.js'
import script from './facts.sh'
import { kernelWanted } from './kernel-wanted.js'
import { ownEngine, ownEngineText } from './own-engine.js'
import { packagesThatMatter, rpmPackagesThatMatter } from './packages.js'

const text = z.string().optional()

/** A Docker daemon beside the package manager's. */
const ownEngineSchema = z.object({
  /** `/usr/local/bin/dockerd` */
  path: z.string(),
  version: text,
  /** The file of the unit that starts it; absent where somebody does so by hand. */
  unit: text,
  /** Whether it runs, and whether its unit started it. */
  running: z.boolean(),
  byUnit: z.boolean(),
})
export type OwnEngine = z.infer<typeof ownEngineSchema>

const shape = {
  docker: z.object({
    /** The `docker` that the login's PATH finds first. */
    client: text,
    snap: z.boolean(),
    /** An engine that no package brought: static binaries, a build, Nix or Homebrew. */
    own: ownEngineSchema.optional(),
    /** Docker Desktop, which runs its engine in a machine of its own. */
    desktop: z.boolean().optional(),
    /** The back end of the host's iptables; told only where the kernel lacks one. */
    iptables: z.enum(['nft', 'legacy']).optional(),
    /** What daemon.json says of Docker's firewall if that is not iptables; told only where the kernel lacks a part of it. */
    firewall: z.enum(['none', 'nftables']).optional(),
    /** Whether Docker's service is told to do without iptables' table raw; told only there, too. */
    noRaw: z.boolean().optional(),
    /** A rootless Docker of the login's own, running or set up. */
    rootless: z.boolean().optional(),
    /** Compose or Buildx put there by hand, found before the packages' own (or, /usr/local/bin/docker-compose, beside them); paths. */
    shadowingPlugins: z.array(z.string()),
  }),
}

declare module '../../src/facts/facts.js' {
  interface FactsParts extends z.infer<z.ZodObject<typeof shape>> {}
}

function oneOf<Key extends string, Word extends string>(key: Key, words: readonly Word[], said: string | undefined) {
  const word = words.find((one) => one === said)
  return (word === undefined ? {} : { [key]: word }) as { [key in Key]?: Word }
}

/** The longest value that a person is shown, in characters. */
const longest = 256

/** What a host has of Docker beside packages. */
export const dockerFacts: FactsPart = {
  keys: ['docker'],
  packages: { deb: packagesThatMatter(), rpm: rpmPackagesThatMatter() },
  kernel: kernelWanted,
  script: `${daemonProcess}${daemonUnits}${script}`,
  shape,
  read: (lines) => {
    const values = new Map(lines)
    const says = (key: string) => values.get(key) === 'yes'
    const brief = (key: string) => values.get(key)?.slice(0, longest)
    const path = brief('docker.own')
    return {
      docker: {
        client: values.get('docker.client'),
        snap: says('docker.snap'),
        ...(says('docker.rootless') ? { rootless: true } : {}),
        ...(says('docker.desktop') ? { desktop: true } : {}),
        ...oneOf('iptables', ['nft', 'legacy'], values.get('docker.iptables')),
        ...oneOf('firewall', ['none', 'nftables'], values.get('docker.firewall')),
        ...(says('docker.noRaw') ? { noRaw: true } : {}),
        ...(path?.startsWith('/')
          ? {
              own: {
                path,
                version: brief('docker.own.version'),
                unit: brief('docker.own.unit'),
                running: says('docker.own.runs'),
                byUnit: says('docker.own.unitRuns'),
              },
            }
          : {}),
        shadowingPlugins: lines.flatMap(([key, value]) => (key === 'docker.plugin' ? [value] : [])),
      },
    }
  },
  rows: ({ docker }) => [
    ['docker command', docker.client],
    [
      'Docker Engine',
      docker.own && `${ownEngineText(docker.own)}, from no package${docker.own.running ? ', runs' : ''}`,
    ],
    ['Docker Desktop', docker.desktop ? 'installed' : undefined],
    ['docker snap', docker.snap ? 'installed' : undefined],
    ...docker.shadowingPlugins.map((path): FactsRow => ['own plugin', path]),
  ],
  brief: (facts) => {
    const own = ownEngine(facts)
    if (own !== undefined) return ownEngineText(own)
    const engine = enginePackage(facts)
    if (engine !== undefined) return `Docker Engine ${upstreamVersion(engine.version)}`
    if (facts.docker.snap) return 'Docker as a snap'
    return facts.docker.desktop ? 'Docker Desktop' : 'no Docker Engine'
  },
}
