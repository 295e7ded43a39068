# Which units start a Docker daemon. Expects: root (put before every path).
# shellcheck shell=sh disable=SC2154

# The folders of units, those first that override others.
unit_folders='/etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system'

# unit_file NAME: sets `unit` to the file that systemd takes for this unit, of several in those folders; else to nothing.
unit_file() {
  unit=''
  for folder in $unit_folders; do
    if [ -f "$root$folder/$1" ] && [ -r "$root$folder/$1" ]; then unit=$folder/$1 && return 0; fi
  done
}

# daemon_units [NAME]: sets `units` to these, each a line `FILE PROGRAM`, docker.service first. NAME is one in which a daemon runs.
daemon_units() {
  runs_in=${1-} names=' docker.service dockerd.service ' units='' files=''
  for folder in $unit_folders; do
    # On most systems this is the one before.
    case $folder in /lib/*) if [ -L "$root/lib" ]; then continue; fi ;; esac
    for file in "$root$folder"/*.service "$root$folder"/*.service.d/*.conf; do
      # No unit has a blank in its name. (A list of words, since a shell copies all arguments to add one.)
      case $file in *[[:space:]]*) continue ;; esac
      if [ -f "$file" ] && [ -r "$file" ]; then files="$files $file"; fi
    done
  done
  [ -n "$files" ] || return 0
  # shellcheck disable=SC2086
  for file in $(set -f && ask 0,1 grep -lE 'dockerd|balena-engine-daemon' $files); do
    file=${file%.d/*}
    case $names in *" ${file##*/} "*) ;; *) names="$names${file##*/} " ;; esac
  done
  for name in $names; do
    # Nobody starts a template itself.
    case $name in *@.service) continue ;; esac
    unit_file "$name"
    [ -n "$unit" ] || continue
    set -- "$root$unit"
    # What is said last counts.
    for folder in /lib /usr/lib /usr/local/lib /run /etc; do
      for file in "$root$folder/systemd/system/$name.d"/*.conf; do
        if [ -f "$file" ] && [ -r "$file" ]; then set -- "$@" "$file"; fi
      done
    done
    named=''
    case $name in docker.service | "$runs_in") named=yes ;; esac
    program=$(program_in "$named" "$@")
    case $program in
      '') continue ;;
      /*) ;;
      *)
        for folder in /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin; do
          if [ -x "$root$folder/$program" ]; then program=$folder/$program; fi
        done
        ;;
    esac
    units="$units$unit $program
"
  done
}

# program_in NAMED FILES...: the Docker daemon that a unit starts, by its file and drop-ins: what its ExecStart begins with, or a launcher such as `nice`
# starts. Others only name a daemon, to watch it; with NAMED (this is Docker's own unit) every whole path in that line counts, behind `sh -c`, too.
program_in() {
  named=$1
  shift
  # shellcheck disable=SC2016
  ask 0 awk -v named="$named" '
    function is_daemon(word) {
      sub(/.*\//, "", word)
      return word ~ /^(dockerd(-current|[-._]?v?[0-9].*)?|balena-engine-daemon)$/
    }
    FNR == 1 { section = held = "" }
    /^[ \t]*[#;]/ { next }
    {
      sub(/\r$/, "")
      $0 = held $0
      held = ""
      if (sub(/\\$/, " ")) { held = $0; next }
    }
    /^[ \t]*\[/ { section = $0 }
    section ~ /\[Service\]/ && /^[ \t]*ExecStart[ \t]*=/ { sub(/^[^=]*=[ \t]*/, ""); starts = $0 }
    END {
      gsub(/["\047]/, "", starts)
      sub(/^[-@:+!|]+/, "", starts)
      # One that only looks at a file or says its version ends by itself.
      if (starts ~ /[ \t](--(validate|version|help)|-v|-h)([ \t]|$)/) exit
      count = split(starts, words, /[ \t;]+/)
      launched = 1
      for (at = 1; at <= count; at++) {
        word = words[at]
        if (is_daemon(word) && (launched || (named && word ~ /^\//))) { print word; exit }
        # Options, their values and variables stand between a launcher and its program.
        if (word ~ /(^|\/)(env|nice|ionice|chrt|taskset|numactl|setpriv|prlimit)$/) launcher = 1
        else if (!launcher || (word !~ /^[-0-9]|=/ && (word ~ /^\// || words[at - 1] !~ /^-/))) launched = 0
      }
    }' "$@"
}
