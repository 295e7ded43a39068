import type { NvidiaFacts } from '../../recipes/nvidia/facts.js'

/** What a host is, as plain data: it can be written to a file and planned from later (`fitout plan --facts FILE`). */
export interface Facts {
  os: OsRelease
  arch: {
    /** What the package manager installs: `amd64` (rpm's x86_64), `arm64` (its aarch64), `armhf` … Never derived from the kernel. */
    package: string
    /** `uname -m`; a 32-bit userland on a 64-bit kernel says `aarch64` here and `armhf` above. */
    kernel: string
    /** For armhf and armel: the CPU's ARM architecture version (6 on a Pi Zero, 7 or 8 elsewhere). */
    armVersion?: number | undefined
  }
  kernel: {
    release: string
    /** Modules of netfilter that Docker needs and the running kernel has none of on disk. Asked only where dnf is. */
    lacks?: string[] | undefined
  }
  bootId: string
  /** `none`: neither systemd nor an init script mechanism runs here (a container, a rescue shell). */
  init: 'systemd' | 'sysvinit' | 'openrc' | 'none'
  /** The container or emulation that this host itself is, if any: `docker`, `podman`, `lxc`, `wsl` … */
  container?: string | undefined
  /** The model that the device tree names: `Raspberry Pi 4 Model B Rev 1.5`. */
  board?: string | undefined
  cgroup: 1 | 2 | 'none'
  /** Whether the kernel has its memory cgroup at work; absent where there are no control groups to tell by. */
  memoryCgroup?: boolean | undefined
  /** How the kernel gets its command line; on a Raspberry Pi alone. */
  bootCommandLine?: BootCommandLine | undefined
  memoryMiB: number
  /** Whether systemd's journal outlives a restart; told on a Raspberry Pi alone, whose system spares its card. */
  journal?: 'persistent' | 'volatile' | undefined
  /** Seconds since 1970 by the host's own clock when it was asked. */
  clock: number
  packageManager: 'apt' | 'dnf' | 'zypper' | 'pacman' | 'apk' | 'unknown'
  /** Where the package manager is dnf: which (4 or 5), and whether it can lock versions as it is. */
  dnf?: { major: number; versionlock: boolean } | undefined
  /** What SELinux does; absent where the kernel runs without it. */
  selinux?: 'enforcing' | 'permissive' | undefined
  /** Whether firewalld runs; absent where it is not installed, or systemd does not run. */
  firewalld?: boolean | undefined
  /** Installed or half-installed packages among those that matter here, by name. */
  packages: Record<string, InstalledPackage>
  /** Packages whose installation was cut short and has to be finished before any other; where packages are rpm’s, those in two versions. */
  interrupted?: string[] | undefined
  login: {
    user: string
    uid: number
    home: string
    /** Who called sudo, when fitout itself was started through it. */
    sudoUser?: string | undefined
  }
  docker: {
    /** The `docker` that the login's PATH finds first. */
    client?: string | undefined
    snap: boolean
    /** An engine that no package brought: static binaries, a build, Nix or Homebrew. */
    own?: OwnEngine | undefined
    /** Docker Desktop, which runs its engine in a machine of its own. */
    desktop?: boolean | undefined
    /** A rootless Docker of the login's own, running or set up. */
    rootless?: boolean | undefined
    /** Compose or Buildx put there by hand, found before the packages' own (or, /usr/local/bin/docker-compose, beside them); paths. */
    shadowingPlugins: string[]
  }
  nvidia: NvidiaFacts
}

/** A Docker daemon beside the package manager's. */
export interface OwnEngine {
  /** `/usr/local/bin/dockerd` */
  path: string
  version?: string | undefined
  /** The file of the unit that starts it; absent where somebody does so by hand. */
  unit?: string | undefined
  /** Whether it runs, and whether its unit started it. */
  running: boolean
  byUnit: boolean
}

/** The command line of a Raspberry Pi's kernel; what it says of the memory cgroup, `memoryCgroupIn` (data/boot-command-line.ts) tells. */
export interface BootCommandLine {
  /** `/boot/firmware/cmdline.txt`; absent where there is none, as when the boot partition is not mounted. */
  path?: string | undefined
  /** Its first line, which is all that the firmware passes on. */
  line?: string | undefined
  /** What the running kernel was started with: words of the firmware's own, then those of the file as it was then. */
  running: string
}

/** The fields of /etc/os-release that decide anything, and Debian's own version file. */
export interface OsRelease {
  id: string
  idLike: string[]
  prettyName: string
  versionId?: string | undefined
  codename?: string | undefined
  ubuntuCodename?: string | undefined
  debianCodename?: string | undefined
  /** The content of /etc/debian_version: `12.5`, `trixie/sid`. */
  debianVersion?: string | undefined
  /** PLATFORM_ID: what a relative of RHEL or Fedora is built like, `platform:el9`. */
  platformId?: string | undefined
  /** Whether the system is an image that rpm-ostree or bootc put there. */
  ostree?: boolean | undefined
}

export interface InstalledPackage {
  version: string
  /** dpkg's state (`installed` wherever rpm has it): `installed`, `half-configured`, `unpacked`, `config-files` … */
  state: string
  held: boolean
}
