# Which files apt reads its sources from.
# shellcheck shell=sh disable=SC2154

# apt_sources: those files, one a line, in apt's order: the main one, then those of the folder that have names which apt takes. The
# configuration of apt may name others than usual.
apt_sources() {
  main=/etc/apt/sources.list
  parts=/etc/apt/sources.list.d
  if command -v apt-config >/dev/null 2>&1; then
    eval "$(ask 0 apt-config shell main Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
  fi
  for file in "$main" "${parts%/}"/*; do
    [ -f "$file" ] || continue
    if [ "$file" != "$main" ]; then
      case ${file##*/} in
        *[!A-Za-z0-9_.:-]*) continue ;;
        *.list | *.sources) ;;
        *) continue ;;
      esac
    fi
    printf '%s\n' "$file"
  done
}
