import type { Symptoms } from '../../src/symptoms/table.js'
import { gpuSymptoms } from './gpu-symptoms.js'
import { toolkitSymptoms } from './toolkit-symptoms.js'

/** What hosts say when NVIDIA's driver, container toolkit or images fail. */
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
      id: 'kernel-headers-missing',
      match: /[Yy]our kernel headers for kernel (?<kernel>\S+) cannot be found/,
      cause: 'the headers of a kernel are not installed, so no module can be built for it',
      named: ({ groups }) =>
        groups && `the headers of the kernel ${groups.kernel} are not installed, so no module can be built for it`,
      remedy:
        'install the headers of this kernel (`linux-headers-$(uname -r)`; for dnf `kernel-devel-$(uname -r)`, on Proxmox VE `proxmox-headers-$(uname -r)`), or restart into the newest kernel where the archive has dropped these, then run fitout again',
      remedied: ({ groups: { kernel = '' } = {} }) =>
        `install the headers of ${kernel} (${/pve$/.test(kernel) ? `\`apt-get install proxmox-headers-${kernel} proxmox-default-headers\`; before Proxmox VE 8.1 \`pve-headers-${kernel}\`` : /\.(?:el|fc|amzn)\d/.test(kernel) ? `\`kernel-devel-${kernel}\`` : `\`linux-headers-${kernel}\``}), or restart into the newest kernel if the archive has dropped them, then run fitout again`,
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
      named: ({ input }) => {
        const [, module] = /\/dkms\/([\w.+-]+)\/[^\n]*make\.log/.exec(input) ?? []
        return module && `the kernel module ${module}, which DKMS keeps, does not compile for a kernel of this host`
      },
      remedy:
        'read the make.log that DKMS names, update or remove that module (`dkms status`), `dpkg --configure -a`, then run fitout again',
      source: 'dkms(8); dkms-project/dkms#488',
      general: 1,
    },

    ...gpuSymptoms,

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
      match: /Module (?<module>nvidia\S*) not found in directory \/lib\/modules\/(?<kernel>[^\s"\\,]+)/,
      cause: 'the running kernel has no module of NVIDIA’s driver',
      named: ({ groups }) => groups && `the kernel ${groups.kernel} has no module ${groups.module} of NVIDIA’s driver`,
      remedy:
        'install the modules of this kernel (`linux-modules-nvidia-…`, `kmod-nvidia…`), or its headers so that DKMS builds them (`dkms status`), or restart into a kernel that has them',
      remedied: ({ groups }) =>
        groups &&
        `install the modules of this kernel (\`apt-cache search "linux-modules-nvidia-.*${groups.kernel}"\`, \`kmod-nvidia…\`), or \`linux-headers-${groups.kernel}\` so that DKMS builds them (\`dkms status\`), or restart into a kernel that has them`,
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
      general: 1,
    },
    {
      id: 'fabric-manager-idle',
      match: /NV_WARN_NOTHING_TO_DO/,
      cause: 'NVIDIA’s fabric manager was started on a machine that has no NVSwitch for it',
      remedy: '`systemctl disable --now nvidia-fabricmanager`: this machine does not need it',
      source: 'NVIDIA Fabric Manager user guide',
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

    ...toolkitSymptoms,

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
      general: 1,
    },
    {
      id: 'cuda-key-missing',
      match: /NO_PUBKEY A4B469963BF863CC|Missing key (EB693B3035CD5710E231E123)?A4B469963BF863CC/,
      cause: 'apt has only the key that NVIDIA withdrew in April 2022, not the one that signs its CUDA repository now',
      remedy:
        'delete the source and the old key (`grep -rl developer.download.nvidia.com /etc/apt`; `apt-key del 7fa2af80`) and run fitout again, which brings the right one if it needs the repository',
      source: 'NVIDIA/cuda-repo-management#4',
      general: 1,
    },
    {
      id: 'toolkit-key-missing',
      match: /NO_PUBKEY DDCAE044F796ECB0|Missing key (C95B321B61E88C1809C4F759)?DDCAE044F796ECB0/,
      cause: 'apt does not have the key that signs NVIDIA’s container packages, or may not read it',
      remedy:
        'delete what old instructions left (`grep -rl nvidia.github.io /etc/apt/sources.list.d`), then run fitout again, which writes source and key anew',
      source: 'NVIDIA/nvidia-container-toolkit#160',
      general: 1,
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
