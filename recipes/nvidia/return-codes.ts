/**
 * Errors of NVML that say something about a host: number, and how `nvmlErrorString` and programs that link NVML put it.
 * Source: nvml.h, `nvmlReturn_t` (docs.nvidia.com/deploy/nvml-api, group nvmlDeviceEnumvs), read 2026-12-01.
 */
const nvmlErrors = {
  NO_PERMISSION: [4, 'Insufficient Permissions'],
  INSUFFICIENT_POWER: [8, 'Insufficient (?:External )?Power'],
  DRIVER_NOT_LOADED: [9, 'Driver Not Loaded'],
  TIMEOUT: [10, 'Timeout\\b'],
  IRQ_ISSUE: [11, 'Interrupt Request Issue'],
  LIBRARY_NOT_FOUND: [12, '(?:NVML )?Shared Library Not Found'],
  FUNCTION_NOT_FOUND: [13, 'Function Not Found'],
  CORRUPTED_INFOROM: [14, 'Corrupted infoROM'],
  GPU_IS_LOST: [15, 'GPU is lost'],
  RESET_REQUIRED: [16, 'GPU requires (?:a )?(?:restart|reset)'],
  OPERATING_SYSTEM: [17, '(?:The operating system has blocked the request|GPU access blocked by the operating system)'],
  LIB_RM_VERSION_MISMATCH: [18, '(?:Driver\\/library version mismatch|RM has detected an NVML\\/RM version mismatch)'],
  IN_USE: [19, 'In use by another client'],
  MEMORY: [20, 'Insufficient Memory'],
  INSUFFICIENT_RESOURCES: [23, 'Insufficient Resources'],
  ARGUMENT_VERSION_MISMATCH: [25, 'Argument version mismatch'],
  NOT_READY: [27, '(?:The )?system is not (?:in )?ready'],
  GPU_NOT_FOUND: [28, 'No GPUs? (?:was |were )?found'],
  UNKNOWN: [999, 'Unknown Error'],
} as const

/**
 * Errors of CUDA’s driver and runtime: number, the runtime’s name, the driver’s name, and the words of `cudaGetErrorString`.
 * Source: CUDA Runtime API, `cudaError_t` (docs.nvidia.com/cuda/cuda-runtime-api, group CUDART_TYPES), read 2026-12-01.
 */
const cudaErrors = {
  outOfMemory: [2, 'MemoryAllocation', 'OUT_OF_MEMORY', 'CUDA out of memory'],
  stub: [34, 'StubLibrary', 'STUB_LIBRARY', 'CUDA driver is a stub library'],
  insufficientDriver: [
    35,
    'InsufficientDriver',
    'INSUFFICIENT_DRIVER',
    'CUDA driver version is insufficient for CUDA runtime version',
  ],
  newerDriver: [
    36,
    'CallRequiresNewerDriver',
    'CALL_REQUIRES_NEWER_DRIVER',
    'API call is not supported in the installed CUDA driver',
  ],
  unavailable: [
    46,
    'DevicesUnavailable',
    'DEVICE_UNAVAILABLE',
    'CUDA-capable device\\(?s\\)? (?:is\\/)?are busy or unavailable',
  ],
  noDevice: [100, 'NoDevice', 'NO_DEVICE', '(?:no CUDA-capable device is detected|No CUDA GPUs are available)'],
  noKernelImage: [
    209,
    'NoKernelImageForDevice',
    'NO_BINARY_FOR_GPU',
    'no kernel image is available for execution on the device',
  ],
  ecc: [214, 'ECCUncorrectable', 'ECC_UNCORRECTABLE', 'uncorrectable ECC error encountered'],
  ptx: [
    222,
    'UnsupportedPtxVersion',
    'UNSUPPORTED_PTX_VERSION',
    'the provided PTX was compiled with an unsupported toolchain',
  ],
  operatingSystem: [304, 'OperatingSystem', 'OPERATING_SYSTEM', 'OS call failed or operation not supported on this OS'],
  notReady: [802, 'SystemNotReady', 'SYSTEM_NOT_READY', 'system not yet initialized'],
  mismatch: [
    803,
    'SystemDriverMismatch',
    'SYSTEM_DRIVER_MISMATCH',
    'system has unsupported display driver ?\\/ ?cuda driver combination',
  ],
  compatibility: [
    804,
    'CompatNotSupportedOnDevice',
    'COMPAT_NOT_SUPPORTED_ON_DEVICE',
    'forward compatibility was attempted on non supported HW',
  ],
  unknown: [999, 'Unknown', 'UNKNOWN', 'CUDA unknown error'],
} as const

type NvmlError = keyof typeof nvmlErrors
type CudaError = keyof typeof cudaErrors

/** A number that a program gives in place of a name: `nvmlInit failed: 18`, `error code 803`. */
const numbered = (number: number) =>
  `[^\\n]*\\b(?:errors?|err|code|status|rc|ret|return(?:ed)?|result|failed|failure)\\b[ :=(#]*(?:with )?(?:error )?(?:code )?[ :=(#]*${number}\\b(?![.%\\d])`

const prose = (words: string) => `nvml[^\\n:=]*[:=] *"?(?:[^\\n:]*: *)?${words}`

/**
 * The source of a pattern for errors of NVML in every spelling: nvidia-smi’s prose, libnvidia-container’s `nvml error: …`, the header’s
 * `NVML_ERROR_…`, go-nvml’s `ERROR_…`, pynvml’s `NVMLError_…`, and the number. The pattern has to ignore case.
 */
export function nvml(...names: readonly NvmlError[]): string {
  return names
    .flatMap((name) => {
      const [number, words] = nvmlErrors[name]
      return [
        // What nvidia-smi says of one GPU by this word alone has a row of its own.
        name === 'UNKNOWN'
          ? prose(words)
          : `(?:${prose(words)}|Unable to determine the device handle for [^\\n]*: *${words})`,
        `(?:NVML_ERROR_${name}\\b|NVMLError_${name.replaceAll('_', '')}\\b|nvml[^\\n]*\\bERROR_${name}\\b|nvml${numbered(number)})`,
      ]
    })
    .join('|')
}

/** The same for errors of CUDA. Small numbers mean too much: make and shells end with them, too. */
export function cuda(...names: readonly CudaError[]): string {
  return names
    .flatMap((name) => {
      const [number, runtime, driver, words] = cudaErrors[name]
      const spellings = [`CUDA_ERROR_${driver}\\b`, `cudaError${runtime}\\b`]
      if (number > 9) spellings.push(`\\bcu(?:da|Init)${numbered(number)}`)
      return [words, `(?:${spellings.join('|')})`]
    })
    .join('|')
}

/** A pattern of such sources. */
export const spelled = (...sources: readonly string[]): RegExp => new RegExp(sources.join('|'), 'im')
