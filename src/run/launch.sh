# Starts a run of its own on the host: in a session that outlives the connection, its output in a folder that outlives
# both. Expects: id, who, plan_script, secrets. Prints `busy FOLDER` where another run is at work, `by-hand FOLDER` where that is a
# script that somebody runs, which keeps no log, then `who WHO` where it is known who started it; else `started FOLDER`.
# shellcheck shell=sh disable=SC2154
folder=$(run_at_work)
if [ -n "$folder" ]; then
  if [ -e "$folder/log" ]; then printf 'busy %s\n' "$folder"; else printf 'by-hand %s\n' "$folder"; fi
  if [ -r "$folder/who" ]; then printf 'who %s\n' "$(head -n 1 "$folder/who")"; fi
  exit 0
fi

umask 077
# All that a run needs to begin, to be followed and to end: the script, proxies, which may hold passwords and so are in no argument list,
# whose run it is, and room for its status and, should the disk fill, for the last words of its log. It is laid out whole, in a folder that
# is named after this process (the next run removes it if we are killed: sweep_leftovers), and then gets its name. A shell's own printf
# does not always say that the disk is full: head does, and what has arrived is counted. (A process for each file costs more.)
lay_out() {
  private_folder "$1" && environment=$(proxies) && read -r boot </proc/sys/kernel/random/boot_id || return
  laid=65536
  lay "$1/script" "$plan_script"
  lay "$1/environment" "$environment$line_end"
  lay "$1/runner" "$runner"
  lay "$1/boot" "$boot$line_end"
  lay "$1/who" "$who$line_end"
  # For who reads the log, to mask them: log-secrets.ts.
  [ -z "$secrets" ] || lay "$1/secrets" "$secrets$line_end"
  lay "$1/exit.new" "         $line_end"
  head -c 65536 /dev/zero >"$1/reserve" && : >"$1/log" && sizes=$(wc -c "$1"/*) || return
  # Its last line: `68211 total`.
  sizes=${sizes% *} && [ "${sizes##*[!0-9]}" -eq "$laid" ]
}
# lay FILE TEXT: writes it, and counts its bytes in `laid`.
lay() {
  laid=$((laid + ${#2}))
  printf '%s' "$2" >"$1"
}
line_end='
'
proxies() {
  for name in http_proxy https_proxy ftp_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    eval "value=\${$name-}"
    # shellcheck disable=SC2154
    [ -z "$value" ] || printf "export %s='%s'\n" "$name" "$(printf '%s' "$value" | sed "s/'/'\\\\''/g")" || return
  done
}
# Words in quotes: bash keeps a here-document in a file of /tmp, which may be full, too.
# shellcheck disable=SC2016
runner='cd / || exit 1
export FITOUT_RUN="$1" FITOUT_MARK="$2"
read -r stat </proc/$$/stat
folder=$1
# systemd-run may fail and its unit start nevertheless: whoever comes second leaves the run alone.
(set -C && : >"$folder/pid") 2>/dev/null || [ ! -e "$folder/pid" ] || exit 0
# It is never empty: on a disk that what was laid out has filled, it makes room for what follows.
. "$folder/environment"
rm -f "$folder/environment"
set -- ${stat##*) }
echo "$$ ${20}" >"$folder/pid" || exit 1
status=0
sh "$folder/script" >>"$folder/log" 2>&1 </dev/null || status=$?
# A full disk took the words of whatever failed of it.
full=
[ "$status" -eq 0 ] || full=$(head -c 4096 /dev/zero 2>&1 >"$folder/full") || :
rm -f "$folder/reserve" "$folder/full"
[ -z "$full" ] || echo "$full" >>"$folder/log"
echo "$status" 1<>"$folder/exit.new"
sync "$folder/log" 2>/dev/null
mv "$folder/exit.new" "$folder/exit"
'
runs=/var/lib/fitout/runs
new=.new-$$-$(started_at $$)
if ! lay_out "$runs/$new" 2>/dev/null; then
  # A full disk must not keep a run from saying so.
  rm -rf "${runs:?}/$new"
  runs=/run/fitout/runs
  if ! lay_out "$runs/$new"; then
    rm -rf "${runs:?}/$new"
    exit 1
  fi
fi
folder=$runs/$id
mv "$runs/$new" "$folder" || exit 1

launched=no
if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1; then
  # Its own unit: neither the end of the login nor KillUserProcesses reaches it. systemd starts it with a bare environment.
  if said=$(systemd-run --quiet --collect --unit="fitout-$id" --property=KillMode=process --setenv=HOME=/root \
    /bin/sh "$folder/runner" "$folder" "$mark" 2>&1); then
    launched=yes
  else
    said=$(printf '%s' "${said:-it printed no message}" | tr '\n' ' ')
    printf '%s note systemd-run failed, so this run has a session instead of a unit of its own: %s\n' "$mark" "$said" >>"$folder/log"
  fi
fi
if [ "$launched" = no ]; then
  setsid sh "$folder/runner" "$folder" "$mark" >>"$folder/log" 2>&1 </dev/null &
fi
tries=0
until [ -s "$folder/pid" ] || [ "$tries" -ge 50 ]; do
  tries=$((tries + 1))
  sleep 0.1 2>/dev/null || sleep 1
done
printf 'started %s\n' "$folder"
