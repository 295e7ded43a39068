# Fetches the key of a package repository and prints it, in base64, for the controller to judge: nothing here reads it. Expects:
# root (question-root.sh), key_url, longest (bytes).
# shellcheck shell=sh disable=SC2154

# get: apt's own way first, which knows apt's proxies.
get() {
  if [ -x /usr/lib/apt/apt-helper ]; then
    timeout 30 /usr/lib/apt/apt-helper -o Acquire::Retries=1 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10 \
      download-file "$key_url" "$root/key" && return 0
  fi
  timeout 30 curl -gfsSL -o "$root/key" "$key_url" || timeout 30 wget -q -O "$root/key" "$key_url"
}
if get >"$root/said" 2>&1 && [ -s "$root/key" ]; then
  echo 'reached yes'
  head -c "$longest" "$root/key" | base64 | sed 's/^/key /'
else
  echo 'reached no'
  printf 'said the signing key cannot be fetched from %s\n' "$key_url"
  grep -v '^[[:space:]]*$' "$root/said" | tail -n 4 | sed 's/^/said /'
fi
:
