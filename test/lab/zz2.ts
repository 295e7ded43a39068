import { startVm } from './vm.js'
const vm = await startVm('debian13')
const t=Date.now(); const el=(s:string)=>console.log(((Date.now()-t)/1000).toFixed(1), s)
const sh = async (s:string,o?:object)=>{ const a=Date.now(); const r=await vm.sh(s,{check:false,...o}); console.log('#',s, ((Date.now()-a)/1000).toFixed(1),'s rc',r.code,'\n'+r.stdout+r.stderr)}
await sh('true')
await sh('which curl python3 wget fish gpgv; df -h /; free -m; systemctl --failed; uname -r; cat /etc/apt/sources.list.d/*; ls /etc/apt/sources.list* ; ls -la /var/lib/apt/lists /var/cache/apt; dpkg -l | wc -l; getent hosts debian.example; systemctl list-timers; cat /etc/resolv.conf; cat /etc/machine-id')
await sh('apt-get check')
await sh('apt-get update')
await sh('apt-get update')
await sh('apt-get install -y --no-install-recommends tini')
const a=Date.now(); await vm.powerCycle(); console.log('powerCycle', (Date.now()-a)/1000)
await sh('date; uptime; systemctl is-system-running')
await vm.link(false); console.log((await vm.sh('true',{timeout:5,check:false})))
await vm.link(true);const b=Date.now(); console.log((await vm.sh('ip a; date',{timeout:60,check:false})), Date.now()-b)
const c=Date.now(); await vm.sh('reboot').catch(e=>console.log(e.message)); await new Promise(r=>setTimeout(r,4000)); 
for(;;){const r=await vm.sh('cat /proc/uptime',{check:false,timeout:30}); if(r.code===0 && Number(r.stdout.split(' ')[0])<100){console.log('reboot',(Date.now()-c)/1000, r.stdout);break} await new Promise(r=>setTimeout(r,1000))}
await vm.stop()
