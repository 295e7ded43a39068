# plugin_folders FOLDER: the folders in which Docker's client looks for its plugins, one a line; the first that has one wins. FOLDER is that of its
# configuration, whose config.json is on standard input. Source: docker/cli, cli-plugins/manager.
# shellcheck shell=sh
plugin_folders() {
  { ask 0 tr '\n\r\t' '   ' && echo; } | ask 0 sed -n 's/.*"cliPluginsExtraDirs"[[:space:]]*:[[:space:]]*\[\([^]]*\)\].*/\1/p' | ask 0 tr ',' '\n' |
    ask 0 sed -n 's/^[[:space:]]*"\(\/[^"]*\)"[[:space:]]*$/\1/p'
  for parent in "$1" /usr/local/lib/docker /usr/local/libexec/docker /usr/lib/docker /usr/libexec/docker; do
    printf '%s/cli-plugins\n' "$parent"
  done
}
