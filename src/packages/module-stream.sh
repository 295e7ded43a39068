# The streams of dnf's modules, for plans and undo.
# shellcheck shell=sh

# stream_of MODULE: the stream that is enabled, `disabled` where the module is; nothing where neither is said.
stream_of() {
  [ -f "/etc/dnf/modules.d/$1.module" ] || return 0
  awk -F ' *= *' '$1 == "state" { state = $2 } $1 == "stream" { stream = $2 }
    END { print state == "enabled" ? stream : state == "disabled" ? state : "" }' "/etc/dnf/modules.d/$1.module"
}
