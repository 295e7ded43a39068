import { defineConfig } from 'vitest/config'
import { project } from '../../vitest.config.js'

/** The unit tests alone, as one project: StrykerJS takes those that reach what it mutates. */
export default defineConfig(project('unit', { testTimeout: 30_000 }))
