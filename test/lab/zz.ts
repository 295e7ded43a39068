import { startVm } from './vm.js'
const t=Date.now(); const el=(s:string)=>console.log(((Date.now()-t)/1000).toFixed(1), s)
const vm = await startVm((process.argv[2] ?? 'debian13') as 'debian13'); el('ready')
for (const user of ['root','dev','ops','guest']) console.log((await vm.sh('id; sudo -n true; echo $?; date; hostname', {user})).stdout)
el('ids')
await vm.stop(); el('stopped')
