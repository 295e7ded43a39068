import { z } from 'zod'

const text = z.string().optional()

/** The fields of /etc/os-release that decide anything, and Debian's own version file. */
const osRelease = z.object({
  id: z.string(),
  idLike: z.array(z.string()),
  prettyName: z.string(),
  versionId: text,
  codename: text,
  ubuntuCodename: text,
  debianCodename: text,
  /** The content of /etc/debian_version: `12.5`, `trixie/sid`. */
  debianVersion: text,
  /** PLATFORM_ID: what a relative of RHEL or Fedora is built like, `platform:el9`. */
  platformId: text,
  /** Whether the system is an image that rpm-ostree or bootc put there. */
  ostree: z.boolean().optional(),
})

const installedPackage = z.object({
  version: z.string(),
  /** dpkg's state (`installed` wherever rpm has it): `installed`, `half-configured`, `unpacked`, `config-files` … */
  state: z.string(),
  held: z.boolean(),
})

/** What every host says of itself; recipes bring more (`FactsPart`). */
export const factsShape = {
  os: osRelease,
  arch: z.object({
    /** What the package manager installs: `amd64` (rpm's x86_64), `arm64` (its aarch64), `armhf` … Never derived from the kernel. */
    package: z.string(),
    /** `uname -m`; a 32-bit userland on a 64-bit kernel says `aarch64` here and `armhf` above. */
    kernel: z.string(),
    /** For armhf and armel: the CPU's ARM architecture version (6 on a Pi Zero, 7 or 8 elsewhere). */
    armVersion: z.number().optional(),
  }),
  kernel: z.object({
    release: z.string(),
    /**
     * Of what recipes ask about the running kernel (`FactsPart.kernel`), what it has: built in, loaded, or a module on disk. Modules by their
     * names, `iptable_raw`, and options that are none, `CGROUP_BPF`. What is neither here nor in `lacks` is unknown.
     */
    has: z.array(z.string()).optional(),
    /** What it has not. */
    lacks: z.array(z.string()).optional(),
    /** Whether its modules are gone from the disk, where those of another kernel are: only a restart brings what is not loaded. */
    modulesGone: z.boolean().optional(),
  }),
  bootId: z.string(),
  /** `none`: neither systemd nor an init script mechanism runs here (a container, a rescue shell). */
  init: z.enum(['systemd', 'sysvinit', 'openrc', 'none']),
  /** The container or emulation that this host itself is, if any: `docker`, `podman`, `lxc`, `wsl` … */
  container: text,
  /** The model that the device tree names: `Raspberry Pi 4 Model B Rev 1.5`. */
  board: text,
  cgroup: z.union([z.literal(1), z.literal(2), z.literal('none')]),
  memoryMiB: z.number(),
  /** Seconds since 1970 by the host's own clock when it was asked. */
  clock: z.number(),
  packageManager: z.enum(['apt', 'dnf', 'zypper', 'pacman', 'apk', 'unknown']),
  /** Where the package manager is dnf: which (4 or 5), and whether it can lock versions as it is. */
  dnf: z.object({ major: z.number(), versionlock: z.boolean() }).optional(),
  /** What SELinux does; absent where the kernel runs without it. */
  selinux: z.enum(['enforcing', 'permissive']).optional(),
  /** Whether firewalld runs; absent where it is not installed, or systemd does not run. */
  firewalld: z.boolean().optional(),
  /** Installed or half-installed packages among those that matter here, by name. */
  packages: z.record(z.string(), installedPackage),
  /** Packages whose installation was cut short and has to be finished before any other; where packages are rpm’s, those in two versions. */
  interrupted: z.array(z.string()).optional(),
  login: z.object({
    user: z.string(),
    uid: z.number(),
    home: z.string(),
    /** Who called sudo, when fitout itself was started through it. */
    sudoUser: text,
  }),
}

/** What recipes add to the facts: each part augments this interface with its fields. */
// biome-ignore lint/suspicious/noEmptyInterface: the fields are declared where they are known
export interface FactsParts {}

/** What a host is, as plain data: it can be written to a file and planned from later (`fitout plan --facts FILE`). */
export type Facts = z.infer<z.ZodObject<typeof factsShape>> & FactsParts

export type OsRelease = z.infer<typeof osRelease>
export type InstalledPackage = z.infer<typeof installedPackage>
