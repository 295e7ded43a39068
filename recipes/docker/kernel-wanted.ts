/**
 * What Docker may need of a kernel: modules with their options, and options that are no modules. Sources: moby b985e23, contrib/check-config.sh
 * and daemon/libnetwork; Kconfig of Linux 4.19 to 6.12, read 2026-12.
 */
export const kernelWanted: readonly string[] = [
  'iptable_filter=IP_NF_FILTER',
  'iptable_nat=IP_NF_NAT',
  'iptable_raw=IP_NF_RAW',
  'nf_tables=NF_TABLES',
  'nft_compat=NFT_COMPAT',
  // Before Linux 5.1 each family had its own.
  'nft_chain_nat=NFT_NAT,nft_chain_nat_ipv4=NFT_CHAIN_NAT_IPV4',
  'nft_ct=NFT_CT',
  'nft_fib=NFT_FIB',
  'nft_masq=NFT_MASQ',
  'nft_nat=NFT_NAT',
  'xt_addrtype=NETFILTER_XT_MATCH_ADDRTYPE',
  'xt_conntrack=NETFILTER_XT_MATCH_CONNTRACK',
  // Before Linux 5.2 the second one.
  'xt_MASQUERADE=NETFILTER_XT_TARGET_MASQUERADE,ipt_MASQUERADE=IP_NF_TARGET_MASQUERADE',
  'bridge=BRIDGE',
  'veth=VETH',
  'overlay=OVERLAY_FS',
  'mqueue=POSIX_MQUEUE',
  'CGROUP_BPF',
  'SECCOMP_FILTER',
  'NET_NS',
  'PID_NS',
  'IPC_NS',
  'UTS_NS',
]
