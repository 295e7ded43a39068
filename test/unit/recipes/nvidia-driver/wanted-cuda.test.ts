import { expect, it } from 'vitest'
import { toolkitsOf } from '../../../../recipes/nvidia-driver/wanted-cuda.js'

// What is made of the answers is in `cases`: here, in which words packages say which driver they need.

it.each([
  ['cuda-drivers (>= 625.18.02)', '625.18.02'],
  ['cuda-drivers >= 625.18.02', '625.18.02'],
  ['cuda-drivers >= 3:625.18.02', '625.18.02'],
  ['cuda-drivers (= 625.18.02-1)', '625.18.02'],
  ['cuda-drivers-625 (>= 625.18.02-0ubuntu1)', '625.18.02'],
  ['nvidia-open (>= 640.22)', '640.22'],
  ['nvidia-driver-cuda(x86-64) >= 3:640.22.01', '640.22.01'],
  ['libnvidia-compute-570 (>= 570.211.01) | cuda-drivers-570', '570.211.01'],
  ['cuda-libraries-13-6 (>= 13.6.0)', undefined],
  ['cuda-drivers', undefined],
  ['cuda-drivers (<< 700.1)', undefined],
])('%s asks for driver %s', (dependency, driver) => {
  const dependencies = { 'cuda-runtime-13-6': { '13.6.1-1': ['cuda-libraries-13-6 (>= 13.6.1)', dependency] } }
  expect(toolkitsOf({ versions: {}, dependencies }).map((one) => [one.cuda, one.driver])).toEqual(
    driver === undefined ? [] : [['13.6.1', driver]],
  )
})

it('what CUDA’s runtime depends on comes before the version of its compatibility package, and the oldest of these', () => {
  const found = toolkitsOf({
    versions: {
      'cuda-compat-13-6': ['625.99.01-1'],
      'cuda-compat-13-7': ['630.20.05-1ubuntu1', '630.4.01-1ubuntu1'],
      'cuda-compat-orin-13-7': ['13.7.1'],
      'cuda-compat-12-0': ['525.60.13-1'],
      'cuda-runtime-14-0': ['14.0.0-1'],
    },
    dependencies: {
      'cuda-runtime-13-6': {
        '13.6.1-1': ['cuda-drivers (>= 625.30.01)'],
        '13.6.0-1': ['cuda-drivers (>= 625.18.02)'],
      },
      'cuda-runtime-14-0': { '14.0.0-1': [] },
      'other-13-6': { '13.6.2': ['cuda-drivers (>= 1000.1)'] },
    },
  })
  expect(found.map(({ cuda, driver }) => `${cuda} ${driver}`)).toEqual([
    '12.0.0 525.60.13',
    '13.6.0 625.18.02',
    '13.6.1 625.30.01',
    '13.7.0 630.4.01',
  ])
})
