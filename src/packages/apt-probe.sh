# Asks package repositories what they offer and what a transaction would be, in a temporary apt root: the host's own
# configuration, index and packages stay as they are. Expects: root and tmp (question-root.sh), repository (a deb822 stanza or empty), key, same (a pattern
# or empty, of address.sh), versions_of and simulate (words). May have: preferences_name and preferences (a file's name
# and text), want_sources, sources_given with the function give_sources, depends_of (names whose dependencies are wanted), drives
# (beginnings of devices' modaliases). A * in a name stands for anything. `ask` is of shell/frame.ts: where apt answers nothing,
# whatever it is asked, that is no word of a repository.
# shellcheck shell=sh disable=SC2154,SC2086
# Free space where packages are fetched to, where most of their files go, and where this question is worked out.
free() { df -Pk "$2" | awk -v use="$1" 'NR == 2 { print "free", use, $4, $6 }'; }
free fetch /var/cache/apt
free files /usr
free asking "$tmp"
mkdir -p "$root/sources.d" "$root/cache/archives/partial"
# apt fetches and verifies as the user _apt, who may not enter the folder of the sources.
lists=$root.lists
mkdir -m 0711 "$lists" && mkdir -m 0700 "$lists/partial" || exit 1
if id _apt >/dev/null 2>&1; then chown _apt "$lists/partial"; fi

# give PATH TEXT: a sources file as it would be. Those that are new have to be fetched.
from=
give() {
  mkdir -p "$from${1%/*}" "$root/new.d"
  printf '%s' "$2" >"$from$1"
  cmp -s "$from$1" "$1" || cp "$from$1" "$root/new.d/"
}
if [ -n "${sources_given-}" ]; then
  from=$root/given
  mkdir -p "$from/etc/apt/sources.list.d"
  give_sources
fi

# The host's own sources, without entries for the repository in question: two that name two keyrings stop apt. A line that is
# left out stays as an empty one, so that apt counts lines as the host does.
: >"$root/sources.list"
for file in "$from/etc/apt/sources.list" "$from"/etc/apt/sources.list.d/*.list; do
  [ -f "$file" ] || continue
  copy=$root/sources.d/${file##*/}
  if [ "$file" = "$from/etc/apt/sources.list" ]; then copy=$root/sources.list; fi
  same=$same awk "$plain_address"'/^[ \t]*deb(-src)?[ \t]/ {
    entry = $0
    sub(/#.*/, "", entry)
    sub(/^[ \t]*deb(-src)?[ \t]+(\[[^]]*\][ \t]*)?/, "", entry)
    sub(/[ \t].*/, "", entry)
    if (is_same(entry)) $0 = ""
  } { print }' "$file" >"$copy"
done
for file in "$from"/etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] || continue
  copy=$root/sources.d/${file##*/}
  # A stanza goes if none of its addresses is another's; else they go.
  same=$same awk "$plain_address"'function tell() { if (lines != "" && (others || !ours)) printf "%s", lines; lines = ""; others = ours = inside = 0 }
    /^[ \t\r]*$/ { tell(); print ""; next }
    /^#/ { lines = lines $0 "\n"; next }
    /^[^ \t]/ { inside = tolower($0) ~ /^uris:/ }
    inside {
      head = ""
      text = $0
      if (text ~ /^[^ \t]/) { head = "URIs:"; text = substr(text, 6) }
      count = split(text, uris)
      kept = ""
      for (i = 1; i <= count; i++) if (is_same(uris[i])) ours = 1; else { others = 1; kept = kept " " uris[i] }
      if (head kept != "") lines = lines head kept "\n"
      next
    }
    { lines = lines $0 "\n" }
    END { tell() }' "$file" >"$copy"
  [ -s "$copy" ] || rm -f "$copy"
done
for list in /var/lib/apt/lists/*_*; do
  [ -f "$list" ] || continue
  # apt gives the releases that it asks for anew to its own user for a while: not the host's.
  case $list in
    *Release*) if [ -d "$root/new.d" ]; then cp -p "$list" "$lists/" && continue; fi ;;
  esac
  ln -s "$list" "$lists/"
done

apt_options="-o Dir::Etc::sourcelist=$root/sources.list -o Dir::Etc::sourceparts=$root/sources.d -o Dir::State::lists=$lists
 -o Dir::Cache=$root/cache -o Acquire::Retries=1 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10
 -o Acquire::http::ConnectionAttemptDelayMsec=250 -o Debug::NoLocking=1 -o Acquire::Languages=none"
if [ -n "${preferences_name-}" ]; then
  mkdir "$root/preferences.d"
  for file in /etc/apt/preferences.d/*; do
    if [ -f "$file" ]; then cp "$file" "$root/preferences.d/"; fi
  done
  rm -f "$root/preferences.d/$preferences_name"
  if [ -n "$preferences" ]; then printf '%s' "$preferences" >"$root/preferences.d/$preferences_name"; fi
  apt_options="$apt_options -o Dir::Etc::preferencesparts=$root/preferences.d"
fi

# Paths of this question's own files in what apt says, as the host has them.
as_host() {
  sed -e "s|$root/sources\.d/zz-asked\.sources|the entry for the repository that is asked|g" \
    -e "s|$root/sources\.d/|/etc/apt/sources.list.d/|g" -e "s|$root/sources\.list|/etc/apt/sources.list|g" \
    -e "s|$root/preferences\.d/|/etc/apt/preferences.d/|g" -e "s|$lists/|/var/lib/apt/lists/|g"
}
# ask_apt COMMAND...: apt's word on something that it only refuses where it cannot read its configuration, sources,
# preferences, indexes, or dpkg's status. Its messages go through a file: no shell here can pipe them alone.
ask_apt() {
  ask 0 "$@" 2>"$root/words"
  asked=$?
  as_host <"$root/words" >&2
  return "$asked"
}
# After something failed: whether it was apt itself that could not. If so, this question fails with its words.
apt_itself() { ask_apt timeout 120 apt-cache $apt_options policy dpkg >/dev/null; }
# failures FILE: what apt complained about.
failures() { grep -E '^(E|W|Err|  )' "$1" | sed 's/^ */said /' | as_host; }

# What the host is configured to ask, and who answered when it last did.
if [ -n "${want_sources-}" ]; then
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    printf 'source %s\n' "$file"
    sed 's/^/text /' "$file"
  done
  # shellcheck disable=SC2016
  ask 0 apt-get indextargets --format 'origin $(REPO_URI) $(ORIGIN)' 'Created-By: Packages' | sort -u
fi

reached=yes
only=
if [ -n "$repository" ]; then
  printf '%s' "$key" >"$lists/key.asc"
  chmod 0644 "$lists/key.asc"
  printf '%s\nSigned-By: %s\n' "$repository" "$lists/key.asc" >"$root/sources.d/zz-asked.sources"
  # Reading the index of one repository costs a fraction of reading all.
  only="-o Dir::Etc::sourcelist=$root/sources.d/zz-asked.sources -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Cache::pkgcache=one.bin -o Dir::Cache::srcpkgcache=srcone.bin"
  # A signature by the key is asked for, whatever the host's configuration says of repositories without one.
  timeout 60 apt-get -q $apt_options $only -o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any \
    -o Acquire::AllowInsecureRepositories=false -o Acquire::AllowWeakRepositories=false \
    -o Acquire::AllowDowngradeToInsecureRepositories=false update >"$root/update" 2>&1 || reached=no
  printf 'reached %s\n' "$reached"
  if [ "$reached" = no ]; then
    failures "$root/update"
    rm -f "$root/sources.d/zz-asked.sources"
    only=
    apt_itself
  fi
fi

# A host that never fetched an index has to be asked from the beginning.
fetched=no
for list in /var/lib/apt/lists/*_Packages*; do if [ -e "$list" ]; then fetched=yes; fi; done
if [ "$fetched" = no ]; then
  # It ends well also where no index came at all.
  timeout 300 apt-get -q $apt_options update >"$root/update" 2>&1 || apt_itself
  failures "$root/update"
elif [ -d "$root/new.d" ]; then
  timeout 120 apt-get -q $apt_options -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$root/new.d" \
    -o APT::Get::List-Cleanup=0 update >"$root/update" 2>&1 || apt_itself
  failures "$root/update"
fi
case $versions_of in
  *'*'*)
    ask_apt apt-cache $apt_options $only pkgnames >"$root/names"
    versions_of=$(awk -v words="$versions_of" 'BEGIN {
        count = split(words, word, " ")
        for (i = 1; i <= count; i++) {
          if (word[i] !~ /[*]/) { print word[i]; continue }
          gsub(/[.+]/, "[&]", word[i])
          gsub(/[*]/, ".*", word[i])
          like[++patterns] = "^" word[i] "$"
        }
      }
      { for (i = 1; i <= patterns; i++) if ($0 ~ like[i]) { print; next } }' "$root/names" | tr '\n' ' ')
    ;;
esac
offered=
if [ "$reached" = yes ]; then offered=$(ask_apt apt-cache $apt_options $only madison $versions_of); fi
printf '%s\n' "$offered" | awk -F ' *[|] *' '$2 != "" { sub(/^ */, "", $1); print "version", $1, $2 }'

# What packages say of themselves, a line for each version: `drives NAME VERSION DEVICE...` of those that list devices, and
# `depends NAME VERSION DEPENDENCY`.
if [ -n "${depends_of-}${drives-}" ] && [ -n "$offered" ]; then
  names=$(printf '%s\n' "$offered" | awk -F ' *[|] *' '$2 != "" && !seen[$1]++ { print $1 }')
  ask_apt apt-cache $apt_options $only show $names >"$root/records"
  awk -v depends="${depends_of-}" -v drives="${drives-}" 'BEGIN {
      wanted = split(depends, like, " ")
      for (i = 1; i <= wanted; i++) {
        gsub(/[.+]/, "[&]", like[i])
        gsub(/[*]/, ".*", like[i])
      }
      devices = split(drives, device, " ")
    }
    function tell(line, i, j, count, need) {
      if (name != "" && devices > 0 && aliases != "") {
        line = "drives " name " " version
        for (i = 1; i <= devices; i++) if (index(toupper(aliases), toupper(device[i]))) line = line " " device[i]
        print line
      }
      for (i = 1; i <= wanted; i++) {
        if (name !~ ("^" like[i] "$")) continue
        count = split(needs, need, / *, */)
        for (j = 1; j <= count; j++) print "depends", name, version, need[j]
        break
      }
      name = version = aliases = needs = ""
    }
    /^$/ { tell(); next }
    /^[^ ]/ { field = tolower($1) }
    field == "package:" { name = $2 }
    field == "version:" { version = $2 }
    field == "modaliases:" { aliases = aliases $0 }
    field == "depends:" { sub(/^[^ ]*: */, ""); needs = needs $0 }
    END { tell() }' "$root/records"
fi

# Printing the addresses is all that apt then does; before that it says versions, removals and sizes. --assume-no alone
# would not do: where nothing comes but what was named, apt asks nothing and installs.
if [ -n "$simulate" ] && [ "$reached" = yes ]; then
  apt-get -q $apt_options --no-install-recommends --allow-downgrades --allow-change-held-packages --assume-no \
    --print-uris -V install $simulate >"$root/simulated" 2>&1 || apt_itself
  as_host <"$root/simulated" | sed 's/^/apt /'
fi
:
