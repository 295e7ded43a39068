import type { Symptoms } from '../../src/symptoms/table.js'

/**
 * What hosts say when NVIDIA's driver, container toolkit or images fail. The first row that matches wins, so what the kernel says stands before
 * what nvidia-smi makes of it, and that before what Docker makes of both.
 */
export const nvidiaSymptoms: Symptoms = {
  packages: [
    // Repositories and packages.
    {
      id: 'nvidia-signed-by-conflict',
      match:
        /Conflicting values set for option Signed-By regarding source https?:\/\/(nvidia\.github\.io|developer\.download\.nvidia\.com)/,
      cause:
        'two apt sources name the same NVIDIA repository with different keys, one of them from nvidia-docker’s time, which stops apt altogether',
      remedy:
        'find both with `grep -rE "nvidia.github.io|developer.download.nvidia.com" /etc/apt/sources.list.d`, delete the older, then run fitout again',
      source: 'NVIDIA/libnvidia-container#194, NVIDIA/nvidia-container-toolkit#170',
    },
    {
      id: 'nvidia-list-is-an-answer',
      match:
        /# Unsupported distribution!|E: (Type '|Malformed )[^\n]*sources\.list\.d\/(lib)?nvidia-(docker|container)[^\n]*\.(list|sources)/,
      cause:
        'a file of apt’s sources holds what NVIDIA’s server answered to a release that it has no list for, instead of a source',
      remedy:
        'delete that file (`grep -l "Unsupported distribution" /etc/apt/sources.list.d/*`); one address serves all releases, and fitout writes it',
      source: 'NVIDIA/nvidia-docker#963, NVIDIA/nvidia-container-toolkit#565',
    },
    {
      id: 'nvidia-packages-mixed',
      match:
        /^ *(?!(lib)?nvidia-container)((lib)?nvidia-\S+|cuda-drivers\S*) : (Pre-?)?(Depends|Conflicts|Breaks): (?![^\n]*not installable)|prevent configuration of (?!(lib)?nvidia-container)(lib)?nvidia-\S+\n[^\n]*\n +(?:Package \S+ is not installed|Version of )|trying to overwrite '[^\n]*which is also in package (?!(lib)?nvidia-container)(lib)?nvidia-/m,
      cause:
        'packages of NVIDIA’s driver come from more than one source or branch: the distribution, the CUDA repository, a PPA or an earlier branch',
      remedy:
        'see `apt-cache policy` of the packages that apt names and `fitout facts`; keep one source, remove the others’ packages, `apt-get -f install`, then run fitout again',
      source: 'pop-os/shop#121, canonical/nvidia-graphics-drivers#24',
    },
    {
      id: 'kernel-headers-missing-pve',
      match: /[Yy]our kernel headers for kernel \S+-pve cannot be found/,
      cause: 'the headers of a kernel of Proxmox VE are not installed, so no module can be built for it',
      remedy:
        'install the headers of this kernel and of those to come (`apt-get install proxmox-headers-$(uname -r) proxmox-default-headers`; before Proxmox VE 8.1 `pve-headers-$(uname -r)`), then run fitout again',
      source: 'devleonardoamaral/debian-nvidia-installer#39',
    },
    {
      id: 'kernel-headers-missing',
      match: /[Yy]our kernel headers for kernel \S+ cannot be found/,
      cause: 'the headers of a kernel are not installed, so no module can be built for it',
      remedy:
        'install the headers of this kernel (`linux-headers-$(uname -r)`; for dnf `kernel-devel-$(uname -r)`), or restart into the newest kernel where the archive has dropped these, then run fitout again',
      source: 'dkms(8); archlinux/archinstall#2262, ugreen_leds_controller#42',
    },
    {
      id: 'nvidia-module-build',
      match: /\/dkms\/nvidia[^\n]*make\.log|NV_EXCLUDE_BUILD_MODULES[^\n]*\(bad exit status: \d+\)/,
      cause:
        'NVIDIA’s kernel module does not compile for this kernel: the driver is older than the kernel, or the compiler is another',
      remedy:
        'read the make.log that DKMS names; take a newer driver (nvidia-driver.branch), packages with built modules, or the distribution’s long-term kernel',
      source: 'NVIDIA/open-gpu-kernel-modules#635, linux-surface#573, pop-os/pop#3811',
    },
    {
      id: 'module-build',
      match:
        /Error! Bad return status for module build on kernel|\(bad exit status: \d+\)|dkms apport\): kernel package linux-headers-\S+ is not supported/,
      cause: 'a kernel module that DKMS keeps does not compile for a kernel of this host',
      remedy:
        'read the make.log that DKMS names, update or remove that module (`dkms status`), `dpkg --configure -a`, then run fitout again',
      source: 'dkms(8); dkms-project/dkms#488',
    },

    // The kernel and its modules.
    {
      id: 'module-key-rejected',
      match:
        /could not insert '?"?nvidia[^\n]*(Key was rejected by service|Required key not available)|Loading of (unsigned module|module with unavailable key) is rejected|unsigned module loading is restricted/,
      cause: 'Secure Boot is on, and the firmware does not trust the key that signed a kernel module, such as NVIDIA’s',
      remedy:
        'take Ubuntu’s signed modules (linux-modules-nvidia), or `mokutil --import` the key of DKMS and confirm it on the console at the next boot',
      source: 'NVIDIA/gpu-driver-container#44, mokutil(1)',
    },
    {
      id: 'nvidia-module-missing',
      match: /Module nvidia\S* not found in directory \/lib\/modules\//,
      cause: 'the running kernel has no module of NVIDIA’s driver',
      remedy:
        'install the modules of this kernel (`linux-modules-nvidia-…`, `kmod-nvidia…`), or its headers so that DKMS builds them (`dkms status`), or restart into a kernel that has them',
      source: 'compiler-explorer/infra#1413',
    },
    {
      id: 'nvidia-module-mismatch',
      match:
        /nvidia\S*: (?:disagrees about version of symbol|version magic)|could not insert '?"?nvidia[^\n]*Exec format error/,
      cause: 'NVIDIA’s kernel module was built for another kernel than the one that runs',
      remedy:
        'rebuild it for `uname -r` (`dkms status`; `dpkg-reconfigure nvidia-dkms-…` or `dkms autoinstall`) with the headers of that very kernel, or restart into the newest',
      source: 'NVIDIA/nvidia-container-toolkit#482',
    },
    {
      id: 'gpu-fell-off',
      match: /fallen off the bus/,
      cause: 'the GPU no longer answers on the PCI bus: its power, its seat, heat, or the firmware',
      remedy:
        'see `dmesg | grep -iE "nvrm|xid|pcie"`; check power cables, seat and cooling, update the firmware, and power the machine off once',
      source: 'NVIDIA/NVSentinel#155',
    },
    {
      id: 'gpu-dropped',
      match: /supported through the NVIDIA \d+\.xx Legacy drivers|NVIDIA driver will ignore\s[^\n]*this GPU/,
      cause:
        'this driver no longer knows the GPU: 580 is the last branch for Maxwell, Pascal and Volta, 470 for Kepler',
      remedy:
        'install the branch that the kernel’s message names: nvidia-driver.branch=580 (or 470), or leave it at auto',
      source: 'NixOS/nixos-hardware#1880, siderolabs/talos#8764',
    },
    {
      id: 'open-modules-needed',
      match: /requires use of the NVIDIA open(\s|\[[^\]]*\]|NVRM:)+kernel modules/,
      cause: 'this GPU works only with NVIDIA’s open kernel modules, and the proprietary ones are loaded',
      remedy: 'take the open ones: nvidia-driver.kernelModules=open, then restart',
      source: 'NVIDIA/open-gpu-kernel-modules#862, #872',
    },
    {
      id: 'proprietary-modules-needed',
      match: /is not supported by open(\s|\[[^\]]*\]|NVRM:)+nvidia\.ko/,
      cause: 'this GPU is older than NVIDIA’s open kernel modules, which are loaded: they begin with Turing',
      remedy: 'take the proprietary ones, of branch 580 at most: nvidia-driver.kernelModules=proprietary, then restart',
      source: 'NVIDIA/open-gpu-kernel-modules#696',
    },
    {
      id: 'nouveau-owns-gpu',
      match: /NVIDIA probe routine was not called for \d+ device/,
      cause: 'another driver, most often nouveau, has taken the GPU before NVIDIA’s',
      remedy:
        'see `lspci -nnk -d 10de:`; blacklist nouveau, rebuild the initramfs (`update-initramfs -u`, or `dracut --force --regenerate-all`) and restart, which the recipe nvidia-driver does',
      source: 'mattshma/bigdata#133',
    },
    {
      id: 'gpu-init-failed',
      match: /RmInitAdapter failed|rm_init_adapter failed/,
      cause: 'NVIDIA’s driver found the GPU and could not start it',
      remedy:
        'see `dmesg | grep NVRM`; in the firmware turn on “Above 4G Decoding” and “Resizable BAR”, check the card’s power, and try the other kind of modules (nvidia-driver.kernelModules)',
      source: 'NVIDIA/open-gpu-kernel-modules#862, #789',
    },
    {
      id: 'fabric-manager-idle',
      match: /NV_WARN_NOTHING_TO_DO/,
      cause: 'NVIDIA’s fabric manager was started on a machine that has no NVSwitch for it',
      remedy: '`systemctl disable --now nvidia-fabricmanager`: this machine does not need it',
      source: 'NVIDIA Fabric Manager user guide',
    },
    {
      id: 'fabric-manager-missing',
      match: /system not yet initialized|cudaErrorSystemNotReady|CUDA_ERROR_SYSTEM_NOT_READY/,
      cause: 'the GPUs are joined by NVSwitches, and no fabric manager of the driver’s very version has set these up',
      remedy:
        'compare `nvidia-smi --query-gpu=driver_version --format=csv` and `dpkg -l "nvidia-fabricmanager*"`, then `systemctl restart nvidia-fabricmanager`',
      source: 'pytorch/pytorch#35710, ollama#12136',
    },
    {
      id: 'forward-compatibility',
      match: /forward compatibility was attempted on non supported HW|cudaErrorCompatNotSupportedOnDevice/,
      cause:
        'the image has a newer CUDA than the driver and brings compatibility libraries, which work on data-centre GPUs only; or the driver was changed without a restart',
      remedy: 'install a newer driver, take an image of an older CUDA, or restart after the driver’s upgrade',
      source: 'oobabooga/textgen#4407, NVIDIA/nvidia-docker#1294',
    },
    {
      id: 'wsl-no-adapter',
      match: /WSL environment detected but no adapters were found/,
      cause:
        'Windows gives this WSL no NVIDIA GPU: there is none, its Windows driver is missing or old, or this is WSL 1',
      remedy:
        'install NVIDIA’s driver in Windows (never in WSL), `wsl --update`, `wsl --shutdown`; `wsl -l -v` has to show version 2',
      source: 'NVIDIA/nvidia-container-toolkit#155, AbdBarho/stable-diffusion-webui-docker#117',
    },

    // The driver's own libraries, on the host or in a container.
    {
      id: 'driver-mismatch',
      match: /Driver\/library version mismatch|LIB_RM_VERSION_MISMATCH/i,
      cause: 'the driver’s libraries were upgraded, and the kernel still runs the module of the version before',
      remedy:
        'restart the host, or stop what uses the GPU and load the module anew; nvidia-driver.hold keeps the next upgrade from surprising it',
      source: 'NVIDIA/nvidia-container-toolkit#171, #394, #60',
    },
    {
      id: 'nvml-lost',
      match: /Failed to initialize NVML: Unknown Error/,
      cause:
        'a container may not use its GPU: `systemctl daemon-reload` renewed the device rules of its cgroup while it ran, or no-cgroups is set for a Docker that runs as root',
      remedy:
        'see that no-cgroups is false in /etc/nvidia-container-runtime/config.toml, then start the container again; for good give devices through CDI (`--device nvidia.com/gpu=all`), or set docker-daemon.config.exec-opts=native.cgroupdriver=cgroupfs',
      source: 'NVIDIA/nvidia-container-toolkit#48, #251, #381, #1227',
    },
    {
      id: 'nvml-permissions',
      match: /NVML: Insufficient Permissions|nvml error: insufficient permissions/i,
      cause: 'SELinux, or the mode of /dev/nvidia*, keeps the container from the GPU',
      remedy: 'try `--security-opt label=disable`; look at `ls -lZ /dev/nvidia*` and `ausearch -m avc -ts recent`',
      source: 'NVIDIA/nvidia-container-toolkit#33, NVIDIA/nvidia-docker#676',
    },
    {
      id: 'driver-libraries-missing',
      match: /load library failed: libnvidia-ml\.so|NVIDIA-SMI couldn't find libnvidia-ml\.so/,
      cause:
        'the daemon that answers here has no libraries of NVIDIA’s driver: no driver is installed, or it is the Docker of the snap store or of Docker Desktop',
      remedy:
        'run `nvidia-smi` on the host; install the driver, see `docker context ls` and `snap list docker`, or unset default-runtime where there is no GPU',
      source: 'docker/for-win#13835, NVIDIA/libnvidia-container#231',
    },
    {
      id: 'cdi-not-written',
      match: /failed to generate CDI spec: [^\n]*Driver Not Loaded/i,
      cause: 'the CDI specification was to be written before NVIDIA’s module was loaded, as while the host started',
      remedy:
        '`systemctl restart nvidia-cdi-refresh` once `nvidia-smi` works; if it does not, see `modprobe nvidia` and `dmesg | grep -i nvrm`',
      source: 'NVIDIA/nvidia-container-toolkit#1611',
    },
    {
      id: 'driver-not-loaded',
      match: /NVIDIA-SMI has failed because it could|nvml error: driver not loaded/i,
      cause:
        'NVIDIA’s kernel module is not loaded: there is none for this kernel, nouveau or Secure Boot is in its way, or it does not know the GPU',
      remedy:
        'see `modprobe nvidia` and `dmesg | grep -iE "nvrm|nouveau|lockdown"`; modules and headers have to be those of `uname -r`',
      source: 'GoogleCloudPlatform/compute-gpu-installation#10, #25, #33, NVIDIA/nvidia-container-toolkit#1269',
    },
    {
      id: 'gpu-not-found',
      match: /^No devices were found/m,
      cause: 'NVIDIA’s driver runs and has no GPU that it can use',
      remedy: 'see `dmesg | grep NVRM`, which says why, and `lspci -nnk -d 10de:`',
      source: 'NVIDIA/open-gpu-kernel-modules#862, #872',
    },

    // The container toolkit.
    {
      id: 'cuda-unknown',
      match: /cuInit\(0\) failed -> CUDA_ERROR_UNKNOWN|CUDA unknown error/,
      cause:
        'CUDA does not start, although the driver runs: /dev/nvidia-uvm is missing, or this version of the toolkit and this GPU do not go together',
      remedy:
        'see `ls -l /dev/nvidia-uvm` on the host and in the container, `nvidia-modprobe -u`, and try another version of the toolkit: 1.19.1 fails with a GTX 970, 1.19.0 does not',
      source: 'NVIDIA/nvidia-container-toolkit#1967',
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
      match: /nvidia-container-cli: [^\n]*bpf_prog_query\(BPF_CGROUP_DEVICE\) failed/,
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

    // Images, and other tools.
    {
      id: 'image-gone',
      match: /(?:manifest for|reading manifest \S+ in|reference) "?\S*(?:nvidia\/|nvcr\.io)[^\n]*not found/,
      cause:
        'the registry has no image of this name; NVIDIA deletes the tags of a CUDA half a year after its end, and has no `latest`',
      remedy: 'name a tag that is there: hub.docker.com/r/nvidia/cuda/tags, catalog.ngc.nvidia.com',
      source: 'NVIDIA/nvidia-docker#1735, #1768',
      passes: true,
    },
    {
      id: 'local-reboot-refused',
      match: /Running reboot with local connection would reboot the control node/,
      cause: 'Ansible would restart the very machine that it runs on for the driver, and does not',
      remedy: 'restart it yourself; fitout says so itself, and goes on at the next `fitout apply` or with `--resume`',
      source: 'NVIDIA/ansible-role-nvidia-driver#20',
    },
  ],
  sources: [
    {
      id: 'cuda-key-sha1',
      match: /A4B469963BF863CC is not bound/,
      cause:
        'the key of this CUDA repository is bound with SHA-1, which apt no longer takes; the repository for Debian 13 has a new key',
      remedy:
        'take the repository of this release (`/compute/cuda/repos/debian13`), or the distribution’s driver with nvidia-driver.source=distro; never tell apt to trust the old one unsigned',
      source: 'NVIDIA/cuda-repo-management#34, #39',
    },
    {
      id: 'key-sha1',
      match: /SHA1 is not considered secure since/,
      cause: 'the key of a repository is bound with SHA-1, which apt here no longer takes',
      remedy: 'get the repository’s renewed key from its publisher, or disable the repository, then run fitout again',
      source: 'wiki.debian.org/Teams/Apt/Sha1Removal',
    },
    {
      id: 'cuda-key-missing',
      match: /NO_PUBKEY A4B469963BF863CC|Missing key (EB693B3035CD5710E231E123)?A4B469963BF863CC/,
      cause: 'apt has only the key that NVIDIA withdrew in April 2022, not the one that signs its CUDA repository now',
      remedy:
        'delete the source and the old key (`grep -rl developer.download.nvidia.com /etc/apt`; `apt-key del 7fa2af80`) and run fitout again, which brings the right one if it needs the repository',
      source: 'NVIDIA/cuda-repo-management#4',
    },
    {
      id: 'toolkit-key-missing',
      match: /NO_PUBKEY DDCAE044F796ECB0|Missing key (C95B321B61E88C1809C4F759)?DDCAE044F796ECB0/,
      cause: 'apt does not have the key that signs NVIDIA’s container packages, or may not read it',
      remedy:
        'delete what old instructions left (`grep -rl nvidia.github.io /etc/apt/sources.list.d`), then run fitout again, which writes source and key anew',
      source: 'NVIDIA/nvidia-container-toolkit#160',
    },
  ],
  circumstances: [
    // What a log shows of a command that took something away, whatever failed later.
    {
      id: 'features-lost',
      match: /nvidia-ctk\s[^\n]*--(cdi\.enabled|enable-cdi)|cdi\.enabled[^\n]*(delet|wip|remov)\w* [^\n]*features/,
      cause:
        'nvidia-ctk up to 1.20.0 throws away every other key of `features` when it turns CDI on; without containerd-snapshotter all images seem gone',
      remedy:
        'write the lost keys back, as with docker-daemon.config.features.containerd-snapshotter=true: the images are still in the other store',
      source: 'NVIDIA/nvidia-container-toolkit PR#2049',
    },
  ],
}
