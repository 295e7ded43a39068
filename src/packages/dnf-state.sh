# What dnf keeps in files of its own: functions for facts, plans and undo.
# shellcheck shell=sh

# rpm_locks: packages that are kept at their version, by the lists of dnf 4's plugin (NAME-EPOCH:VERSION-RELEASE.ARCH) and of dnf 5.
rpm_locks() {
  if [ -r /etc/dnf/plugins/versionlock.list ]; then
    sed -n 's/^\([A-Za-z0-9].*\)-[^-]*-[^-]*$/\1/p' /etc/dnf/plugins/versionlock.list
  fi
  if [ -r /etc/dnf/versionlock.toml ]; then sed -n 's/^name *= *"\(.*\)"$/\1/p' /etc/dnf/versionlock.toml; fi
}

# stream_of MODULE: the stream that is enabled, `disabled` where the module is; nothing where neither is said.
stream_of() {
  [ -r "/etc/dnf/modules.d/$1.module" ] || return 0
  awk -F ' *= *' '$1 == "state" { state = $2 } $1 == "stream" { stream = $2 }
    END { print state == "enabled" ? stream : state == "disabled" ? state : "" }' "/etc/dnf/modules.d/$1.module"
}
