/**
 * What `docker info --format '{{json .}}'` says of storage and firewall, after moby’s sources: no package of Docker 29 was there to record it from
 * (Debian sid has 28.5.2, 2026-12). Sources, all of tag docker-v29.7.2: daemon/info.go, daemon/containerd/service.go (LayerStoreStatus), daemon/graphdriver/overlay2
 * (Status), daemon/libnetwork/controller_linux.go (FirewallBackend); read 2026-12. The words of a real 29.0.0 are in docker/cli#6645.
 */
export const infoBySources = {
  /** A fresh host: containerd’s store. */
  fresh: {
    Driver: 'overlayfs',
    DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
    DockerRootDir: '/var/lib/docker',
    FirewallBackend: { Driver: 'iptables' },
  },
  /** An upgraded host: its graph driver. */
  upgraded: {
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', 'extfs'],
      ['Supports d_type', 'true'],
      ['Using metacopy', 'false'],
      ['Native Overlay Diff', 'true'],
      ['userxattr', 'false'],
    ],
    DockerRootDir: '/var/lib/docker',
    FirewallBackend: { Driver: 'iptables' },
  },
} as const
