# What dnf keeps at its version, for facts, plans and undo.
# shellcheck shell=sh

# rpm_locks: packages that are kept at their version, by the lists of dnf 4's plugin (NAME-EPOCH:VERSION-RELEASE.ARCH) and of dnf 5.
rpm_locks() {
  if [ -f /etc/dnf/plugins/versionlock.list ]; then
    sed -n 's/^\([A-Za-z0-9].*\)-[^-]*-[^-]*$/\1/p' /etc/dnf/plugins/versionlock.list
  fi
  if [ -f /etc/dnf/versionlock.toml ]; then sed -n 's/^name *= *"\(.*\)"$/\1/p' /etc/dnf/versionlock.toml; fi
}
