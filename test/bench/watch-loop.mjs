// Loaded into a process with `node --import`: watches its event loop, and says at its end, in the file that
// FITOUT_BENCH_LOOP names, how long its longest turns were and whether they were work or waiting for a processor.
import { readFileSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'

/** Milliseconds: shorter turns are not looked at one by one. */
const long = 50
const every = 5

const delay = monitorEventLoopDelay({ resolution: every })
delay.enable()

/** What the main thread has had of a processor, and how long it was ready and had none: milliseconds, from the kernel. */
function scheduled() {
  const [ran = 0, waited = 0] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ').map(Number)
  return { ran: ran / 1e6, waited: waited / 1e6 }
}

const collections = []
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) collections.push({ startTime, duration })
}).observe({ entryTypes: ['gc'] })

const turns = []
let last = performance.now()
let before = scheduled()
const timer = setInterval(() => {
  const now = performance.now()
  const wall = now - last - every
  const after = scheduled()
  if (wall >= long) {
    turns.push({ at: last, wall, worked: after.ran - before.ran, waited: after.waited - before.waited })
  }
  last = now
  before = after
}, every)
timer.unref()

process.on('exit', () => {
  const file = process.env.FITOUT_BENCH_LOOP
  if (!file) return
  const { user, system } = process.resourceUsage ? cpu() : { user: 0, system: 0 }
  writeFileSync(
    file,
    JSON.stringify({
      longest: delay.max / 1e6,
      p99: delay.percentile(99) / 1e6,
      cpu: user + system,
      collecting: collections.reduce((sum, { duration }) => sum + duration, 0),
      longestCollection: Math.max(0, ...collections.map(({ duration }) => duration)),
      turns: turns.sort((one, other) => other.wall - one.wall).slice(0, 20),
    }),
  )
})

function cpu() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  return { user: userCPUTime / 1000, system: systemCPUTime / 1000 }
}
