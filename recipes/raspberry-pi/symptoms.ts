import type { Symptoms } from '../../src/symptoms/table.js'

/** What a Raspberry Pi says when something fails. */
export const raspberryPiSymptoms: Symptoms = {
  circumstances: [
    {
      id: 'memory-cgroup',
      match: /No memory limit support|does not support memory limit capabilities/,
      cause:
        'the kernel was started without the memory cgroup, as Raspberry Pi OS does, so memory limits have no effect',
      remedy:
        'on a Raspberry Pi `fitout apply --only raspberry-pi` enables it; by hand, append `cgroup_enable=memory` to the one line of /boot/firmware/cmdline.txt (else /boot/cmdline.txt) and restart the host',
      source: 'raspberrypi/linux#1198, raspberrypi/linux#6980, dockhand#804',
    },
  ],
}
