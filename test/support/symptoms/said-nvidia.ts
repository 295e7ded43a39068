const hook =
  "docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error running prestart hook #0: exit status 1, stdout: , stderr: Auto-detected mode as 'legacy'\n"

/** The row that a message must reach, the message, and the thread in which somebody’s host said it (paths and names shortened). */
export const said: [id: string, text: string, thread: string][] = [
  [
    'cuda-key-sha1',
    "W: OpenPGP signature verification failed: https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64  InRelease: Sub-process /usr/bin/sqv returned an error code (1), error message is: Signing key on EB693B3035CD5710E231E123A4B469963BF863CC is not bound:            No binding signature at time 2026-01-29T20:38:48Z   because: Policy rejected non-revocation signature (PositiveCertification) requiring second pre-image resistance   because: SHA1 is not considered secure since 2026-02-01T00:00:00Z\nE: The repository 'https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64  InRelease' is not signed.",
    'NVIDIA/cuda-repo-management#39',
  ],
  [
    'key-sha1',
    "Sub-process /usr/bin/sqv returned an error code (1), error message is: Signing key on 0123456789ABCDEF0123456789ABCDEF01234567 is not bound: because: SHA1 is not considered secure since 2026-02-01T00:00:00Z\nE: The repository 'https://example.org/apt stable InRelease' is not signed.",
    'the form of NVIDIA/cuda-repo-management#34, with another key',
  ],
  [
    'cuda-key-missing',
    "W: GPG error: https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2004/x86_64  InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY A4B469963BF863CC\nE: The repository 'https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2004/x86_64  InRelease' is not signed.",
    'NVIDIA-ISAAC-ROS/isaac_ros_dnn_inference#12',
  ],
  [
    'toolkit-key-missing',
    "Err:5 https://nvidia.github.io/libnvidia-container/stable/ubuntu18.04/amd64  InRelease\n  The following signatures couldn't be verified because the public key is not available: NO_PUBKEY DDCAE044F796ECB0",
    'NVIDIA/nvidia-container-toolkit#160',
  ],
  [
    'nvidia-signed-by-conflict',
    'E: Conflicting values set for option Signed-By regarding source https://nvidia.github.io/libnvidia-container/stable/ubuntu18.04/amd64/ /: /usr/share/keyrings/nvidia-container-toolkit-keyring.gpg != \nE: The list of sources could not be read.',
    'NVIDIA/libnvidia-container#194',
  ],
  [
    'nvidia-list-is-an-answer',
    '# Unsupported distribution!\n# Check https://nvidia.github.io/nvidia-docker',
    'NVIDIA/nvidia-docker#963',
  ],
  [
    'nvidia-list-is-an-answer',
    'E: Malformed entry 2 in list file /etc/apt/sources.list.d/nvidia-docker.list (Suite)\nE: The list of sources could not be read.',
    'NVIDIA/nvidia-docker#800',
  ],
  [
    'nvidia-packages-mixed',
    "The following packages have unmet dependencies:\n nvidia-dkms-510 : Depends: nvidia-kernel-common-510 (>= 510.73.05) but 510.47.03-0ubuntu1 is to be installed\n nvidia-driver-510 : Depends: nvidia-kernel-common-510 (>= 510.73.05) but 510.47.03-0ubuntu1 is to be installed\nE: Unmet dependencies. Try 'apt --fix-broken install' with no packages (or specify a solution).",
    'rajeshroy402/DeepStream-dGPU-Installation#6',
  ],
  [
    'nvidia-packages-mixed',
    ' cuda-drivers : Depends: nvidia-compute-utils-440 (>= 440.33.01) but it is not going to be installed\nE: Unable to correct problems, you have held broken packages.',
    'dlandon/zoneminder.machine.learning#65',
  ],
  [
    'nvidia-packages-mixed',
    "trying to overwrite '/lib/udev/rules.d/71-nvidia.rules', which is also in package nvidia-kernel-common-418 418.56-0pop0~1553121653~18.10~82fab6d",
    'pop-os/shop#121',
  ],
  [
    'nvidia-packages-mixed',
    'dpkg: dependency problems prevent configuration of libnvidia-decode-570:amd64:\n libnvidia-decode-570:amd64 depends on libnvidia-compute-570 (= 570.124.06-0ubuntu1); however:\n  Package libnvidia-compute-570 is not installed.',
    'NVIDIA/nvidia-installer#33',
  ],
  [
    'kernel-headers-missing',
    "Error! Your kernel headers for kernel 6.6.15-amd64 cannot be found at /lib/modules/6.6.15-amd64/build or /lib/modules/6.6.15-amd64/source.\nPlease install the linux-headers-6.6.15-amd64 package or use the --kernelsourcedir option to tell DKMS where it's located.",
    'emilyst/hid-nx-dkms#20',
  ],
  [
    'nvidia-module-build',
    'Error! Bad return status for module build on kernel: 6.8.10-300.fc40.x86_64 (x86_64)\nConsult /var/lib/dkms/nvidia/545.29.02/build/make.log for more information.',
    'NVIDIA/open-gpu-kernel-modules#635',
  ],
  [
    'nvidia-module-build',
    "env NV_VERBOSE=1 'make' -j16 NV_EXCLUDE_BUILD_MODULES='' KERNEL_UNAME=5.13.18-21.09.16.amdgpu.ubuntu modules.....(bad exit status: 2)\nERROR (dkms apport): kernel package linux-headers-5.13.18-21.09.16.amdgpu.ubuntu is not supported\nError! Bad return status for module build on kernel: 5.13.18-21.09.16.amdgpu.ubuntu (x86_64)",
    'M-Bab/linux-kernel-amdgpu-binaries#101',
  ],
  [
    'module-build',
    'Building module(s)...(bad exit status: 2)\nError! Bad return status for module build on kernel: 6.17.2-2-pve (x86_64)\nConsult /var/lib/dkms/blksnap/6.3.2.1207/build/make.log for more information.',
    'veeam/blksnap#109',
  ],
  [
    'module-key-rejected',
    "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service",
    'the form of tuxedo-keyboard#186, with the name of NVIDIA’s module',
  ],
  [
    'module-key-rejected',
    "modprobe: ERROR: could not insert 'nvidia_current': Required key not available",
    'the form of hhfeuer/nvhda#8, with the name of Debian’s module',
  ],
  [
    'module-key-rejected',
    '[ 1748.999277] Loading of module with unavailable key is rejected',
    'acer-predator-turbo-and-rgb-keyboard-linux-module#113',
  ],
  [
    'gpu-dropped',
    '[Sun May 17 15:55:50 2026] NVRM: The NVIDIA NVIDIA GeForce GTX 1050 GPU installed in this system is\n                           NVRM:  supported through the NVIDIA 580.xx Legacy drivers. Please\n                           NVRM:  visit http://www.nvidia.com/object/unix.html for more\n                           NVRM:  information.  The 595.71.05 NVIDIA driver will ignore\n                           NVRM:  this GPU.  Continuing probe...\n[Sun May 17 15:55:50 2026] NVRM: No NVIDIA GPU found.',
    'NixOS/nixos-hardware#1880',
  ],
  [
    'gpu-dropped',
    '[15280.304871] NVRM: The NVIDIA Tesla M2070 GPU installed in this system is\nNVRM:  supported through the NVIDIA 390.xx Legacy drivers. Please',
    'fgci-org/ansible-role-cuda#16',
  ],
  [
    'open-modules-needed',
    'NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x22:0x56:884)\nNVRM: The NVIDIA GPU 0000:01:00.0 (PCI ID: 10de:2b85)\nNVRM: installed in this system requires use of the NVIDIA open kernel modules.',
    'NVIDIA/open-gpu-kernel-modules#862',
  ],
  [
    'proprietary-modules-needed',
    'NVRM: The NVIDIA GPU 0000:02:00.0 (PCI ID: 10de:1b82)\nNVRM: installed in this system is not supported by open\nNVRM: nvidia.ko because it does not include the required GPU\nNVRM: System Processor (GSP).',
    'NVIDIA/open-gpu-kernel-modules#696',
  ],
  [
    'nouveau-owns-gpu',
    '[188549.976351] NVRM: The NVIDIA probe routine was not called for 3 device(s).\n[188549.977053] NVRM: This can occur when a driver such as: \nNVRM: nouveau, rivafb, nvidiafb or rivatv \nNVRM: was loaded and obtained ownership of the NVIDIA device(s).',
    'mattshma/bigdata#133',
  ],
  [
    'gpu-init-failed',
    '[  903.609564] NVRM: RmInitAdapter: Cannot initialize GSP firmware RM\n[  903.610907] NVRM: GPU 0000:98:00.0: RmInitAdapter failed! (0x62:0x65:1792)\n[  903.611884] NVRM: GPU 0000:98:00.0: rm_init_adapter failed, device minor number 0',
    'NVIDIA/open-gpu-kernel-modules#789',
  ],
  [
    'fabric-manager-idle',
    'request to query NVSwitch device information from NVSwitch driver failed with error:WARNING Nothing to do [NV_WARN_NOTHING_TO_DO]',
    'Fabric Manager user guide; the form of the log',
  ],
  [
    'fabric-manager-missing',
    'cudaGetDeviceProperties returned 802\n-> system not yet initialized\nCUDA error at bandwidthTest.cu:256 code=802(cudaErrorSystemNotReady) "cudaSetDevice(currentDevice)"',
    'pytorch/pytorch#35710',
  ],
  [
    'fabric-manager-missing',
    'UserWarning: CUDA initialization: Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before calling NumCudaDevices() that might have already set an error? Error 802: system not yet initialized (Triggered internally at  ../c10/cuda/CUDAFunctions.cpp:112.)',
    'microsoft/lisa#2823',
  ],
  [
    'forward-compatibility',
    'RuntimeError: Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before calling NumCudaDevices() that might have already set an error? Error 804: forward compatibility was attempted on non supported HW',
    'AIR-DISCOVER/ICRA2024-Sim2Real-AXS#5',
  ],
  [
    'wsl-no-adapter',
    `${hook}nvidia-container-cli: initialization error: WSL environment detected but no adapters were found: unknown`,
    'NVIDIA/nvidia-docker#1786',
  ],
  [
    'driver-mismatch',
    'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 570.124',
    'tinygrad/open-gpu-kernel-modules#47',
  ],
  [
    'driver-mismatch',
    'nvidia-container-cli: initialization error: nvml error: driver/library version mismatch: unknown.',
    'NVIDIA/nvidia-container-toolkit#394',
  ],
  ['nvml-lost', 'Failed to initialize NVML: Unknown Error', 'NVIDIA/nvidia-container-toolkit#1227'],
  ['nvml-permissions', 'Failed to initialize NVML: Insufficient Permissions', 'NVIDIA/nvidia-container-toolkit#33'],
  [
    'nvml-permissions',
    'nvidia-container-cli: initialization error: nvml error: insufficient permissions: unknown',
    'containerd/containerd#6042',
  ],
  [
    'driver-libraries-missing',
    `${hook}nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: cannot open shared object file: no such file or directory: unknown.`,
    'docker/for-win#13835',
  ],
  [
    'driver-not-loaded',
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
    'GoogleCloudPlatform/compute-gpu-installation#33',
  ],
  ['gpu-not-found', 'No devices were found', 'NVIDIA/open-gpu-kernel-modules#872'],
  [
    'cuda-requirement',
    `${hook}nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8, please update your driver to a newer version, or use an earlier cuda container: unknown`,
    'MauriceNino/dashdot#1226',
  ],
  [
    'cgroup-bpf',
    `${hook}nvidia-container-cli: mount error: failed to add device rules: unable to find any existing device filters attached to the cgroup: bpf_prog_query(BPF_CGROUP_DEVICE) failed: operation not permitted: unknown.`,
    'NVIDIA/nvidia-container-toolkit#678',
  ],
  [
    'persistenced-socket',
    'Error: mount: /run/nvidia-persistenced/socket: mount point does not exist.\n       dmesg(1) may have more information after failed mount system call.',
    'containers/toolbox#1577',
  ],
  [
    'persistenced-socket',
    'nvidia-container-cli: mount error: file creation failed: /var/lib/docker/overlay2/8a72/merged/run/nvidia-persistenced/socket: no such device or address: unknown.',
    'NVIDIA/nvidia-docker#1690',
  ],
  [
    'persistenced-socket',
    'open /run/nvidia-persistenced/socket: no such file or directory',
    'no thread was found: the words of the collected facts, section (c), 24',
  ],
  [
    'driver-swapped',
    'nvidia-container-cli: mount error: mount operation failed: /var/lib/docker/overlay2/3070/merged/proc/driver/nvidia/params/version/registry: no such file or directory: unknown',
    'NVIDIA/nvidia-container-toolkit#169',
  ],
  [
    'hook-called-directly',
    "error running hook #0: error running hook: exit status 1, stdout: , stderr: Auto-detected mode as 'csv'\ninvoking the NVIDIA Container Runtime Hook directly (e.g. specifying the docker --gpus flag) is not supported. Please use the NVIDIA Container Runtime (e.g. specify the --runtime=nvidia flag) instead.: unknown.",
    'NVIDIA/TensorRT-LLM#799',
  ],
  [
    'cdi-off',
    'docker: Error response from daemon: could not select device driver "cdi" with capabilities: [].',
    'NVIDIA/nvidia-container-toolkit#434',
  ],
  [
    'cdi-spec-stale',
    'OCI runtime create failed: could not apply required modification to OCI specification: error modifying OCI spec: failed to inject CDI devices: unresolvable CDI devices nvidia.com/gpu=all: unknown.',
    'NVIDIA/nvidia-container-toolkit#434',
  ],
  ['cdi-spec-stale', 'invalid device, empty device edits', 'kaito-project/kaito#2326'],
  [
    'gpus-for-amd',
    'docker: Error response from daemon: failed to create task for container: AMD CDI spec not found',
    'moby’s own words: daemon/devices_amd_linux.go of docker-v29.3.0',
  ],
  [
    'cdi-no-vendor',
    'docker: Error response from daemon: failed to discover GPU vendor from CDI: no known GPU vendor found',
    'ShaneIsrael/fireshare#689',
  ],
  [
    'gpus-not-supported',
    'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].',
    'NVIDIA/nvidia-docker#1352',
  ],
  [
    'gpus-not-supported',
    'Error response from daemon: could not select device driver "nvidia" with capabilities: [[gpu]]',
    'infiniflow/ragflow#9573',
  ],
  [
    'runtime-unknown',
    'docker: Error response from daemon: unknown or invalid runtime name: nvidia.',
    'NVIDIA/nvidia-container-toolkit#150',
  ],
  [
    'runtime-unknown',
    'docker: Error response from daemon: Unknown runtime specified nvidia.',
    'NVIDIA/nvidia-docker#578',
  ],
  [
    'features-lost',
    '+ nvidia-ctk runtime configure --runtime=docker --set-as-default --cdi.enabled',
    'no failure is printed: the command that does it, of NVIDIA/nvidia-container-toolkit PR#2049, as a log shows it',
  ],
  [
    'image-gone',
    "Unable to find image 'nvidia/cuda:11.0-base-ubuntu20.04' locally\ndocker: Error response from daemon: manifest for nvidia/cuda:11.0-base-ubuntu20.04 not found: manifest unknown: manifest unknown.",
    'NVIDIA/nvidia-docker#1735',
  ],
  [
    'local-reboot-refused',
    'fatal: [localhost]: FAILED! => {"changed": false, "elapsed": 0, "msg": "Running reboot with local connection would reboot the control node.", "rebooted": false}',
    'NVIDIA/ansible-role-nvidia-driver#20',
  ],
  [
    'nvidia-module-missing',
    'modprobe: FATAL: Module nvidia not found in directory /lib/modules/6.8.0-1015-aws',
    'compiler-explorer/infra#1413',
  ],
  [
    'nvidia-module-mismatch',
    'nvidia: disagrees about version of symbol sme_me_mask',
    'NVIDIA/nvidia-container-toolkit#482',
  ],
  [
    'nvidia-module-mismatch',
    "modprobe: ERROR: could not insert 'nvidia': Exec format error",
    'the words of kmod for ENOEXEC',
  ],
  [
    'gpu-fell-off',
    'NVRM: The NVIDIA GPU 0000:b3:00.0 (PCI ID: 10de:26b5) installed in this system has\nNVRM: fallen off the bus and is not responding to commands.\nNVRM: The NVIDIA probe routine failed for 1 device(s).',
    'NVIDIA/NVSentinel#155',
  ],
  [
    'driver-mismatch',
    'ERRO[0000] failed to generate CDI spec: failed to create device CDI specs: failed to initalize NVML: ERROR_LIB_RM_VERSION_MISMATCH',
    'NVIDIA/nvidia-container-toolkit#60',
  ],
  [
    'driver-not-loaded',
    'nvidia-container-cli: initialization error: nvml error: driver not loaded: unknown',
    'NVIDIA/nvidia-container-toolkit#1269',
  ],
  [
    'cdi-not-written',
    'level=error msg="failed to generate CDI spec: failed to create device CDI specs: failed to construct device spec generators: failed to initialize NVML: Driver Not Loaded"',
    'NVIDIA/nvidia-container-toolkit#1611',
  ],
  [
    'cuda-unknown',
    '[CUDA @ 0x5] cu->cuInit(0) failed -> CUDA_ERROR_UNKNOWN: unknown error',
    'NVIDIA/nvidia-container-toolkit#1967',
  ],
]
