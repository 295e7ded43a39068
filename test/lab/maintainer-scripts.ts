/** The maintainer scripts of a package with systemd units, as debhelper writes them for Docker's packages. */
export function maintainerScripts(name: string, units: string[]): Record<string, string> {
  if (units.length === 0) return {}
  const all = units.join(' ')
  const group =
    name === 'docker-ce'
      ? `if [ "$1" = configure ] && [ -z "$2" ]; then
  getent group docker > /dev/null || groupadd --system docker || true
fi
`
      : ''
  return {
    postinst: `#!/bin/sh
set -e
${group}if [ "$1" = configure ]; then
  for unit in ${all}; do
    deb-systemd-helper unmask "$unit" > /dev/null || true
    if deb-systemd-helper --quiet was-enabled "$unit"; then
      deb-systemd-helper enable "$unit" > /dev/null || true
    else
      deb-systemd-helper update-state "$unit" > /dev/null || true
    fi
  done
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload > /dev/null || true
    if [ -n "$2" ]; then action=restart; else action=start; fi
    deb-systemd-invoke "$action" ${all} > /dev/null || true
  fi
fi
`,
    prerm: `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop ${all} > /dev/null || true
fi
`,
    postrm: `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload > /dev/null || true
fi
if [ "$1" = purge ] && [ -x /usr/bin/deb-systemd-helper ]; then
  deb-systemd-helper purge ${all} > /dev/null || true
fi
`,
  }
}
