/** Words of real hosts, and the row they must reach. */
export const said: [id: string, text: string][] = [
  [
    'rpm-signature',
    'Public key for docker-ce-28.5.2-1.el9.x86_64.rpm is not installed. Failing package is: docker-ce\nError: GPG check FAILED',
  ],
  [
    'rpm-signature',
    'Transaction failed: Signature verification failed.\nOpenPGP check for package "containerd.io-1.7.28-1.fc44.x86_64" from repo "docker-ce-stable" has failed: Import of the key didn\'t help, wrong key?',
  ],
  [
    'rpm-release-minor',
    "  - Status code: 404 for https://download.docker.com/linux/rhel/9.4/x86_64/stable/repodata/repomd.xml (IP: 1.2.3.4)\nError: Failed to download metadata for repo 'docker-ce-stable'",
  ],
  ['rpm-metadata', " - Curl error (7): Couldn't connect to server for http://127.0.0.1:9/x/repodata/repomd.xml"],
  ['rpm-excluded', "Argument 'docker-ce-3:28.4.0-1.fc44' matches only packages excluded by versionlock."],
  ['rpm-excluded', 'All matches were filtered out by exclude filtering for argument: docker-ce'],
  [
    'rpm-stream-switch',
    "Dependencies resolved.\nThe operation would result in switching of module 'nvidia-driver' stream '570-open' to stream '580-open'\nError: It is not possible to switch enabled streams of a module unless explicitly enabled via configuration option module_stream_switch.",
  ],
  ['rpm-database', 'error: sqlite failure: SELECT hnum, blob FROM Packages: database disk image is malformed'],
  ['dnf-configuration', "Config error: Parsing file '/etc/dnf/dnf.conf' failed: IniParser: Missing ']'"],
  ['apt-configuration', 'E: Syntax error /etc/apt/apt.conf.d/99mine:2: Extra junk at end of file'],
  ['apt-preferences', 'E: Invalid record in the preferences file /etc/apt/preferences.d/mine, no Package header'],
  [
    'dpkg-status-damaged',
    "dpkg-query: error: parsing file '/var/lib/dpkg/status' near line 29 package 'adduser':\n field name 'Package' must be followed by colon",
  ],
  [
    'apt-lists-damaged',
    'E: Unable to parse package file /var/lib/apt/lists/mirror.example_debian_dists_bookworm_main_binary-amd64_Packages (1)',
  ],
  ['sources-malformed', 'E: Unable to parse package file /etc/apt/sources.list.d/mine.sources (1)'],
  ['rpm-no-match', 'Error: Unable to find a match: dkms kernel-devel'],
  ['docker-not-offered', 'Error: Unable to find a match: docker-ce docker-ce-cli'],
  ['rpm-conflict', 'Error: \n Problem: problem with installed package podman-docker-6:5.4.0-1.el9.x86_64'],
  [
    'rpm-no-keys',
    'However, you do not have any GPG public keys installed. You need to download\nthe keys for packages you wish to install and install them.\nProblem repository: [foo]',
  ],
  [
    'rpm-index-signature',
    "Error: Failed to retrieve GPG key for repo 'foo': Curl error (37): Couldn't read a file:// file for file:///nonexistent",
  ],
  [
    'rpm-address',
    'Failed to set up metadata download\n No valid source (baseurl, mirrorlist or metalink) found for repository "foo"',
  ],
  ['rpm-script', '>>> [RPM] %post(container-selinux-9:1-1.x86_64) scriptlet failed, exit status 1'],
  [
    'rpm-protected',
    'Error: \n Problem: The operation would result in removing the following protected packages: podman-docker',
  ],
  ['rpm-lock', 'Existing lock /var/cache/dnf/metadata_lock.pid: another copy is running as pid 812.'],
  ['rpm-lock', 'metadata already locked by 812\n  The application with PID 812 is: dnf'],
  ['rpm-lock', 'Transaction failed: Failed to obtain rpm transaction lock. Another transaction is in progress.'],
  ['rpm-lock', "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)"],
  ['rpm-lock-file', "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Operation not permitted)"],
  ['rpm-lock-file', 'Failed to open lock file "/run/dnf/rpmtransaction.lock": (1) - Operation not permitted'],
  ['rpm-lock-file', "[Errno 1] Operation not permitted: '/var/cache/dnf/metadata_lock.pid'"],
  [
    'rpm-space',
    'Error Summary\n-------------\nDisk Requirements:\n   At least 212MB more space needed on the /usr filesystem.',
  ],
  [
    'disk-full',
    "dpkg: error processing archive /var/cache/apt/archives/docker-ce_5%3a29.0.0-1_amd64.deb (--unpack):\n cannot copy extracted data for './usr/bin/dockerd' to '/usr/bin/dockerd.dpkg-new': failed to write (No space left on device)",
  ],
  ['disk-full', "E: You don't have enough free space in /var/cache/apt/archives/."],
  ['disk-full', 'Error response from daemon: write /var/lib/docker/tmp/GetImageBlob1: no space left on device'],
  [
    'mount-source',
    "docker: Error response from daemon: error while creating mount source path '/opt/data': mkdir /opt/data: read-only file system.",
  ],
  [
    'read-only-file-system',
    'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (30: Read-only file system)',
  ],
  [
    'illegal-instruction',
    '/var/lib/dpkg/info/docker-ce.postinst: line 3: 812 Illegal instruction     dockerd --version',
  ],
  ['illegal-instruction', 'containerd.service: Main process exited, code=killed, status=4/ILL'],
  ['out-of-memory', 'E: Dynamic MMap ran out of room\nfork: Cannot allocate memory'],
  [
    'no-systemd',
    "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down",
  ],
  [
    'clock',
    'E: Release file for http://debian.example/debian/dists/bookworm-updates/InRelease is not valid yet (invalid for another 3d 5h 1min 2s). Updates for this repository will not be applied.',
  ],
  [
    'clock',
    "W: OpenPGP signature verification failed: http://debian.example/debian trixie InRelease: Sub-process /usr/bin/sqv returned an error code (1), error message is: Verifying signature: Not live until 2026-08-09T08:11:20Z\nE: The repository 'http://debian.example/debian trixie InRelease' is not signed.",
  ],
  [
    'registry-clock',
    'Get "https://registry-1.docker.io/v2/": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:00Z is before 2026-03-01T00:00:00Z',
  ],
  [
    'clock',
    'Certificate verification failed: The certificate is NOT trusted. The certificate chain uses not yet valid certificate.',
  ],
  [
    'release-expired',
    'E: Release file for http://security.debian.org/dists/bookworm-security/InRelease is expired (invalid since 12d 3h). Updates for this repository will not be applied.',
  ],
  [
    'signed-by-conflict',
    'E: Conflicting values set for option Signed-By regarding source https://download.docker.com/linux/ubuntu/ noble: /etc/apt/keyrings/docker.asc != /etc/apt/keyrings/docker.gpg\nE: The list of sources could not be read.',
  ],
  [
    'sources-malformed',
    'E: Malformed entry 1 in list file /etc/apt/sources.list.d/docker.list (Component)\nE: The list of sources could not be read.',
  ],
  ['sources-malformed', "E: Type 'echo' is not known on line 1 in source list /etc/apt/sources.list.d/docker.list"],
  [
    'release-info-changed',
    "E: Repository 'http://debian.example/debian bookworm InRelease' changed its 'Suite' value from 'stable' to 'oldstable'",
  ],
  ['apt-https-method', 'E: The method driver /usr/lib/apt/methods/https could not be found.'],
  [
    'registry-proxy-auth',
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": proxyconnect tcp: Proxy Authentication Required',
  ],
  [
    'proxy-auth',
    'Err:1 http://debian.example/debian bookworm InRelease\n  407  Proxy Authentication Required [IP: 10.0.0.1 3128]',
  ],
  [
    'apt-dns',
    "Err:1 http://debian.example/debian bookworm InRelease\n  Temporary failure resolving 'debian.example'\nE: Unable to locate package docker-ce",
  ],
  [
    'apt-dns',
    "Err:4 https://download.docker.com/linux/debian trixie InRelease\n  Could not resolve 'download.docker.com'",
  ],
  ['apt-dns', 'curl: (6) Could not resolve host: download.docker.com'],
  [
    'apt-tls',
    'Err:5 https://download.docker.com/linux/debian bookworm InRelease\n  Certificate verification failed: The certificate is NOT trusted. The certificate issuer is unknown.  Could not handshake: Error in the certificate verification. [IP: 10.0.0.1 443]',
  ],
  ['apt-tls', 'curl: (60) SSL certificate problem: unable to get local issuer certificate'],
  [
    'key-unreadable',
    "W: https://download.docker.com/linux/ubuntu/dists/noble/InRelease: The key(s) in the keyring /etc/apt/keyrings/docker.asc are ignored as the file is not readable by user '_apt' executing apt-key.\nW: GPG error: https://download.docker.com/linux/ubuntu noble InRelease: NO_PUBKEY 7EA0A9C3F273FCD8",
  ],
  [
    'key-unreadable',
    'Sub-process /usr/bin/sqv returned an error code (1), error message is: Error: Failed to parse keyring "/etc/apt/keyrings/docker.asc"',
  ],
  [
    'key-expired',
    'W: GPG error: http://packages.example.org stable InRelease: The following signatures were invalid: EXPKEYSIG 1655A0AB68576280 Example <a@example.org>',
  ],
  [
    'docker-key-missing',
    "W: GPG error: https://download.docker.com/linux/debian bookworm InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 7EA0A9C3F273FCD8\nE: The repository 'https://download.docker.com/linux/debian bookworm InRelease' is not signed.",
  ],
  [
    'docker-key-missing',
    'Sub-process /usr/bin/sqv returned an error code (1), error message is: Missing key 9DC858229FC7DD38854AE2D88D81803C0EBFCD88, which is needed to verify signature.',
  ],
  [
    'key-missing',
    "W: GPG error: https://example.org stable InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 0123456789ABCDEF",
  ],
  ['key-missing', "E: The repository 'https://example.org/apt stable InRelease' is not signed."],
  [
    'raspbian-gone',
    "E: The repository 'https://download.docker.com/linux/raspbian trixie Release' does not have a Release file.",
  ],
  [
    'docker-no-release',
    "Err:9 https://download.docker.com/linux/ubuntu zara Release\n  404  Not Found [IP: 13.32.1.1 443]\nE: The repository 'https://download.docker.com/linux/ubuntu zara Release' does not have a Release file.",
  ],
  [
    'no-release',
    "E: The repository 'http://ppa.launchpadcontent.net/x/y/ubuntu noble Release' does not have a Release file.",
  ],
  ['no-release', "E: The repository 'http://debian.example/debian buster Release' no longer has a Release file."],
  [
    'apt-hash-mismatch',
    'E: Failed to fetch https://download.docker.com/linux/ubuntu/dists/noble/stable/binary-amd64/Packages.bz2  Hash Sum mismatch',
  ],
  [
    'apt-hash-mismatch',
    'E: Failed to fetch http://mirror.example.org/x/Packages.xz  File has unexpected size (1234 != 1240). Mirror sync in progress? [IP: 10.0.0.1 80]',
  ],
  [
    'apt-connect',
    'Err:1 https://download.docker.com/linux/debian bookworm InRelease\n  Could not connect to download.docker.com:443 (13.32.1.1), connection timed out',
  ],
  ['apt-connect', '  Could not connect to 10.0.2.2:3142 (10.0.2.2). - connect (111: Connection refused)'],
  [
    'apt-connect',
    'W: Failed to fetch http://debian.example/debian/dists/bookworm/InRelease  Unable to connect to debian.example:http:',
  ],
  ['apt-connect', 'Err:1 http://debian.example/debian trixie InRelease\n  Connection timed out [IP: 151.101.2.132 80]'],
  [
    'apt-connect',
    'Cannot initiate the connection to debian.example:80 (2a04:4e42::644). - connect (101: Network is unreachable)',
  ],
  ['apt-connect', 'curl: (28) Connection timed out after 30001 milliseconds'],
  [
    'apt-package-404',
    'E: Failed to fetch https://download.docker.com/linux/debian/dists/bookworm/pool/stable/amd64/docker-ce_28.0.0-1_amd64.deb  404  Not Found [IP: 13.32.1.1 443]',
  ],
  [
    'apt-lock',
    'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1482 (unattended-upgr)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
  ],
  [
    'apt-lock',
    'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 900 (apt-get)\nE: Unable to lock directory /var/lib/apt/lists/',
  ],
  ['apt-lock', 'dpkg: error: dpkg frontend lock was locked by another process with pid 1482'],
  ['apt-lock', 'dpkg: error: dpkg frontend is locked by another process'],
  [
    'apt-lock',
    'E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
  ],
  [
    'apt-lock-file',
    'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (1: Operation not permitted)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?',
  ],
  [
    'apt-lock-file',
    'E: Could not open lock file /var/lib/apt/lists/lock - open (40: Too many levels of symbolic links)\nE: Unable to lock directory /var/lib/apt/lists/',
  ],
  ['apt-lock-file', 'dpkg: error: you do not have permission to lock the dpkg database directory /var/lib/dpkg'],
  [
    'apt-lock-file',
    'dpkg: error: unable to open/create dpkg frontend lock for directory /var/lib/dpkg: No such file or directory',
  ],
  [
    'disk-full',
    'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (28: No space left on device)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?',
  ],
  [
    'apt-not-root',
    'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?',
  ],
  ['dpkg-interrupted', "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem."],
  [
    'buildx-overwrite',
    "dpkg: error processing archive /tmp/apt-dpkg-install-x/3-docker-buildx-plugin_0.29.1-1_amd64.deb (--unpack):\n trying to overwrite '/usr/libexec/docker/cli-plugins/docker-buildx', which is also in package docker-buildx 0.13.1+ds1-3",
  ],
  ['file-overwrite', " trying to overwrite '/usr/bin/docker', which is also in package docker-cli 26.1.5+dfsg1-9"],
  ['held-packages', 'E: Held packages were changed and -y was used without --allow-change-held-packages.'],
  ['downgrade-refused', 'E: Packages were downgraded and -y was used without --allow-downgrades.'],
  [
    'containerd-unmet',
    'The following packages have unmet dependencies:\n docker-ce : Depends: containerd.io (>= 2.1.5) but 1.7.28-1 is to be installed\nE: Unable to correct problems, you have held broken packages.',
  ],
  [
    'containerd-conflict',
    'The following packages have unmet dependencies:\n containerd.io : Conflicts: containerd\n                 Conflicts: runc',
  ],
  [
    'held-broken',
    'The following packages have unmet dependencies:\n docker-ce : Depends: libc6 (>= 2.38) but 2.36-9 is to be installed\nE: Unable to correct problems, you have held broken packages.',
  ],
  [
    'unmet-dependencies',
    "E: Unmet dependencies. Try 'apt --fix-broken install' with no packages (or specify a solution).",
  ],
  ['unmet-dependencies', 'E: Unable to satisfy dependencies. Reached two conflicting assignments:'],
  [
    'unmet-dependencies',
    'dpkg: dependency problems prevent configuration of docker-ce:\n docker-ce depends on iptables; however:\n  Package iptables is not installed.',
  ],
  [
    'unconfigured',
    'dpkg: dependency problems prevent configuration of docker-ce:\n docker-ce depends on containerd.io (>= 1.7.27); however:\n  Package containerd.io is not configured yet.',
  ],
  [
    'dependency-missing',
    'The following packages have unmet dependencies:\n docker-ce : Depends: iptables but it is not installable\nE: Unable to correct problems, you have held broken packages.',
  ],
  ['no-candidate', "E: Package 'dkms' has no installation candidate"],
  ['no-candidate', 'E: Unable to locate package nvidia-driver'],
  ['docker-not-offered', 'E: Unable to locate package docker-ce-cli'],
  ['no-candidate', "E: Version '5:20.10.0~3-0~debian-bookworm' for 'docker-ce' was not found"],
  [
    'hosts-flag-conflict',
    'unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives are specified both as a flag and in the configuration file: hosts: (from flag: [fd://], from file: [tcp://127.0.0.1:2375])\ndocker.service: Start request repeated too quickly.',
  ],
  [
    'flag-conflict',
    'unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives are specified both as a flag and in the configuration file: log-driver: (from flag: json-file, from file: journald)',
  ],
  [
    'daemon-json-unknown-key',
    "unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: log-options",
  ],
  [
    'daemon-json-invalid',
    "unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid character '}' looking for beginning of object key string\ndocker.service: Start request repeated too quickly.",
  ],
  ['daemon-json-invalid', 'unable to configure the Docker daemon with file /etc/docker/daemon.json: EOF'],
  [
    'xt-addrtype',
    'failed to start daemon: Error initializing network controller: iptables failed: iptables --wait -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER: Warning: Extension addrtype revision 0 not supported, missing kernel module?\niptables v1.8.11 (nf_tables): RULE_APPEND failed',
  ],
  ['xt-addrtype', 'modprobe: FATAL: Module xt_addrtype not found in directory /lib/modules/6.12.0-55'],
  [
    'kernel-modules-gone',
    "modprobe: FATAL: Module ip_tables not found in directory /lib/modules/6.1.0-18-amd64\niptables v1.8.9 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)",
  ],
  [
    'iptables-missing',
    'failed to start daemon: Error initializing network controller: error obtaining controller instance: failed to register "bridge" driver: failed to create NAT chain DOCKER: exec: "iptables": executable file not found in $PATH',
  ],
  [
    'iptables-backend',
    'failed to register "bridge" driver: failed to create NAT chain DOCKER: iptables failed: iptables -t nat -N DOCKER: iptables v1.8.9 (nf_tables): Failed to initialize nft: Protocol not supported',
  ],
  ['iptables-backend', "iptables v1.8.10 (nf_tables): Chain 'MASQUERADE' does not exist"],
  ['iptables-backend', 'iptables: No chain/target/match by that name.'],
  [
    'iptables-backend',
    "iptables v1.8.7 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)",
  ],
  [
    'firewalld-zone',
    'failed to start daemon: Error initializing network controller: error creating default "bridge" network: ZONE_CONFLICT: \'docker0\' already bound to a zone',
  ],
  [
    'address-pools',
    'failed to create network x_default: Error response from daemon: could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
  ],
  ['address-pools', 'Error response from daemon: all predefined address pools have been fully subnetted'],
  [
    'snapshotter',
    'failed to start daemon: error initializing graphdriver: configured driver "zfs" not available: unavailable',
  ],
  // moby’s own words, docker-v29.7.2: daemon/daemon.go, setup_ip_forwarding.go of the bridge driver, daemon/config/config_linux.go.
  ['snapshotter', 'failed to start daemon: configured driver "zfs" not available: unavailable'],
  ['snapshotter', 'failed to start daemon: snapshotter selection failed, no drivers available: unavailable'],
  [
    'forwarding-off',
    'failed to start daemon: Error initializing network controller: error creating default "bridge" network: IPv4 forwarding is disabled: check your host\'s firewalling and set sysctl net.ipv4.ip_forward=1, or disable this check using daemon option --ip-forward=false',
  ],
  [
    'forwarding-off',
    "Error response from daemon: IPv6 global forwarding is disabled: check your host's firewalling and set sysctls net.ipv6.conf.all.forwarding=1 and net.ipv6.conf.default.forwarding=1, or disable this check using daemon option --ip-forward=false",
  ],
  [
    'nft-missing',
    'failed to start daemon: Error initializing network controller: error obtaining controller instance: failed to find nft tool: exec: "nft": executable file not found in $PATH',
  ],
  ['nftables-swarm', 'Error response from daemon: --firewall-backend=nftables is incompatible with swarm mode'],
  ['storage-driver', 'error initializing graphdriver: driver not supported: aufs'],
  ['cgroups-missing', "failed to start daemon: Devices cgroup isn't mounted"],
  ['containerd-down', 'failed to start containerd: timeout waiting for containerd to start'],
  [
    'containerd-down',
    'failed to start daemon: failed to dial "/run/containerd/containerd.sock": failed to dial "/run/containerd/containerd.sock": context deadline exceeded',
  ],
  [
    'lxc-sysctl',
    'OCI runtime create failed: runc create failed: unable to start container process: error during container init: open sysctl net.ipv4.ip_unprivileged_port_start file: reopen fd 8: permission denied',
  ],
  [
    'apparmor-parser',
    'AppArmor enabled on system but the docker-default profile could not be loaded: running `apparmor_parser apparmor_parser -Kr /var/lib/docker/tmp/docker-default123` failed',
  ],
  [
    'apparmor-parser',
    'docker: Error response from daemon: failed to create task: exec: "apparmor_parser": executable file not found in $PATH',
  ],
  ['no-manifest', 'docker: no matching manifest for linux/arm/v8 in the manifest list entries.'],
  ['no-manifest', 'exec /hello: exec format error'],
  ['registry-no-image', 'Error response from daemon: manifest for hello-world:gone not found: manifest unknown'],
  [
    'registry-no-image',
    'Error response from daemon: failed to resolve reference "docker.io/library/hello-world:gone": docker.io/library/hello-world:gone: not found',
  ],
  [
    'registry-no-image',
    "Error response from daemon: pull access denied for team/app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  ],
  [
    'registry-rate-limit',
    'toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
  ],
  [
    'registry-dns',
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host',
  ],
  [
    'registry-dns',
    'failed to do request: Head "https://registry-1.docker.io/v2/library/hello-world/manifests/latest": dial tcp: lookup registry-1.docker.io: Temporary failure in name resolution',
  ],
  [
    'registry-tls',
    'Error response from daemon: Get "https://registry.example.org/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ],
  ['registry-tls', 'Get "https://10.0.0.1:5000/v2/": http: server gave HTTP response to HTTPS client'],
  [
    'registry-unreachable',
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  ],
  [
    'registry-unreachable',
    'Get "https://registry-1.docker.io/v2/": dial tcp 54.1.1.1:443: connect: connection refused',
  ],
  ['registry-unreachable', 'Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout'],
  [
    'api-too-old',
    'Error response from daemon: client version 1.24 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version',
  ],
  [
    'socket-permission',
    'Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version": dial unix /var/run/docker.sock: connect: permission denied',
  ],
  ['socket-permission', 'permission denied while trying to connect to the docker API at unix:///var/run/docker.sock'],
  [
    'start-limit',
    "docker.service: Start request repeated too quickly.\ndocker.service: Failed with result 'exit-code'.",
  ],
  [
    'service-failed',
    'Job for docker.service failed because the control process exited with error code.\nSee "systemctl status docker.service" and "journalctl -xeu docker.service" for details.',
  ],
  ['service-masked', 'Failed to start docker.service: Unit docker.service is masked.'],
  ...[
    'Failed to start docker.service: Unit docker.service has a bad unit file setting.',
    'Failed to start docker.service: Unit docker.service is not loaded properly: Invalid argument.',
    'docker.service: Failed at step NAMESPACE spawning /usr/bin/dockerd: No such file or directory',
    'docker.service: Failed at step USER spawning /usr/bin/dockerd: No such process',
    'docker.service: Failed at step CHDIR spawning /usr/bin/dockerd: No such file or directory',
    'docker.service: Failed at step EXEC spawning /opt/dockerd: No such file or directory',
    'docker.service: Failed to locate executable /opt/dockerd: No such file or directory',
    'docker.service: Failed to load environment files: No such file or directory',
    'Assertion failed on job for docker.service.',
    'docker.service - Docker Application Container Engine was skipped because of an unmet condition check (ConditionPathExists=/srv).',
    'Condition check resulted in Docker Application Container Engine being skipped.',
    'Failed to start docker.service: Operation refused, unit docker.service may be requested by dependency only (it is configured to refuse manual start/stop).',
    "Failed to start docker.service: Transaction for docker.service/start is destructive (shutdown.target has 'start' job queued, but 'stop' is included in transaction).",
    'Failed to start docker.service: Transaction order is cyclic. See system logs for details.',
    'Job for docker.service canceled.',
    'docker.service: Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.',
  ].map((text): [string, string] => ['unit-refused', text]),
  [
    'unit-refused',
    'Job for docker.service failed because the control process exited with error code.\ndocker.service: Failed at step GROUP spawning /usr/bin/dockerd: No such process',
  ],
  ['service-masked', 'Failed to enable unit: Unit /etc/systemd/system/docker.service is masked'],
  ['service-dependency', "A dependency job for docker.service failed. See 'journalctl -xe' for details."],
  [
    'service-dependency',
    "Dependency failed for docker.service - Docker Application Container Engine.\ndocker.service: Job docker.service/start failed with result 'dependency'.",
  ],
  ['service-dependency', 'Failed to start docker.service: Unit nothere.mount not found.'],
  [
    'daemon-json-type',
    'unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal number into Go struct field Config.bip of type string',
  ],
  [
    'address-pool-size',
    'failed to start daemon: Error initializing network controller: error obtaining controller instance: could not construct local address space: network at index 0 (&{10.0.0.0/8 4}) has a smaller prefix (/8) than the target size of that pool (/4)',
  ],
  [
    'daemon-json-value',
    'failed to start daemon: Error initializing network controller: parse bip failed: invalid CIDR address: 300.1.1.1/24',
  ],
  [
    'daemon-json-value',
    'unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: netip.ParsePrefix("10.0.0.0/33"): prefix length out of range',
  ],
  [
    'daemon-json-value',
    'unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid logging level: loud',
  ],
  ['daemon-json-value', "failed to start daemon: specified default runtime 'nope' does not exist"],
  [
    'daemon-json-value',
    "Unable to get the full path to root (/etc/hostname): canonical path points to a file '/etc/hostname'",
  ],
  // As dockerd 20.10.24, 26.1.5 and 28.5.2 say it: on their terminal, in the log of a reload, and from --validate.
  ...[
    'failed to start daemon: invalid mirror: unsupported scheme "" in "mirror.example"',
    'time="2026-11-29T20:36:00Z" level=error msg="Error reconfiguring the daemon: invalid mirror: unsupported scheme \\"\\" in \\"mirror.example\\""',
    'level=error msg="Error reconfiguring the daemon" error="insecure registry reg.example:5000/x is not valid: invalid host \\"reg.example\\""',
    'level=error msg="file configuration validation failed: invalid max concurrent downloads: -1"',
    'level=error msg="conflict labels for a=2 and a=1"',
    'conflict labels for a=2 and a=1',
    "failed to start daemon: failed to set log opts: unknown log opt 'max-sze' for json-file log driver",
    "failed to start daemon: failed to set log opts: logger: no log driver named 'nope' is registered",
    'failed to start daemon: native.cgroupdriver option x not supported',
    'failed to start daemon: error initializing graphdriver: unknown option overlay2.x for vfs',
    'failed to start daemon: opening seccomp profile (/nope) failed: open /nope: no such file or directory',
    'failed to start daemon: runtime x: either a runtimeType or a path must be configured',
    'failed to load listeners: group nogrp-there not found',
    'failed to validate authorization plugin: plugin "nope" not found',
    'level=fatal msg="Error validating authorization plugin" error="plugin \\"nope\\" not found"',
    'unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid IP address: x',
    'unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: x is not an ip address',
    'unable to parse logging level: x',
  ].map((text): [string, string] => ['daemon-json-value', text]),
  [
    'daemon-ended',
    'Job for docker.service failed because the control process exited with error code.\nfailed to start daemon: invalid index name (-bad). Cannot begin or end with a hyphen',
  ],
  ['daemon-ended', 'failed to start metrics server: error parsing tcp address: address x: missing port in address'],
  ['address-pool-size', 'error obtaining controller instance: invalid pools size: 4'],
  [
    'daemon-json-invalid',
    'level=error msg="Error reloading configuration" error="unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: unexpected end of JSON input"',
  ],
  ['group-elsewhere', "gpasswd: group 'docker' does not exist in /etc/group"],
  ['group-locked', 'groupadd: cannot lock /etc/group; try again later.'],
  ['apt-hook', "E: Problem executing scripts DPkg::Post-Invoke 'exit 1'\nE: Sub-process returned an error code"],
  [
    'apt-hook',
    'E: Sub-process /usr/local/bin/hook returned an error code (1)\nE: Failure running hook /usr/local/bin/hook',
  ],
  ['apt-hook', "dpkg: error: error executing hook '/usr/local/bin/hook', exit code 256"],
  [
    'daemon-unreachable',
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
  ],
  [
    'daemon-unreachable',
    'failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory',
  ],
  [
    'package-script',
    'dpkg: error processing package docker-ce (--configure):\n installed docker-ce package post-installation script subprocess returned error exit status 1',
  ],
  ['memory-cgroup', 'WARNING: No memory limit support\nWARNING: No swap limit support'],
  [
    'memory-cgroup',
    'WARNING: Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
  ],
  [
    'snap-engine',
    'mkdir /var/snap/docker/common/x: permission denied\nopen /snap/docker/2963/etc/x: read-only file system',
  ],
  [
    'mount-source',
    "Error response from daemon: error while creating mount source path '/usr/share/ros': mkdir /usr/share/ros: read-only file system",
  ],
  ['wrong-architecture', 'failed to start containerd: fork/exec /usr/bin/containerd: exec format error'],
  [
    'wrong-architecture',
    'docker: Error response from daemon: failed to create task for container: failed to start shim: start failed: fork/exec /usr/bin/containerd-shim-runc-v2: exec format error: unknown',
  ],
  [
    'wrong-architecture',
    "docker.service: Failed at step EXEC spawning /usr/bin/dockerd: Exec format error\ndocker.service: Failed with result 'exit-code'.",
  ],
  ['wrong-architecture', 'sh: 1: /usr/local/bin/docker: cannot execute: Exec format error'],
  ['wrong-architecture', 'bash: /usr/local/bin/docker: cannot execute binary file: Exec format error'],
  ['cpu-level', 'Fatal glibc error: CPU does not support x86-64-v2'],
  ['cpu-level', 'This program can only be run on AMD64 processors with v3 microarchitecture support.'],
  [
    'daemon-tls',
    'failed to load listeners: could not read CA certificate "/etc/docker/ca.pem": x509: malformed certificate',
  ],
  [
    'daemon-tls',
    'failed to load listeners: Could not load X509 key pair (cert: "/etc/docker/cert.pem", key: "/etc/docker/key.pem"): open /etc/docker/cert.pem: no such file or directory',
  ],
  [
    'socket-activation',
    'failed to load listeners: no sockets found via socket activation: make sure the service was started by systemd',
  ],
  [
    'cgroup-limit',
    'docker: Error response from daemon: OCI runtime create failed: applying cgroup configuration for process caused "mkdir /sys/fs/cgroup/memory/docker/55d7db61: no space left on device": unknown.',
  ],
  ['cgroup-limit', 'mkdir /sys/fs/cgroup/memory/docker/55d7db61: cannot allocate memory'],
  [
    'cpuset-empty',
    'Error response from daemon: write /sys/fs/cgroup/cpuset/system.slice/docker-ca65.scope/cpuset.cpus: no space left on device',
  ],
  ['cpuset-empty', 'write /cgroup/docker/80d1d627/cgroup.procs: no space left on device'],
  ['cpuset-empty', 'cri-containerd-e48b.scope: Failed to set cpuset.cpus: No space left on device'],
  [
    'kernel-cgroup-bpf',
    'runc create failed: unable to start container process: error during container init: error setting cgroup config for procHooks process: bpf_prog_query(BPF_CGROUP_DEVICE) failed: invalid argument: unknown.',
  ],
  [
    'log-driver',
    'docker: Error response from daemon: failed to initialize logging driver: dial tcp 127.0.0.1:24224: connect: connection refused.',
  ],
  [
    'log-driver',
    'Error response from daemon: failed to initialize logging driver: dial tcp: lookup fluentd: no such host',
  ],
  [
    'ssh-daemon',
    'error during connect: Get "http://docker.example.com/v1.24/containers/json": command [ssh -l ada -- host.example docker system dial-stdio] has exited with exit status 127, please make sure the URL is valid: stderr=bash: line 1: docker: command not found',
  ],
  [
    'daemon-elsewhere',
    'error during connect: Get "http://10.0.0.5:2375/v1.47/info": dial tcp 10.0.0.5:2375: connect: connection refused',
  ],
  [
    'daemon-elsewhere',
    'error during connect: Post "https://docker:2376/v1.47/images/create?fromImage=registry": dial tcp: lookup docker on 10.0.0.1:53: no such host',
  ],
  [
    'iptables-raw',
    "failed to set up container networking: driver failed programming external connectivity on endpoint alpine: Unable to enable DIRECT ACCESS FILTERING - DROP rule:  (iptables failed: iptables --wait -t raw -A PREROUTING -p tcp -d 172.17.0.2 --dport 80 ! -i docker0 -j DROP: iptables v1.8.7 (legacy): can't initialize iptables table `raw': Table does not exist (do you need to insmod?)",
  ],
  [
    'docker-chains-gone',
    "Error response from daemon: Failed to program NAT chain: iptables failed: iptables --wait -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER: iptables v1.8.2 (nf_tables): Chain 'DOCKER' does not exist",
  ],
  [
    'docker-chains-gone',
    'driver failed programming external connectivity on endpoint web: (iptables failed: iptables --wait -t nat -A DOCKER -p tcp -d 0/0 --dport 80 -j DNAT --to-destination 172.17.0.2:80 ! -i docker0: iptables: No chain/target/match by that name.',
  ],
  [
    'storage-driver',
    'failed to start daemon: error initializing graphdriver: /var/lib/docker contains several valid graphdrivers: overlay2, btrfs; cleanup or explicitly choose storage driver (-s <DRIVER>)',
  ],
  [
    'kernel-modules-gone',
    'failed to create endpoint web on network bridge: failed to add the host (veth1) <=> sandbox (veth2) pair interfaces: operation not supported',
  ],
  ['no-manifest', 'standard_init_linux.go:228: exec user process caused: exec format error'],
  [
    'registry-refuses',
    'failed to copy: httpReadSeeker: failed open: unexpected status from GET request to https://mirror.example.org/v2/library/alpine/blobs/sha256:1: 404 Not Found',
  ],
  [
    'registry-refuses',
    'failed to resolve reference "docker.io/library/nginx:latest": unexpected status from HEAD request to https://docker.m.example.io/v2/library/nginx/manifests/latest?ns=docker.io: 403 Forbidden',
  ],
  [
    'registry-rate-limit',
    'unexpected status from HEAD request to https://registry-1.docker.io/v2/x/y: 429 Too Many Requests',
  ],
  [
    'apt-tls-cut',
    'Err:8 https://dl.example.com/debian Release\n  Could not handshake: The TLS connection was non-properly terminated. [IP: 10.0.0.1 443]',
  ],
  ['apt-tls-cut', '  Could not handshake: Error in the pull function. [IP: 10.0.0.1 443]'],
  ['apt-tls-cut', '  Could not handshake: An unexpected TLS packet was received. [IP: 10.0.0.1 8080]'],
  ['apt-tls-cut', 'curl: (35) gnutls_handshake() failed: The TLS connection was non-properly terminated.'],
  [
    'not-an-index',
    "E: Failed to fetch https://example.org/apt/InRelease  Clearsigned file isn't valid, got 'NOSPLIT' (does the network require authentication?)\nE: The repository 'https://example.org/apt  InRelease' is not signed.",
  ],
  [
    'sources-malformed',
    'Error: Malformed entry 1 in list file /etc/apt/sources.list.d/pxvirt-sources.list (Component)',
  ],
  ['no-release', 'E: Failed to fetch http://mirror.example.org/flat/Packages.gz  404  Not Found [IP: 10.0.0.1 80]'],
  ['no-release', 'Err:3 http://mirror.example.org/debian gone/main amd64 Packages\n  404  Not Found [IP: 10.0.0.1 80]'],
  [
    'rpm-unanswered-no-match',
    "Errors during downloading metadata for repository 'docker-ce-stable':\n  - Curl error (6): Couldn't resolve host name for https://download.docker.com/linux/rhel/9/x86_64/stable/repodata/repomd.xml [Could not resolve host: download.docker.com]\nError: Failed to download metadata for repo 'docker-ce-stable': Cannot download repomd.xml\nIgnoring repositories: docker-ce-stable\nNo match for argument: docker-ce\nError: Unable to find a match: docker-ce",
  ],
  [
    'rpm-unanswered-no-match',
    '>>> Curl error (7): Could not connect to server for http://m/base\n>>> Usable URL not found\nRepositories loaded.\nFailed to resolve the transaction:\nNo match for argument: docker-ce',
  ],
  ['rpm-metadata', '>>> Usable URL not found'],
  [
    'rpm-excluded',
    'Error: \n Problem: package nvidia-open-3:580.65.06-1.el10.noarch from cuda-rhel10-x86_64 requires nvidia-settings = 3:580.65.06, but none of the providers can be installed\n  - package nvidia-settings-3:580.65.06-1.el10.x86_64 from cuda-rhel10-x86_64 is filtered out by modular filtering',
  ],
  [
    'rpm-conflict',
    'Error:\n Problem: package nvidia-driver-3:555.42.02-1.el8.x86_64 from cuda-rhel8-x86_64 requires nvidia-kmod-common = 3:555.42.02, but none of the providers can be installed',
  ],
  [
    'rpm-nothing-provides',
    ' Problem: cannot install the best candidate for the job\n  - nothing provides dkms >= 3.1.8 needed by kmod-nvidia-open-dkms-3:580.65.06-1.el9.noarch from cuda-rhel9-x86_64',
  ],
  [
    'rpm-nothing-provides',
    'Error:\n Problem: package docker-ce-3:29.0.1-1.el9.x86_64 requires containerd.io >= 1.7.27, but none of the providers can be installed\n  - nothing provides container-selinux >= 2:2.74 needed by containerd.io-2.1.5-1.el9.x86_64',
  ],
  ['group-protected', 'gpasswd: cannot open /etc/group'],
  ['group-protected', 'groupadd: cannot open /etc/group'],
  ['group-protected', 'groupmod: /etc/group.9: Permission denied\ngroupmod: cannot lock /etc/group; try again later.'],
  ['group-mount', 'gpasswd: failure while writing changes to /etc/group'],
  ['inotify-watches', 'Failed to add /run/systemd/ask-password to directory watch: No space left on device'],
  [
    'inotify-watches',
    'failed to create CRI service: failed to create cni conf monitor: failed to create fsnotify watcher: too many open files',
  ],
]
