/**
 * How dockerd refuses a value of each key of daemon.json, on its terminal: versions, keys, words. Asked of the real ones in private namespaces, with a
 * document of these keys alone.
 */
export const refusals: [versions: string, keys: string, words: string][] = `
28.5.2 allow-direct-routing unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.allow-direct-routing of type bool
20.10.24,26.1.5 allow-direct-routing unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: allow-direct-routing
20.10.24,26.1.5 allow-nondistributable-artifacts failed to start daemon: invalid index name (-bad). Cannot begin or end with a hyphen
28.5.2 api-cors-header unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal number into Go struct field Config.api-cors-header of type string
26.1.5 api-cors-header unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.CommonConfig.api-cors-header of type string
20.10.24 api-cors-header unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.api-cors-header of type string
20.10.24 bip failed to start daemon: Error initializing network controller: Error creating default "bridge" network: failed to allocate gateway (10.5.0.0): Address already in use
26.1.5,28.5.2 bip failed to start daemon: Error initializing network controller: error creating default "bridge" network: failed to allocate gateway (10.5.0.0): Address already in use
20.10.24,26.1.5 bip failed to start daemon: Error initializing network controller: invalid CIDR address: nonsense
28.5.2 bip failed to start daemon: Error initializing network controller: parse bip failed: invalid CIDR address: nonsense
20.10.24,26.1.5 bip6 unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: bip6
20.10.24 bridge failed to start daemon: Error initializing network controller: Error creating default "bridge" network: bridge device with non default name br-nosuch must be created manually
26.1.5,28.5.2 bridge failed to start daemon: Error initializing network controller: error creating default "bridge" network: bridge device with non default name br-nosuch must be created manually
20.10.24,26.1.5 builder could not get builder GC policy: could not parse 'lots' as Builder.GC.DefaultKeepStorage config: invalid size: 'lots'
28.5.2 builder error initializing buildkit: error creating buildkit instance: could not get builder GC policy: failed to parse defaultRESERVEDSPACE: invalid size: 'lots'
28.5.2 builder unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field .enabled of type bool
26.1.5 builder unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field BuilderGCConfig.CommonConfig.builder.GC.Enabled of type bool
20.10.24 builder unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field BuilderGCConfig.builder.GC.Enabled of type bool
28.5.2 cgroup-parent unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal number into Go struct field Config.cgroup-parent of type string
20.10.24,26.1.5 cgroup-parent unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.cgroup-parent of type string
20.10.24,26.1.5,28.5.2 data-root mkdir /proc/nosuch: no such file or directory
28.5.2 debug unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.debug of type bool
26.1.5 debug unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.CommonConfig.debug of type bool
20.10.24 debug unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.debug of type bool
28.5.2 default-address-pools failed to start daemon: Error initializing network controller: error obtaining controller instance: could not construct local address space: network at index 0 (&{10.0.0.0/16 8}) has a smaller prefix (/16) than the target size of that pool (/8)
20.10.24,26.1.5 default-address-pools failed to start daemon: Error initializing network controller: error obtaining controller instance: invalid base pool "nonsense": invalid CIDR address: nonsense
20.10.24,26.1.5 default-address-pools failed to start daemon: Error initializing network controller: error obtaining controller instance: invalid pools size: 8
28.5.2 default-address-pools unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field .0.size of type int
28.5.2 default-address-pools unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: netip.ParsePrefix("nonsense"): no '/'
26.1.5 default-address-pools unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.CommonConfig.NetworkConfig.default-address-pools.size of type int
20.10.24 default-address-pools unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.default-address-pools of type int
20.10.24,26.1.5,28.5.2 default-address-pools unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: base
20.10.24 default-cgroupns-mode unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: default cgroup namespace mode (x) is invalid; use "host" or "private"
26.1.5 default-cgroupns-mode unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: default cgroup namespace mode (x) is invalid; use "host" or "private"
28.5.2 default-cgroupns-mode unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid default cgroup namespace (x): use "host" or "private"
20.10.24 default-gateway failed to start daemon: Error initializing network controller: Error creating default "bridge" network: auxiliary address: (DefaultGatewayIPv4:9.9.9.9) must belong to the master pool: 172.17.0.0/16
26.1.5,28.5.2 default-gateway failed to start daemon: Error initializing network controller: error creating default "bridge" network: auxiliary address: (DefaultGatewayIPv4:9.9.9.9) must belong to the master pool: 172.17.0.0/16
20.10.24,26.1.5 default-gateway unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid IP address: x
28.5.2 default-gateway unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: invalid IP address: x
20.10.24,26.1.5 default-gateway-v6 unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid IP address: x
28.5.2 default-gateway-v6 unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: invalid IP address: x
20.10.24 default-ipc-mode unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: default IPC mode setting (x) is invalid; use "shareable" or "private"
26.1.5,28.5.2 default-ipc-mode unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: default IPC mode setting (x) is invalid; use "shareable" or "private"
28.5.2 default-network-opts unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal number into Go struct field Config.default-network-opts.bridge of type map[string]string
26.1.5 default-network-opts unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.CommonConfig.NetworkConfig.default-network-opts of type map[string]string
26.1.5,28.5.2 default-runtime failed to start daemon: specified default runtime 'nope' does not exist
20.10.24 default-runtime unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: specified default runtime 'nope' does not exist
28.5.2 default-shm-size unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: invalid size: 'big'
20.10.24,26.1.5 default-shm-size unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid size: 'big'
28.5.2 default-ulimits unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal array into Go struct field Config.default-ulimits of type map[string]*units.Ulimit
28.5.2 default-ulimits unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.default-ulimits.nofile.Hard of type int64
20.10.24,26.1.5 default-ulimits unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal array into Go struct field Config.default-ulimits of type map[string]*units.Ulimit
20.10.24,26.1.5 default-ulimits unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Ulimit.default-ulimits.Hard of type int64
28.5.2 dns unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal number into Config.dns.0 of type net.IP: JSON value must be string type
26.1.5 dns unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.CommonConfig.DNSConfig.dns of type net.IP
20.10.24 dns unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.dns of type string
28.5.2 dns-opts unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.dns-opts of type []string
26.1.5 dns-opts unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.CommonConfig.DNSConfig.dns-opts of type []string
20.10.24 dns-opts unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.dns-opts of type []string
20.10.24 dns-search unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: -bad- is not a valid domain
26.1.5,28.5.2 dns-search unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: -bad- is not a valid domain
20.10.24,26.1.5,28.5.2 exec-opts failed to start daemon: native.cgroupdriver option x not supported
28.5.2 exec-opts unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid exec-opt (nosuch=1): unknown option: 'nosuch'
20.10.24,26.1.5,28.5.2 exec-root mkdir /proc/nosuch: no such file or directory
28.5.2 experimental unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.experimental of type bool
26.1.5 experimental unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.CommonConfig.experimental of type bool
20.10.24 experimental unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.experimental of type bool
28.5.2 features unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.features.cdi of type bool
26.1.5 features unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.CommonConfig.features of type bool
20.10.24 features unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.features of type bool
20.10.24,26.1.5,28.5.2 firewall-backend unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: firewall-backend
20.10.24,26.1.5 fixed-cidr failed to start daemon: Error initializing network controller: invalid CIDR address: x
28.5.2 fixed-cidr failed to start daemon: Error initializing network controller: parse fixed-cidr failed: invalid CIDR address: x
20.10.24 fixed-cidr-v6 failed to start daemon: Error initializing network controller: invalid CIDR address: x
26.1.5 fixed-cidr-v6 unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid fixed-cidr-v6: invalid CIDR address: x
28.5.2 fixed-cidr-v6 unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid fixed-cidr-v6: invalid fixed-cidr-v6: netip.ParsePrefix("x"): no '/'
20.10.24,26.1.5,28.5.2 group failed to load listeners: group nogrp not found
20.10.24,26.1.5 host-gateway-ip unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid IP address: x
28.5.2 host-gateway-ip unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: invalid IP address: x
28.5.2 host-gateway-ips unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: ParseAddr("x"): unable to parse IP
20.10.24,26.1.5 host-gateway-ips unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: host-gateway-ips
20.10.24 hosts failed to load listeners: error parsing -H nosuch://x: Invalid bind address format: nosuch://x
26.1.5,28.5.2 hosts unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid bind address (nosuch://x): unsupported proto 'nosuch'
20.10.24,26.1.5,28.5.2 icc,iptables failed to start daemon: You specified --iptables=false with --icc=false. ICC=false uses iptables to function. Please set --icc or --iptables to true
28.5.2 init-path unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal number into Go struct field Config.init-path of type string
20.10.24,26.1.5 init-path unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.init-path of type string
20.10.24,26.1.5,28.5.2 insecure-registries failed to start daemon: invalid index name (-bad). Cannot begin or end with a hyphen
20.10.24,26.1.5 ip unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid IP address: x
28.5.2 ip unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: invalid IP address: x
20.10.24 labels unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: bad attribute format: a
26.1.5,28.5.2 labels unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: bad attribute format: a
20.10.24,26.1.5,28.5.2 labels unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: a
28.5.2 live-restore unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.live-restore of type bool
26.1.5 live-restore unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.CommonConfig.live-restore of type bool
20.10.24 live-restore unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.live-restore of type bool
26.1.5,28.5.2 log-format unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid log format: x
20.10.24 log-format unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: log-format
26.1.5,28.5.2 log-level unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid logging level: x
20.10.24 log-level unable to parse logging level: x
20.10.24,26.1.5,28.5.2 log-opt unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: max-size
26.1.5,28.5.2 log-opts failed to start daemon: failed to set log opts: failed to set log opts: unknown log opt 'nope' for json-file log driver
20.10.24 log-opts failed to start daemon: failed to set log opts: unknown log opt 'nope' for json-file log driver
28.5.2 log-opts unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal number into Go struct field Config.log-opts.max-size of type string
26.1.5 log-opts unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.CommonConfig.LogConfig.log-opts of type string
20.10.24 log-opts unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.log-opts of type string
20.10.24 max-concurrent-downloads unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: invalid max concurrent downloads: -1
26.1.5,28.5.2 max-concurrent-downloads unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid max concurrent downloads: -1
20.10.24 max-concurrent-uploads unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: invalid max concurrent uploads: -1
26.1.5,28.5.2 max-concurrent-uploads unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid max concurrent uploads: -1
20.10.24 max-download-attempts unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: invalid max download attempts: -1
26.1.5,28.5.2 max-download-attempts unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid max download attempts: -1
20.10.24 metrics-addr failed to start metrics server: address x: missing port in address
26.1.5,28.5.2 metrics-addr failed to start metrics server: error parsing tcp address: address x: missing port in address
20.10.24,26.1.5,28.5.2 min-api-version unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: min-api-version
20.10.24 mtu failed to start daemon: Error initializing network controller: Error creating default "bridge" network: invalid MTU number: -5
28.5.2 mtu unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.mtu of type int
26.1.5 mtu unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.CommonConfig.BridgeConfig.DefaultBridgeConfig.mtu of type int
20.10.24 mtu unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.mtu of type int
26.1.5,28.5.2 mtu unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid default MTU: -5
28.5.2 no-new-privileges unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.no-new-privileges of type bool
20.10.24,26.1.5 no-new-privileges unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.no-new-privileges of type bool
20.10.24 node-generic-resources unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: could not parse GenericResource: incorrect term x, missing '=' or malformed expression
26.1.5,28.5.2 node-generic-resources unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: could not parse GenericResource: incorrect term x, missing '=' or malformed expression
20.10.24,26.1.5,28.5.2 nosuch unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: nosuch
20.10.24 oom-score-adjust unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.oom-score-adjust of type int
26.1.5,28.5.2 oom-score-adjust unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: oom-score-adjust
28.5.2 pidfile failed to start daemon, ensure docker is not running or delete /nosuch/x/y: process with PID 24 is still running
28.5.2 proxies unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal number into Go struct field Config.proxies.http-proxy of type string
26.1.5 proxies unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Proxies.CommonConfig.proxies.http-proxy of type string
20.10.24,26.1.5,28.5.2 proxies unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: default
20.10.24 proxies unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: http-proxy
20.10.24,26.1.5 registry-mirrors failed to start daemon: invalid mirror: unsupported scheme "" in "mirror"
28.5.2 registry-mirrors unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid mirror: no scheme specified for "mirror": must use either 'https://' or 'http://'
26.1.5,28.5.2 runtimes failed to start daemon: runtime name 'runc' is reserved
26.1.5,28.5.2 runtimes failed to start daemon: runtime x: either a runtimeType or a path must be configured
20.10.24 runtimes unable to configure the Docker daemon with file /etc/docker/daemon.json: configuration validation from file failed: runtime name 'runc' is reserved
20.10.24,26.1.5,28.5.2 seccomp-profile failed to start daemon: opening seccomp profile (/nosuch) failed: read /nosuch: is a directory
28.5.2 selinux-enabled unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.selinux-enabled of type bool
20.10.24,26.1.5 selinux-enabled unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.selinux-enabled of type bool
28.5.2 shutdown-timeout unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal string into Go struct field Config.shutdown-timeout of type int
26.1.5 shutdown-timeout unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.CommonConfig.shutdown-timeout of type int
20.10.24 shutdown-timeout unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal string into Go struct field Config.shutdown-timeout of type int
26.1.5,28.5.2 storage-driver failed to start daemon: error initializing graphdriver: [graphdriver] ERROR: the aufs storage-driver has been deprecated and removed; visit https://docs.docker.com/go/storage-driver/ for more information: aufs
20.10.24 storage-driver failed to start daemon: error initializing graphdriver: driver not supported
28.5.2 storage-driver failed to start daemon: error initializing graphdriver: driver not supported: zfs
20.10.24 storage-driver failed to start daemon: error initializing graphdriver: prerequisites for driver not satisfied (wrong filesystem?)
26.1.5 storage-driver failed to start daemon: error initializing graphdriver: prerequisites for driver not satisfied (wrong filesystem?): zfs
20.10.24 storage-opts failed to start daemon: error initializing graphdriver: Unable to parse key/value option: x
20.10.24,26.1.5,28.5.2 storage-opts failed to start daemon: error initializing graphdriver: invalid size: 'abc'
26.1.5 storage-opts failed to start daemon: error initializing graphdriver: unable to parse key/value option: x
28.5.2 storage-opts failed to start daemon: error initializing graphdriver: unable to parse storage-opt key/value: x
28.5.2 swarm-default-advertise-addr unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid JSON: json: cannot unmarshal number into Go struct field Config.swarm-default-advertise-addr of type string
26.1.5 swarm-default-advertise-addr unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.CommonConfig.swarm-default-advertise-addr of type string
20.10.24 swarm-default-advertise-addr unable to configure the Docker daemon with file /etc/docker/daemon.json: json: cannot unmarshal number into Go struct field Config.swarm-default-advertise-addr of type string
20.10.24 tls,tlscert failed to create API server: Error reading X509 key pair (cert: "/nosuch", key: ""): read /nosuch: is a directory. Make sure the key is not encrypted.
26.1.5,28.5.2 tls,tlscert invalid TLS configuration: Error reading X509 key pair (cert: "/nosuch", key: ""): read /nosuch: is a directory. Make sure the key is not encrypted.
20.10.24 tlsverify failed to create API server: Could not load X509 key pair (cert: "", key: ""): open : no such file or directory
26.1.5,28.5.2 tlsverify invalid TLS configuration: Could not load X509 key pair (cert: "", key: ""): open : no such file or directory
26.1.5,28.5.2 userland-proxy-path unable to configure the Docker daemon with file /etc/docker/daemon.json: merged configuration validation from file and command line flags failed: invalid userland-proxy-path: exec: "/nosuch": is a directory
20.10.24,26.1.5,28.5.2 userns-remap Invalid user/group specification in --userns-remap: "a:b:c"
26.1.5,28.5.2 validate unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives are specified both as a flag and in the configuration file: validate: (from flag: true, from file: x)
20.10.24 validate unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: validate
`
  .trim()
  .split('\n')
  .map((line) => {
    const [versions = '', keys = '', ...words] = line.split(' ')
    return [versions, keys, words.join(' ')]
  })
