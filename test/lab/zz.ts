import { tool, runTool } from './tools.js'
for (const t of ['qemu-system-x86_64','qemu-img','mmdebstrap','docker-registry'] as const) { console.log((await tool(t)).path, (await runTool(t, '--version').catch(String)).slice(0,200)) }
