import { describe, expect, it } from 'vitest'
import { nvidiaModule } from '../../recipes/nvidia-driver/module.js'
import { prelude } from '../support/prelude.js'
import { canBePrivate, privately, withModules } from '../support/private-root.js'
import { askPlainly, runIn, shells } from '../support/shells.js'

// A machine of files: what the kernel, its modules on disk and the boot loader say. `kernel-1` runs.
const machine = `set -eu
umask 022
run=/var/lib/fitout/runs/x
mkdir -p "$run"
mark='==>'
current=
PATH=/run/doubles:$PATH
${withModules}for folder in /proc/driver /sys/module /sys/bus /boot /lib/modules; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p /run/doubles /run/dev /run/systemd/system /boot/grub
: >/run/dev/null
mount --bind /dev/null /run/dev/null
: >/run/dev/nvidia0
mount --bind /run/dev /dev
double() {
  { echo '#!/bin/sh'; cat; } >"/run/doubles/$1"
  chmod 0755 "/run/doubles/$1"
}
uname() { echo kernel-1; }
# line VERSION KIND: as the driver writes it.
line() {
  case $2 in
    open) printf 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  %s  Release Build  (dvs-builder@U22)  Tue Sep 23 2025\\n' "$1" ;;
    *) printf 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  %s  Thu Feb 22 01:44:30 UTC 2024\\n' "$1" ;;
  esac
}
# module NAME REFERENCES HOLDER...: the kernel has it.
module() {
  name=$1
  mkdir -p "/sys/module/$1/holders"
  echo "$2" >"/sys/module/$1/refcnt"
  shift 2
  for holder; do : >"/sys/module/$name/holders/$holder"; done
}
# loaded VERSION KIND
loaded() {
  mkdir -p /proc/driver/nvidia
  line "$1" "$2" >/proc/driver/nvidia/version
  module nvidia 1 nvidia_uvm
  module nvidia_uvm 0
}
# disk KERNEL VERSION KIND [PATH]: a kernel that is installed, with the driver's module.
disk() {
  path=\${4:-updates/dkms/nvidia.ko.xz}
  mkdir -p "/lib/modules/$1/\${path%/*}"
  case $3 in open) license='Dual MIT/GPL' ;; *) license=NVIDIA ;; esac
  printf 'filename:       %s\\nversion:        %s\\nsupported:      external\\nlicense:        %s\\n' "$path" "$2" "$license" >"/lib/modules/$1/$path"
  printf '%s: kernel/drivers/video.ko\\nkernel/drivers/video/fbdev/nvidia/nvidiafb.ko.xz:\\n%s: %s\\n' \\
    "$path" updates/dkms/nvidia-modeset.ko.xz "$path" >>"/lib/modules/$1/modules.dep"
  : >"/boot/vmlinuz-$1"
}
# A process that has the GPU open.
use_gpu() {
  command tail -f /dev/nvidia0 >/run/tailed &
  user=$!
  trap 'kill $user' EXIT
  tries=0
  until [ "$(cat "/proc/$user/comm")" = tail ] && [ -e "/proc/$user/fd/3" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || exit 99
    sleep 0.1
  done
}
double modinfo <<'EOT'
cat "$@"
EOT
double modprobe <<'EOT'
if [ "$1" = -c ]; then echo 'blacklist nouveau'; exit; fi
echo "modprobe $*" >>/run/did
if [ -e /run/refuses ]; then cat /run/refuses >&2; exit 1; fi
mkdir -p "/sys/module/$1"
if [ "$1" = nvidia ]; then mkdir -p /proc/driver/nvidia; cp /run/new-version /proc/driver/nvidia/version; fi
EOT
double rmmod <<'EOT'
echo "rmmod $*" >>/run/did
rm -r "/sys/module/$1"
if [ "$1" = nvidia ]; then rm /proc/driver/nvidia/version; fi
EOT
double systemctl <<'EOT'
case $1 in
  is-active)
    for unit; do :; done
    if grep -qx "$unit" /run/active; then state=active; else state=inactive; fi
    [ "$2" = --quiet ] || echo "$state"
    [ "$state" = active ] ;;
  is-enabled) echo disabled ;;
  start) echo "$*" >>/run/did; echo "$2" >>/run/active ;;
  enable) echo "$*" >>/run/did; echo "$2" >>/run/enabled ;;
  show)
    for unit; do case $unit in *.service) break ;; esac; done
    if [ -e /run/enabled ] && grep -qxF -e "$unit" /run/enabled; then state=enabled; else state=disabled; fi
    printf 'LoadState=loaded\\nActiveState=active\\nUnitFileState=%s\\n' "$state" ;;
  *) echo "$*" >>/run/did ;;
esac
EOT
double journalctl <<'EOT'
EOT
double dmesg <<'EOT'
echo '[    1.0] usb: something else'
if [ -e /run/dmesg ]; then cat /run/dmesg; fi
EOT
: >/run/active
: >/run/did
line 580.95.05 open >/run/new-version
grub() {
  cat >/boot/grub/grub.cfg <<'EOT'
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
else
   set default="0"
fi
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1' {
	linux	/boot/vmlinuz-kernel-2 root=UUID=1 ro
}
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced-1' {
	menuentry 'Debian GNU/Linux, with Linux kernel-2' --class debian $menuentry_id_option 'gnulinux-kernel-2-advanced-1' {
		linux	/boot/vmlinuz-kernel-2 root=UUID=1 ro
	}
	menuentry 'Debian GNU/Linux, with Linux kernel-1' --class debian $menuentry_id_option 'gnulinux-kernel-1-advanced-1' {
		linux	/boot/vmlinuz-kernel-1 root=UUID=1 ro
	}
}
EOT
}
${prelude}
`

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no driver was loaded')

describe.runIf(canBePrivate).each(shells)('loading the NVIDIA driver in $name', { timeout: 60_000 }, ({ command }) => {
  const run = (body: string) =>
    runIn(command, `${machine}${body}\n`, { under: privately, env: { SHELL_UNDER_TEST: command.join(' ') } })
  const well = (body: string) => {
    const { code, stdout, stderr } = run(body)
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }
  const load = 'load_nvidia open 580.95.05'
  const nouveau = 'mkdir -p /sys/bus/pci/drivers/nouveau/0000:01:00.0\n'
  const held = '==> reboot nouveau holds the GPU 0000:01:00.0\n'

  it('does nothing where it is loaded, but for services', () => {
    expect(well(`loaded 580.95.05 open\n${load} nvidia-persistenced\ncat /run/did`)).toBe(
      'enable nvidia-persistenced.service\nstart nvidia-persistenced.service\n',
    )
  })

  it('loads it where nothing is in the way', () => {
    expect(well(`disk kernel-1 580.95.05 open\n${load}\ncat /run/did`)).toBe('modprobe nvidia\nmodprobe nvidia_uvm\n')
  })

  it('knows Debian’s name for it, and takes any version where none is named', () => {
    const body = `disk kernel-1 550.163.01 proprietary updates/dkms/nvidia-current.ko
line 550.163.01 proprietary >/run/new-version
load_nvidia proprietary ''
cat /run/did`
    expect(well(body)).toBe('modprobe nvidia\nmodprobe nvidia_uvm\n')
  })

  it('puts a new one in place of an old one that only NVIDIA’s services hold, and starts these again', () => {
    const body = `loaded 570.1 open
module nvidia 2 nvidia_uvm nvidia_modeset
module nvidia_modeset 1 nvidia_drm
module nvidia_drm 0
disk kernel-1 580.95.05 open
echo nvidia-persistenced.service >/run/active
${load} nvidia-persistenced
cat /run/did`
    expect(well(body).split('\n')).toEqual([
      'stop nvidia-persistenced.service',
      'rmmod nvidia_drm',
      'rmmod nvidia_modeset',
      'rmmod nvidia_uvm',
      'rmmod nvidia',
      'modprobe nvidia',
      'modprobe nvidia_uvm',
      'modprobe nvidia_modeset',
      'modprobe nvidia_drm',
      'start nvidia-persistenced.service',
      'enable nvidia-persistenced.service',
      'start nvidia-persistenced.service',
      '',
    ])
  })

  it('takes nothing away that a console or a foreign module holds, and asks for a reboot', () => {
    const old = 'disk kernel-1 580.95.05 open\nloaded 570.1 proprietary\n'
    const services = 'echo nvidia-persistenced.service >/run/active\n'
    expect(well(`${old}${services}module nvidia_drm 1\n${load}\ncat /run/did`)).toBe(
      '==> reboot the driver 570.1 proprietary is loaded, and in use: nvidia_drm\n' +
        'stop nvidia-persistenced.service\nstart nvidia-persistenced.service\n',
    )
    expect(well(`${old}module nvidia 2 nvidia_uvm gdrdrv\n${load}\ncat /run/did`)).toBe(
      '==> reboot the driver 570.1 proprietary is loaded, and in use: nvidia\n',
    )
  })

  it('stops no service where a process uses the GPU, and kills nothing', () => {
    const body = `loaded 570.1 open
disk kernel-1 580.95.05 open
echo nvidia-fabricmanager.service >/run/active
use_gpu
${load}
kill -0 $user
cat /run/did`
    expect(well(body)).toMatch(/^==> reboot the driver 570\.1 open is loaded, and in use: tail \(\d+\)\n$/)
  })

  it('asks for a reboot where nouveau holds the GPU, or only the next kernel has the module', () => {
    expect(well(`${nouveau}disk kernel-1 580.95.05 open\n${load}\ncat /run/did`)).toBe(held)
    expect(well(`grub\ndisk kernel-2 580.95.05 open\n${load}\ncat /run/did`)).toBe(
      '==> reboot the kernel that runs now, kernel-1, has no NVIDIA module (open, 580.95.05)\n',
    )
  })

  const saved = `sed -i 's/default="0"/default="\${saved_entry}"/' /boot/grub/grub.cfg`
  it.each([
    ['the first entry', ':', 'kernel-2'],
    ['an entry for one time', 'echo "next_entry=gnulinux-advanced-1>gnulinux-kernel-1-advanced-1"', 'kernel-1'],
    [
      'a saved entry, by its title',
      `${saved}\necho 'saved_entry=Advanced options>Debian GNU/Linux, with Linux kernel-1'`,
      'kernel-1',
    ],
    ['a saved entry that was never saved', saved, 'kernel-2'],
    [
      'a number within a submenu: any could be meant',
      `sed -i 's/default="0"/default="1>0"/' /boot/grub/grub.cfg`,
      'kernel-1\nkernel-2',
    ],
  ])('knows the kernel that grub starts by %s', (_, choose, kernels) => {
    const images = ': >/boot/vmlinuz-kernel-1\n: >/boot/vmlinuz-kernel-2\n'
    expect(well(`grub\n${images}{ ${choose}\n} >/boot/grub/grubenv\nnext_kernels`)).toBe(`${kernels}\n`)
  })

  it('never leads to a kernel without the driver: all must have it where the loader is not known', () => {
    const { code, stderr, stdout } = run(`${nouveau}disk kernel-1 580.95.05 open\ndisk kernel-2 570.1 open\n${load}`)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^fitout: a reboot is due, and the kernel kernel-2 that may start then has no NVIDIA module \(open, 580\.95\.05\)\nremedy: /,
    )
    expect(run(`${nouveau}disk kernel-1 580.95.05 open\nrm /boot/vmlinuz-kernel-1\n${load}`).stderr).toMatch(
      /^fitout: a reboot is due, and it cannot be known which kernel would start then\n/,
    )
  })

  it('never leads to a kernel where nouveau would come first', () => {
    const body = `${nouveau}disk kernel-1 580.95.05 open
echo 'kernel/drivers/gpu/drm/nouveau/nouveau.ko.xz:' >>/lib/modules/kernel-1/modules.dep
`
    expect(well(body + load)).toBe(held)
    const notBlacklisted = `double modprobe <<'EOT'\necho 'options nouveau modeset=1'\nEOT\n`
    expect(run(body + notBlacklisted + load).stderr).toMatch(
      /^fitout: a reboot is due, and nouveau would take the GPU again\nremedy: /,
    )
  })

  it('asks once for a reboot: where one has come and gone for the same, it fails', () => {
    const before = `${nouveau}disk kernel-1 580.95.05 open\n`
    const rebooted = `sed -i 's/^[^ ]*/another-boot/' /var/lib/fitout/nvidia-reboot\n`
    expect(well(`${before}${load}\n${load}`)).toBe(held + held)
    const { code, stderr } = run(`${before}${load} >/dev/null\n${rebooted}${load}`)
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^fitout: the host was restarted for it, and still nouveau holds the GPU 0000:01:00\.0\nremedy: .*initramfs/,
      ),
    ])
    // Another driver may need another reboot, and so may one that the owner has mended meanwhile.
    const newer = 'disk kernel-1 590.1 open updates/nvidia.ko\nload_nvidia open 590.1'
    expect(well(`${before}${load} >/dev/null\n${rebooted}${newer}`)).toBe(held)
    expect(well(`${before}${load} >/dev/null\n${rebooted}(${load} 2>/dev/null) || :\n${load}`)).toBe(held)
  })

  it.each([
    ['No such device', 'this NVIDIA driver (open, 580.95.05) finds no GPU that it can drive'],
    ['Exec format error', 'the NVIDIA module on disk was built for another kernel than kernel-1'],
    ['Key was rejected by service', 'the kernel does not take the NVIDIA driver (nvidia)'],
  ])('ends with what modprobe and the kernel say, and what that means: %s', (why, guess) => {
    const body = `disk kernel-1 580.95.05 open
echo "modprobe: ERROR: could not insert 'nvidia': ${why}" >/run/refuses
echo '[    2.0] NVRM: something of NVIDIA' >/run/dmesg
${load}`
    const { code, stderr } = run(body)
    expect([code, stderr.split('\n')]).toEqual([
      1,
      [
        `modprobe: ERROR: could not insert 'nvidia': ${why}`,
        '[    2.0] NVRM: something of NVIDIA',
        `fitout: ${guess}`,
        expect.stringMatching(/^remedy: /),
        '',
      ],
    ])
  })

  it('does not take another driver for the one that was wanted', () => {
    const { stderr } = run(`disk kernel-1 580.95.05 open\nline 570.1 open >/run/new-version\n${load}`)
    expect(stderr).toMatch(/^fitout: the kernel has loaded another NVIDIA driver \(570\.1 open\) than the one that is/)
  })

  it('answers the question of the resource in full', () => {
    const resource = nvidiaModule({ open: true, services: { persistenced: true, fabricManager: true } })
    const text = well(`loaded 570.1 proprietary
disk kernel-1 580.95.05 open
disk kernel-1 470.256.02 proprietary updates/dkms/nvidia-tesla-470.ko
disk kernel-2 580.95.05 open
mkdir -p /sys/bus/pci/drivers/nouveau/0000:02:00.0
use_gpu
printf '%s.service\\n' nvidia-persistenced nvidia-fabricmanager >/run/enabled
set +eu
${askPlainly}${resource.inspect}`)
    const service = { active: true, enabled: 'enabled' }
    expect(resource.read({ text, code: 0 })).toEqual({
      loaded: { version: '570.1', open: false },
      onDisk: [
        { version: '580.95.05', open: true },
        { version: '470.256.02', open: false },
      ],
      elsewhere: true,
      nouveau: ['0000:02:00.0'],
      users: [{ pid: expect.any(Number), command: 'tail' }],
      services: { 'nvidia-persistenced': service, 'nvidia-fabricmanager': service },
    })
  })
})
