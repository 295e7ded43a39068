/**
 * What stands in the log of a step that goes on after it: sources that do not answer, warnings, what a container’s kernel does not allow. The rows
 * that it may be taken for where nothing else is said, and the words.
 */
export const circumstances: [rows: (string | undefined)[], text: string][] = [
  [
    ['rpm-metadata'],
    `Errors during downloading metadata for repository 'vendor':
  - Curl error (6): Couldn't resolve host name for https://rpm.vendor.example/repodata/repomd.xml [Could not resolve host: rpm.vendor.example]
Error: Failed to download metadata for repo 'vendor': Cannot download repomd.xml: Cannot download repodata/repomd.xml: All mirrors were tried
Ignoring repositories: vendor
Dependencies resolved.`,
  ],
  [
    ['rpm-address'],
    'Error: Cannot find a valid baseurl for repo: vendor\nIgnoring repositories: vendor\nDependencies resolved.',
  ],
  [
    ['clock'],
    `  - Curl error (60): SSL peer certificate or SSH remote key was not OK for https://vendor.example/repodata/repomd.xml [SSL certificate problem: certificate is not yet valid]
Error: Failed to download metadata for repo 'vendor': Cannot download repomd.xml
Ignoring repositories: vendor`,
  ],
  [
    ['rpm-index-signature'],
    "Error: Failed to download metadata for repo 'vendor': repomd.xml GPG signature verification error: Bad GPG signature\nIgnoring repositories: vendor",
  ],
  [
    ['rpm-metadata'],
    `Updating and loading repositories:
 Vendor                                 ???% |   0.0   B/s |  -1.0   B |  ?
>>> Curl error (7): Could not connect to server for http://vendor.example/base
>>> Usable URL not found
Repositories loaded.`,
  ],
  [
    ['key-missing'],
    `W: GPG error: https://vendor.example stable InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 0123456789ABCDEF
E: The repository 'https://vendor.example stable InRelease' is not signed.`,
  ],
  [
    ['key-expired'],
    'W: An error occurred during the signature verification. The repository is not updated and the previous index files will be used. GPG error: https://vendor.example stable InRelease: The following signatures were invalid: EXPKEYSIG 1655A0AB68576280 Example',
  ],
  [
    ['no-release'],
    `Ign:4 http://ppa.example/ubuntu noble InRelease
Err:5 http://ppa.example/ubuntu noble Release
  404  Not Found [IP: 10.0.0.1 80]
E: The repository 'http://ppa.example/ubuntu noble Release' no longer has a Release file.`,
  ],
  [
    ['apt-connect'],
    `Err:1 http://vendor.example/debian trixie InRelease
  Could not connect to vendor.example:80 (10.0.0.1), connection timed out
W: Failed to fetch http://vendor.example/debian/dists/trixie/InRelease  Could not connect to vendor.example:80 (10.0.0.1), connection timed out
W: Some index files failed to download. They have been ignored, or old ones used instead.`,
  ],
  [['apt-dns'], "W: Failed to fetch http://vendor.example/InRelease  Temporary failure resolving 'vendor.example'"],
  [
    ['apt-tls-cut'],
    'W: Failed to fetch https://vendor.example/InRelease  Could not handshake: Error in the pull function.',
  ],
  [
    ['clock'],
    'E: Release file for http://vendor.example/InRelease is not valid yet (invalid for another 3d 5h 1min 2s). Updates for this repository will not be applied.',
  ],
  [
    ['release-expired'],
    'E: Release file for http://vendor.example/InRelease is expired (invalid since 12d 3h). Updates for this repository will not be applied.',
  ],
  [
    ['release-info-changed'],
    "E: Repository 'http://vendor.example bookworm InRelease' changed its 'Suite' value from 'stable' to 'oldstable'",
  ],
  [['inotify-watches'], 'Failed to add /run/systemd/ask-password to directory watch: No space left on device'],
  [['kernel-settings-read-only'], 'sysctl: setting key "net.ipv4.ip_forward": Read-only file system'],
  [
    ['kernel-settings-read-only'],
    'time="2026-11-29T12:00:00Z" level=warning msg="could not set net.ipv4.ip_forward: open /proc/sys/net/ipv4/ip_forward: read-only file system"',
  ],
  [
    [undefined],
    'time="2026-11-29T12:00:00Z" level=warning msg="Running modprobe bridge br_netfilter failed with message: modprobe: WARNING: Module bridge not found in directory /lib/modules/6.8.12-4-pve, error: exit status 1"',
  ],
  [[undefined], 'modprobe: FATAL: Module overlay not found in directory /lib/modules/6.8.12-4-pve'],
  [
    ['kernel-modules-gone'],
    'time="2026-11-29T12:00:00Z" level=info msg="skip loading plugin \\"io.containerd.snapshotter.v1.aufs\\"" error="modprobe aufs failed: \\"modprobe: FATAL: Module aufs not found in directory /lib/modules/6.1.0-18-amd64\\\\n\\": exit status 1"',
  ],
  [['memory-cgroup'], 'WARNING: No memory limit support'],
  [['disk-full'], 'dpkg: warning: while removing x, directory /srv/x not empty: No space left on device'],
  [['disk-full'], 'W: Problem unlinking the file /var/cache/apt/x - unlink (28: No space left on device)'],
  [['features-lost'], '+ nvidia-ctk runtime configure --runtime=docker --set-as-default --cdi.enabled'],
]
