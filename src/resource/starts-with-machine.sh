# Whether a unit starts with the machine, for scripts of plans and for what looks whether one is due.
# shellcheck shell=sh

# starts_with_machine PROPERTIES: as `systemctl show` prints UnitFileState, WantedBy, RequiredBy and UpheldBy of a unit, of the real one where it
# is an alias. What is enabled in /run alone is gone after a restart. What cannot be enabled starts if another unit wants it: so do units of a
# vendor's image, and init scripts, for each of which systemd generates a unit, whether or not it is to start.
starts_with_machine() {
  nl='
'
  case $nl$1$nl in
    *"${nl}UnitFileState=enabled$nl"*) return 0 ;;
    *"${nl}UnitFileState=static$nl"* | *"${nl}UnitFileState=indirect$nl"* | *"${nl}UnitFileState=generated$nl"*) ;;
    *) return 1 ;;
  esac
  case $nl$1$nl in
    *"${nl}WantedBy="[!"$nl"]* | *"${nl}RequiredBy="[!"$nl"]* | *"${nl}UpheldBy="[!"$nl"]*) ;;
    *) return 1 ;;
  esac
}
