# What apt itself says of its sources.
# shellcheck shell=sh disable=SC2154

# apt_refusal: why apt refuses its sources; nothing if it reads them. Other troubles of apt are no refusal of its sources.
apt_refusal() {
  apt-get indextargets 2>&1 >/dev/null | awk 'sub(/^(E|Error): /, "") {
      said = said $0 "\n"
      if (/^The list of sources could not be read/) refused = 1
    }
    END { if (refused) printf "%s", said }'
}

# sources_read FILE...: apt still reads its sources, of which this run has changed these files. If not, they become what they were, and the run ends.
sources_read() {
  apt_refusal >"$run/refusal"
  [ -s "$run/refusal" ] || return 0
  for list in "$@"; do put_back "$list" || [ $? -eq 2 ]; done
  sed 's/^/E: /' "$run/refusal" >&2
  fail 'apt would refuse its sources after this change, so they are as they were before' 'correct what apt names, see that apt-get update succeeds, then run fitout again'
}
