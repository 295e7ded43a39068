# Functions that fetch files, for the scripts of plans.
# shellcheck shell=sh disable=SC2034,SC2154

# fetch URL FILE: with whatever can speak HTTP here. apt's own methods always can, where apt is.
fetch() {
  if command -v curl >/dev/null 2>&1; then
    case $1 in
      # What is asked for over TLS comes over TLS, wherever the server sends us.
      https:*) curl -gfsSL --proto-redir '=https' --retry 3 -o "$2" "$1" ;;
      *) curl -gfsSL --retry 3 -o "$2" "$1" ;;
    esac
  else
    # It refuses by itself to be sent from https to http, which wget does not.
    /usr/lib/apt/apt-helper download-file "$1" "$2" >/dev/null
  fi
}

# put_binary PATH URL SHA256-OR-URL: a checked download, 0755.
put_binary() {
  fetch "$2" "$run/download" || fail "$2 could not be fetched" 'check the address and the network, or set plugins to another value'
  expected=$3
  case $expected in
    *://*)
      fetch "$expected" "$run/download.sha256" || fail "$3 could not be fetched" 'give the sha256 in the options instead'
      # `SUM`, `SUM *NAME`, or a list of such lines for all files of a release.
      expected=$(awk -v name="${2##*/}" 'NF > 1 { sub(/^\*/, "", $2) } NF == 1 || $2 == name { print $1; exit }' "$run/download.sha256")
      ;;
  esac
  [ "$(sum_of "$run/download")" = "$expected" ] || fail "$2 does not have the published checksum $expected" 'do not use it; try again later'
  need_roots_folder "$1"
  keep "$1"
  now=$(sum_of "$1")
  chmod 0755 "$run/download"
  write_beside "$1"
  mv -f "$run/download" "$temporary"
  put_in_place "$1" "$now" "$expected"
}
