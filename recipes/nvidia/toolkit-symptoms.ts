import type { Symptom } from '../../src/symptoms/table.js'

/** What NVIDIA’s container toolkit says, and Docker of it. */
export const toolkitSymptoms: readonly Symptom[] = [
  {
    id: 'toolkit-cgroups',
    match: /nvidia-container-cli(?:\.real)?: [^\n]*cgroup subsystem devices not found/,
    cause:
      'the toolkit finds no cgroup for devices: it is older than 1.8, where cgroup v2 begins, or Docker runs rootless or from the snap store',
    remedy:
      'upgrade nvidia-container-toolkit (`fitout apply --only nvidia-container-toolkit`), then `systemctl restart docker`; for rootless Docker alone `nvidia-ctk config --set nvidia-container-cli.no-cgroups --in-place`',
    source: 'NVIDIA/nvidia-docker#1447, #1660, NVIDIA/k8s-device-plugin#324',
  },
  {
    id: 'gpu-no-such-device',
    match: /nvidia-container-cli(?:\.real)?: device error: (?<device>[^\n:]+): (?:unknown|not found)[^\n]*/,
    cause: 'a container asks for a GPU that this host does not have',
    named: ({ groups }) => groups && `a container asks for the GPU ${groups.device}, which this host does not have`,
    remedy: 'compare `nvidia-smi -L` with `--gpus`, `device_ids` and NVIDIA_VISIBLE_DEVICES of the container',
    source: 'NVIDIA/nvidia-docker#1264, #1283, nvidia-container-toolkit#203',
    passes: true,
  },
  {
    id: 'toolkit-ldconfig',
    match: /nvidia-container-cli(?:\.real)?: ldcache error: (?<why>[^\n]*)/,
    cause: 'the toolkit cannot refresh the list of libraries in the container with this host’s ldconfig',
    named: ({ groups }) =>
      groups && `the toolkit cannot refresh the list of libraries in the container (${groups.why?.trim()})`,
    remedy:
      'see `ldconfig =` in /etc/nvidia-container-runtime/config.toml: `@/sbin/ldconfig.real` on Ubuntu and Debian, if that file is there, else `@/sbin/ldconfig`; then start the container again',
    source: 'NVIDIA/libnvidia-container#177',
  },
  {
    id: 'image-has-driver',
    match: /nvidia-container-cli(?:\.real)?: mount error: file creation failed: (?<file>\S+): file exists/,
    cause: 'the image brings files of a driver of its own, so the toolkit cannot put the host’s there',
    named: ({ groups }) =>
      groups &&
      `the image brings ${groups.file!.replace(/.*\/merged/, '')} of a driver of its own, so the toolkit cannot put the host’s there`,
    remedy:
      'build the image without a driver: remove `libcuda.so*` and `libnvidia-*` in it, and install only CUDA’s toolkit',
    source:
      'libnvidia-container, src/nvc_mount.c; NVIDIA/nvidia-docker#1551, nvidia-container-toolkit#289, lambda-stack-dockerfiles#15',
  },
  {
    id: 'toolkit-privileges',
    match:
      /nvidia-container-cli(?:\.real)?: [^\n]*(?:privilege change failed|permission error: capability change failed)/,
    cause: 'the toolkit may not change its rights: Docker runs rootless or inside a container',
    remedy:
      'give devices through CDI, which needs no such rights: `nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml` and `--device nvidia.com/gpu=all`',
    source: 'libnvidia-container, src/error_generic.h',
  },
  {
    id: 'toolkit-runtime-missing',
    match:
      /(?:exec: \\*"|fork\/exec |stat |exec )\S*nvidia-container-(?:runtime|runtime-hook|toolkit|cli)\b[^\n]*(?:not found|no such file)/,
    cause: 'Docker is told to use NVIDIA’s runtime or hook, and the program is not installed',
    remedy:
      'install nvidia-container-toolkit (`fitout apply --only nvidia-container-toolkit`), or take `nvidia` out of `runtimes` and `default-runtime` in /etc/docker/daemon.json and restart Docker',
    source: 'NVIDIA Container Toolkit, install guide',
  },
  {
    id: 'cdi-not-written',
    match: /failed to generate CDI spec[^\n]*(?:Driver Not Loaded|ERROR_DRIVER_NOT_LOADED)/i,
    cause: 'the CDI specification was to be written before NVIDIA’s module was loaded, as while the host started',
    remedy:
      '`systemctl restart nvidia-cdi-refresh` once `nvidia-smi` works; if it does not, see `modprobe nvidia` and `dmesg | grep -i nvrm`',
    source: 'NVIDIA/nvidia-container-toolkit#1611',
  },
  {
    id: 'cuda-requirement',
    match: /requirement error: unsatisfied condition/,
    cause: 'the image asks for a newer driver than the host has (its NVIDIA_REQUIRE_CUDA)',
    remedy:
      'install a newer driver (nvidia-driver.cuda), take an image of an older CUDA, or try `-e NVIDIA_DISABLE_REQUIRE=1`',
    source: 'NVIDIA/nvidia-container-toolkit#152, MauriceNino/dashdot#1226',
  },
  {
    id: 'cgroup-bpf',
    match: /nvidia-container-cli(?:\.real)?: [^\n]*bpf_prog_query\(BPF_CGROUP_DEVICE\) failed/,
    cause: 'the toolkit may not change the device rules of cgroups here: Docker runs rootless, or inside a container',
    remedy:
      'for rootless Docker alone: `nvidia-ctk config --set nvidia-container-cli.no-cgroups --in-place`; else a toolkit of version 1.18 or later, then restart the container',
    source: 'NVIDIA/nvidia-container-toolkit#139, #678',
  },
  {
    id: 'persistenced-socket',
    match: /\/run\/nvidia-persistenced\/socket: (no such|mount point does not exist)/i,
    cause:
      'nvidia-persistenced does not run any more, as after an upgrade of the driver, and a CDI specification or a mount still names its socket',
    remedy:
      '`systemctl restart nvidia-persistenced`, then `systemctl restart nvidia-cdi-refresh` (or `nvidia-ctk cdi generate`); create the container anew',
    source: 'containers/toolbox#1577, NVIDIA/nvidia-docker#1690',
  },
  {
    id: 'driver-swapped',
    match: /mount error: mount operation failed: [^\n]*\/proc\/driver\/nvidia/,
    cause: 'the driver was exchanged while dockerd ran, and what Docker remembers of the old one is gone',
    remedy:
      '`systemctl restart docker`, which stops containers unless live-restore is on; a restart of the host does too',
    source: 'NVIDIA/nvidia-container-toolkit#169, NVIDIA/nvidia-docker#1068',
  },
  {
    id: 'hook-called-directly',
    match: /invoking the NVIDIA Container Runtime Hook directly/,
    cause: 'the toolkit’s runtime is set to CDI or to a Jetson’s mode, which `--gpus` goes past',
    remedy:
      'run with `--runtime=nvidia -e NVIDIA_VISIBLE_DEVICES=all` or `--device nvidia.com/gpu=all`; mode=auto in /etc/nvidia-container-runtime/config.toml brings `--gpus` back, but not on a Jetson',
    source: 'NVIDIA/TensorRT-LLM#799, dusty-nv/jetson-containers#1703',
  },
  {
    id: 'cdi-off',
    match: /could not select device driver "cdi"/,
    cause: 'Docker has CDI turned off, or is older than 25.0, where CDI begins',
    remedy: 'set docker-daemon.config.features.cdi=true; from Docker 28.2 on it is on by itself',
    source: 'NVIDIA/nvidia-container-toolkit#434',
  },
  {
    id: 'cdi-spec-stale',
    match: /unresolvable CDI devices|invalid device, empty device edits/,
    cause:
      'the CDI specification does not name this device: none was written, or it is older than the driver or the GPU’s partitions',
    remedy:
      '`systemctl restart nvidia-cdi-refresh` or `nvidia-ctk cdi generate --output=/var/run/cdi/nvidia.yaml`, then look at `nvidia-ctk cdi list`',
    source: 'NVIDIA/nvidia-container-toolkit#434, #1239, #1537, kaito#2326',
  },
  {
    id: 'cdi-no-vendor',
    match: /failed to discover GPU vendor from CDI/,
    cause:
      'Docker knows no GPU: the toolkit came after dockerd was started, no CDI specification was written, or there is no GPU',
    remedy:
      '`systemctl restart nvidia-cdi-refresh` (or `nvidia-ctk cdi generate --output=/var/run/cdi/nvidia.yaml`), then `systemctl restart docker`',
    source: 'ShaneIsrael/fireshare#689, moby#50228, moby#52704',
  },
  {
    id: 'gpus-for-amd',
    match: /AMD CDI spec not found/,
    cause:
      'dockerd found no hook of the NVIDIA toolkit when it started, and from Docker 29.3 on it then takes `--gpus` to mean AMD’s',
    remedy:
      '`systemctl restart docker` once the NVIDIA toolkit is installed; for AMD’s GPUs write their CDI specification (`amd-ctk cdi generate`)',
    source: 'moby, daemon/devices_linux.go and devices_amd_linux.go of docker-v29.3.0, read 2026-12',
  },
  {
    id: 'gpus-not-supported',
    match: /could not select device driver ("(nvidia)?" )?with capabilities: \[\[[^\]]*\bgpu\b/,
    cause:
      'dockerd found no nvidia-container-runtime-hook when it started: the toolkit is missing, or Docker was not restarted since',
    remedy: '`systemctl restart docker` once the toolkit is installed: a reload is not enough for `--gpus`',
    source: 'NVIDIA/nvidia-docker#1034, docker/cli#2425',
  },
  {
    id: 'runtime-unknown',
    match: /unknown or invalid runtime name: nvidia|Unknown runtime specified nvidia/i,
    cause:
      'the daemon that answers here does not know the runtime nvidia: another daemon.json is its own, or it has not read it again',
    remedy:
      'see `docker info | grep -i runtime` and `docker context ls`; rootless Docker reads ~/.config/docker/daemon.json, the snap’s its own; then `systemctl reload docker`',
    source: 'NVIDIA/nvidia-container-toolkit#150, dusty-nv/jetson-containers#1460',
  },
]
