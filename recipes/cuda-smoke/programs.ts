/** Programs that the CUDA trials run in containers. Each prints one line `gpu INDEX …` for every GPU, with numbers that are judged here. */

/** How many elements the kernel works on, for each GPU. */
export const kernelElements = 1 << 20

/** What the kernel's whole numbers add up to: y = 3x + y with x = i and y = 2i + 1. */
export const kernelSum = (5 * kernelElements * (kernelElements - 1)) / 2 + kernelElements

/** Source for nvcc: whole numbers, so that the sum is exact; each GPU in turn. */
export const kernelSource = `#include <cstdio>
#include <vector>

__global__ void saxpy(int n, unsigned a, const unsigned *x, unsigned *y) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = a * x[i] + y[i];
}

static bool failed(cudaError_t code, int device) {
  if (code != cudaSuccess) std::printf("error %d %s: %s\\n", device, cudaGetErrorName(code), cudaGetErrorString(code));
  return code != cudaSuccess;
}

int main() {
  const int n = ${kernelElements};
  const size_t bytes = n * sizeof(unsigned);
  std::vector<unsigned> x(n), y(n);
  int devices = 0;
  if (failed(cudaGetDeviceCount(&devices), -1)) return 1;
  for (int device = 0; device < devices; device++) {
    for (int i = 0; i < n; i++) {
      x[i] = i;
      y[i] = 2 * i + 1;
    }
    cudaDeviceProp properties;
    unsigned *onX, *onY;
    if (failed(cudaSetDevice(device), device) || failed(cudaGetDeviceProperties(&properties, device), device) ||
        failed(cudaMalloc(&onX, bytes), device) || failed(cudaMalloc(&onY, bytes), device) ||
        failed(cudaMemcpy(onX, x.data(), bytes, cudaMemcpyHostToDevice), device) ||
        failed(cudaMemcpy(onY, y.data(), bytes, cudaMemcpyHostToDevice), device))
      return 1;
    saxpy<<<(n + 255) / 256, 256>>>(n, 3, onX, onY);
    if (failed(cudaGetLastError(), device) || failed(cudaDeviceSynchronize(), device) ||
        failed(cudaMemcpy(y.data(), onY, bytes, cudaMemcpyDeviceToHost), device))
      return 1;
    unsigned long long sum = 0;
    for (int i = 0; i < n; i++) sum += y[i];
    std::printf("gpu %d sum %llu capability %d.%d\\n", device, sum, properties.major, properties.minor);
    cudaFree(onX);
    cudaFree(onY);
  }
  return 0;
}
`

/** Edge of the square matrices that the frameworks multiply. */
export const matrixEdge = 512

/** What all elements of the product add up to: A(i,k) = (i + k) mod 7, B(k,j) = (3k + j) mod 5. */
export const matrixSum: number = (() => {
  let sum = 0
  for (let k = 0; k < matrixEdge; k++) {
    let column = 0
    let row = 0
    for (let i = 0; i < matrixEdge; i++) {
      column += (i + k) % 7
      row += (3 * k + i) % 5
    }
    sum += column * row
  }
  return sum
})()

export const pytorchProgram = `import torch
n = ${matrixEdge}
i = torch.arange(n, dtype=torch.float64)
a = ((i[:, None] + i[None, :]) % 7).float()
b = ((3 * i[:, None] + i[None, :]) % 5).float()
want = a @ b
torch.manual_seed(1)
c = torch.randn(n, n)
d = torch.randn(n, n)
cpu = c @ d
for g in range(torch.cuda.device_count()):
    on = 'cuda:%d' % g
    got = (a.to(on) @ b.to(on)).cpu()
    gpu = (c.to(on) @ d.to(on)).cpu()
    print('gpu %d sum %d wrong %d difference %.3e scale %.3e version %s' % (
        g, int(got.double().sum().item()), int((got != want).sum().item()), (gpu - cpu).abs().max().item(),
        cpu.abs().max().item(), torch.__version__))
`

export const tensorflowProgram = `import numpy as np
import tensorflow as tf
n = ${matrixEdge}
i = np.arange(n, dtype=np.float64)
a = ((i[:, None] + i[None, :]) % 7).astype(np.float32)
b = ((3 * i[:, None] + i[None, :]) % 5).astype(np.float32)
want = a.astype(np.float64) @ b.astype(np.float64)
rng = np.random.RandomState(1)
c = rng.randn(n, n).astype(np.float32)
d = rng.randn(n, n).astype(np.float32)
cpu = c @ d
tf.config.set_soft_device_placement(False)
for g in range(len(tf.config.list_physical_devices('GPU'))):
    with tf.device('/GPU:%d' % g):
        got = tf.matmul(tf.constant(a), tf.constant(b)).numpy()
        gpu = tf.matmul(tf.constant(c), tf.constant(d)).numpy()
    print('gpu %d sum %d wrong %d difference %.3e scale %.3e version %s' % (
        g, int(got.astype(np.float64).sum()), int((got != want).sum()), np.abs(gpu - cpu).max(), np.abs(cpu).max(),
        tf.__version__))
`
