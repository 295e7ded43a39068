# Addresses of package repositories, compared as address.ts does it.

# plain_address: functions of awk. is_same(ADDRESS): whether it matches `same` of the environment; none does where that is empty.
# shellcheck shell=sh disable=SC2034,SC2016
plain_address='
function cut(text, pattern) { sub(pattern, "", text); return text }
function digit(text) { return index("0123456789abcdef", tolower(text)) - 1 }
function plain(text,   done, code, colon, scheme, host, path, at) {
  gsub(/"/, "", text)
  done = ""
  while ((at = match(text, /%[0-9A-Fa-f][0-9A-Fa-f]/)) > 0) {
    code = sprintf("%c", digit(substr(text, at + 1, 1)) * 16 + digit(substr(text, at + 2, 1)))
    if (code !~ /^[A-Za-z0-9._~-]$/) code = substr(text, at, 3)
    done = done substr(text, 1, at - 1) code
    text = substr(text, at + 3)
  }
  text = done text
  colon = index(text, ":")
  if (colon == 0) return text
  scheme = cut(tolower(substr(text, 1, colon - 1)), "^.*[+]")
  text = cut(substr(text, colon + 1), "^/+")
  host = ""
  path = text
  if (scheme !~ /^(file|copy|cdrom)$/) {
    at = match(text, /[\/?#]/)
    if (at == 0) at = length(text) + 1
    host = cut(cut(cut(tolower(substr(text, 1, at - 1)), "^.*@"), ":0*(80|443)?$"), "[.]$")
    path = substr(text, at)
  }
  path = "/" path
  gsub(/\/+/, "/", path)
  while (sub(/\/[.]\//, "/", path)) {}
  sub(/\/[.]$/, "", path)
  while ((at = match(path, /\/[.][.](\/|$)/)) > 0) {
    done = cut(substr(path, 1, at - 1), "/[^/]+$")
    path = done substr(path, at + 3)
  }
  return scheme "://" host path
}
function is_same(text) { return ENVIRON["same"] != "" && plain(text) ~ ENVIRON["same"] }
'

# naming SAME FILE...: which of these files name such an address, in whatever way, a remark's too.
naming() {
  pattern=$1
  shift
  if [ $# -eq 0 ]; then return 0; fi
  same=$pattern awk "$plain_address"'{
    for (i = 1; i <= NF; i++) {
      found = is_same($i) || is_same(cut($i, "^[A-Za-z_]+[=:]")) || is_same(cut($i, "^.*\\]"))
      count = split(cut($i, "^[A-Za-z_]+="), parts, ",")
      for (part = 1; part <= count; part++) if (is_same(parts[part])) found = 1
      if (found && !(FILENAME in told)) { told[FILENAME]; print FILENAME }
    }
  }' "$@"
}
