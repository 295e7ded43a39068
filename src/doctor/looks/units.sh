# Units that have failed, and what each said last. A unit that was not started again stays failed until somebody resets it.
# shellcheck disable=SC2016
about failed.unit,failed.said
if [ -d /run/systemd/system ]; then
  # Before version 246 of systemd there is a dot before each, `--plain` or not.
  units=$(ask 0 limited 10 systemctl list-units --state=failed --no-legend --plain --full | ask 0 awk '{ print $1 ~ /\./ ? $1 : $2 }' | first 20)
  for unit in $units; do
    about failed.unit
    say failed.unit "$unit $(ask 0 systemctl show "$unit" -p Result --value)"
    about failed.said
    ask 0 limited 10 journalctl -q --no-pager -o short-iso -b -n 40 -u "$unit" | ask 0 cut -c 1-1000 | each "failed.said $unit"
  done
fi
