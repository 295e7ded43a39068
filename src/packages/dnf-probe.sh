# Asks dnf what its repositories offer and what a transaction would be, with configuration, cache and logs of its own: the
# host's stay as they are. Expects: root and tmp (question-root.sh), major (4 or 5), arch (rpm's word), id and repository (a section of a .repo file; both may be empty),
# key, same (a pattern or empty, of address.sh), versions_of, simulate (what to install), leaving (what to remove with it), names (of both: locks of
# their versions do not count), erasing (yes where packages that conflict may go). May have: streams
# (MODULE:STREAM, as if they were enabled; none of the module where STREAM is empty), streams_of (modules whose streams are wanted:
# what is offered is then told whatever its stream), depends_of (names whose dependencies are wanted). A * in a name stands for anything. `ask` is of shell/frame.ts: where dnf answers nothing,
# whatever it is asked, that is no word of a repository.
# shellcheck shell=sh disable=SC2154,SC2086
# Free space where packages are fetched to, where most of their files go, and where this question is worked out.
free() { df -Pk "$2" | awk -v use="$1" 'NR == 2 { print "free", use, $4, $6 }'; }
free fetch /var/cache
free files /usr
free asking "$tmp"
mkdir -p "$root/repos.d" "$root/cache" "$root/log" "$root/persist"

# The host's own repositories, without those for the one in question. Where each of them is configured is told, since dnf names only
# what it calls them: `section ID ADDRESS FILE NAME`.
for file in /etc/yum.repos.d/*.repo /etc/yum/repos.d/*.repo /etc/distro.repos.d/*.repo /usr/share/dnf5/repos.d/*.repo; do
  [ -f "$file" ] || continue
  same=$same awk -v id="$id" "$plain_address"'function tell() { if (!ours) printf "%s", section; section = ""; ours = addresses = 0 }
    /^[ \t]*\[/ { tell() }
    { section = section $0 "\n" }
    id != "" && /^[ \t]*\[/ { head = $0; gsub(/^[ \t]*\[[ \t]*|[ \t]*\].*$/, "", head); if (head == id) ours = 1 }
    /^[ \t]*[#;]/ { next }
    # They may go on over indented lines.
    /^[^ \t]/ || /^[ \t]*[A-Za-z_]+[ \t]*=/ { addresses = 0 }
    /^[ \t]*(baseurl|metalink|mirrorlist)[ \t]*[=:]/ { addresses = 1 }
    addresses {
      text = $0
      sub(/^[ \t]*(baseurl|metalink|mirrorlist)[ \t]*[=:]/, "", text)
      count = split(text, uris, /[ \t\r,]+/)
      for (i = 1; i <= count; i++) if (is_same(uris[i])) ours = 1
    }
    END { tell() }' "$file" >"$root/repos.d/${file##*/}"
  awk -v file="$file" 'function tell() { if (head != "" && on) print "section", head, (address == "" ? "-" : address), file, name }
    /^[ \t]*\[/ { tell(); head = $0; gsub(/^[ \t]*\[[ \t]*|[ \t]*\].*$/, "", head); name = ""; address = ""; on = 1 }
    /^[ \t]*name[ \t]*=/ { name = $0; sub(/^[^=]*=[ \t]*/, "", name) }
    /^[ \t]*(baseurl|metalink|mirrorlist)[ \t]*=/ { address = $0; sub(/^[^=]*=[ \t]*/, "", address); sub(/[ \t,].*/, "", address) }
    /^[ \t]*enabled[ \t]*=[ \t]*(0|[Ff]alse|[Nn]o|[Oo]ff)/ { on = 0 }
    END { tell() }' "$root/repos.d/${file##*/}" | head -n 100
done

# Its log of past transactions is not asked; subscription-manager would write its file of repositories anew.
if [ "$major" = 5 ]; then
  cache=/var/cache/libdnf5 locks=/etc/dnf/versionlock.toml unfiltered='--setopt=disable_excludes=*'
  own='--disable-plugin=actions --disable-plugin=appstream'
else
  cache=/var/cache/dnf locks=/etc/dnf/plugins/versionlock.list unfiltered=--disableexcludes=all
  own="--setopt=persistdir=$root/persist --setopt=countme=False --disableplugin=subscription-manager,product-id"
fi

# What the host has fetched is not fetched again. Second names of the same files, but for those that dnf writes into.
if [ -d "$cache" ]; then
  cp -al "$cache/." "$root/cache/" 2>/dev/null || cp -a "$cache/." "$root/cache/" 2>/dev/null
  rm -rf "$root"/cache/*/packages
  find "$root/cache" -type f \( -name 'repomd.xml*' -o -name 'metalink*' -o -name 'mirrorlist*' -o -name '*.json' -o -name '*.pid' -o -name '*.lock' \) |
    while IFS= read -r file; do cp -p "$file" "$root/own" && mv -f "$root/own" "$file"; done
fi

options="--setopt=reposdir=$root/repos.d --setopt=cachedir=$root/cache --setopt=logdir=$root/log --setopt=install_weak_deps=False
 --setopt=clean_requirements_on_remove=False --setopt=keepcache=False --setopt=timeout=15 --setopt=retries=1 --setopt=skip_if_unavailable=True $own"
# What the host's configuration says of that repository elsewhere (a section of dnf.conf, an override of dnf 5) counts for nothing here.
# Only where its section stands: dnf 5 refuses settings of a repository that there is not.
# A line each: whatever an address may hold, it is one word.
: >"$root/ours"
if [ -n "$id" ]; then
  {
    printf -- '--setopt=%s\n' "$id.mirrorlist=" "$id.metalink=" "$id.gpgkey=file://$root/key.asc"
    printf '%s\n' "$repository" | sed -n "s/^\(baseurl\|enabled\|gpgcheck\|repo_gpgcheck\)=/--setopt=$id.&/p"
  } >"$root/ours"
fi

# Locks of what is installed are lifted for a transaction; others count. This process alone sees the file of locks without them.
names=$(for name in $names; do rpm -q "$name" >/dev/null 2>&1 && printf '%s ' "$name"; done)
if [ -f "$locks" ]; then
  if [ "$major" = 5 ]; then
    awk -v names=" $names " 'function tell() { if (!ours) printf "%s", section; section = ""; ours = 0 }
      /^\[\[packages\]\]/ { tell() }
      { section = section $0 "\n" }
      /^name *=/ { name = $0; gsub(/^name *= *"|" *$/, "", name); if (index(names, " " name " ")) ours = 1 }
      END { tell() }' "$locks" >"$root/locks"
  else
    awk -v names=" $names " '{ name = $0; sub(/-[^-]*-[^-]*$/, "", name) } !index(names, " " name " ")' "$locks" >"$root/locks"
  fi
fi
# The same of the streams of modules.
modules=/etc/dnf/modules.d
if [ -n "${streams-}" ] && [ -d "$modules" ]; then
  cp -a "$modules" "$root/modules"
  for one in $streams; do
    module=${one%%:*}
    if [ -n "${one#*:}" ]; then state=enabled; else state=; fi
    printf '[%s]\nname=%s\nstream=%s\nprofiles=\nstate=%s\n' "$module" "$module" "${one#*:}" "$state" >"$root/modules/$module.module"
  done
fi
# Where nobody may mount, as in a container, streams are put aside instead.
aside=
if [ -d "$root/modules" ] && [ -n "$id" ] && ! unshare --mount true 2>/dev/null; then aside="--setopt=$id.module_hotfixes=True"; fi
# dnf_as_if SECONDS ARGUMENT...: dnf with what is said of that repository, without the locks that will be lifted, and with the streams that
# will be enabled.
dnf_as_if() {
  seconds=$1
  shift
  while IFS= read -r word; do set -- "$word" "$@"; done <"$root/ours"
  set -- -- timeout "$seconds" dnf "$@"
  if [ -d "$root/modules" ]; then set -- "$root/modules" "$modules" "$@"; fi
  if [ -s "$locks" ] && ! cmp -s "$locks" "$root/locks"; then set -- "$root/locks" "$locks" "$@"; fi
  if [ "$1" != -- ] && unshare --mount true 2>/dev/null; then
    # shellcheck disable=SC2016 # it is expanded there, not here
    unshare --mount --propagation private sh -c 'while [ "$1" != -- ]; do mount --bind "$1" "$2" && shift 2 || exit 1; done
      shift && exec "$@"' sh "$@"
  else
    while [ "$1" != -- ]; do shift; done
    shift
    "$@"
  fi
}

# Paths of this question's own files in what dnf says, as the host has them.
as_host() {
  sed -e "s|$root/repos\.d/zz-asked\.repo|the entry for the repository that is asked|g" -e "s|$root/repos\.d/|/etc/yum.repos.d/|g" \
    -e "s|$root/cache|$cache|g"
}
# complaints: what dnf said of the last question.
complaints() { sed -n 's/^ *\([^ ].*\)/said \1/p' "$root/asking" | tail -n 12 | as_host; }
# After something failed: whether it was dnf itself that could not: its configuration, or rpm's database. If so, this
# question fails with its words. Nothing is fetched for it.
dnf_itself() {
  ask 0 timeout 60 dnf $options --cacheonly -q repolist </dev/null 2>"$root/words" >/dev/null
  asked=$?
  as_host <"$root/words" >&2
  return "$asked"
}

reached=yes
only=
if [ -n "$id" ]; then
  printf '%s' "$key" >"$root/key.asc"
  printf '%s\ngpgkey=file://%s\n' "$repository" "$root/key.asc" >"$root/repos.d/zz-asked.repo"
  only="--repo=$id"
  dnf_as_if 120 $options $only --setopt="$id.skip_if_unavailable=False" --refresh -y makecache </dev/null >"$root/update" 2>&1 || reached=no
  printf 'reached %s\n' "$reached"
  if [ "$reached" = no ]; then
    tail -n 16 "$root/update" | sed 's/^ */said /' | as_host
    rm -f "$root/repos.d/zz-asked.repo"
    only=
    dnf_itself
  fi
fi

if [ "$reached" = yes ] && [ -n "${streams_of-}" ]; then
  # A status other than 0 also says that there is no such module.
  if dnf_as_if 120 -q $options $only module list $streams_of </dev/null >"$root/streams" 2>"$root/asking"; then
    awk -v names=" $streams_of " 'index(names, " " $1 " ") { print "stream", $1, $2 }' "$root/streams"
  else
    complaints
    dnf_itself
  fi
fi
every=
if [ -n "${streams_of-}" ] && [ -n "$id" ]; then every="--setopt=$id.module_hotfixes=True"; fi
if [ "$reached" = yes ] && [ -n "$versions_of" ]; then
  # Names are no files, though they may have a * in them.
  set -f
  dnf_as_if 300 -q $options $only $every repoquery --available "--arch=$arch,noarch" --qf 'version %{name} %{evr}\n' $versions_of \
    </dev/null >"$root/offered" 2>"$root/asking" || dnf_itself
  grep '^version ' "$root/offered" || complaints
  # What is there, and excluded by the host's configuration, is not what nobody offers.
  missing=$(for name in $versions_of; do case $name in *'*'*) continue ;; esac; grep -q "^version $name " "$root/offered" || printf '%s ' "$name"; done)
  set +f
  if [ -n "$missing" ]; then
    dnf_as_if 300 -q $options $only $every "$unfiltered" repoquery --available "--arch=$arch,noarch" --qf 'excluded %{name}\n' $missing \
      </dev/null 2>/dev/null | grep '^excluded ' | sort -u >"$root/excluded" || :
    if [ -s "$root/excluded" ]; then
      cat "$root/excluded"
      grep -EHs '^[[:space:]]*(exclude|excludepkgs|includepkgs)[[:space:]]*=' /etc/dnf/dnf.conf /etc/yum.repos.d/*.repo /etc/dnf/repos.override.d/*.repo /etc/dnf/libdnf5.conf.d/*.conf |
        head -n 8 | sed 's/^/excluding /'
    fi
  fi
fi

if [ "$reached" = yes ] && [ -n "${depends_of-}" ]; then
  # A line for each dependency: `depends NAME VERSION DEPENDENCY`.
  set -f
  if dnf_as_if 300 -q $options $only $every repoquery --available "--arch=$arch,noarch" --qf 'depends %{name} %{evr}\n%{requires}\n' $depends_of \
    </dev/null >"$root/depends" 2>"$root/asking"; then
    awk '/^depends / { head = $0; next } NF > 0 { print head, $0 }' "$root/depends"
  else
    complaints
    dnf_itself
  fi
  set +f
fi

if [ "$reached" = yes ] && [ -n "$simulate$leaving" ]; then
  if [ "$erasing" = yes ]; then erasing=--allowerasing; else erasing=; fi
  if [ -z "$simulate" ]; then
    set -- remove $leaving
  elif [ -z "$leaving" ]; then
    set -- install $erasing $simulate
  elif [ "$major" = 5 ]; then
    set -- 'do' $erasing --action=remove $leaving --action=install $simulate
  else
    # It does both at once only as a shell.
    printf 'remove %s\ninstall %s\nrun\n' "$leaving" "$simulate" >"$root/exchange"
    set -- --allowerasing shell "$root/exchange"
  fi
  # Its status is 1 also where it is only told not to begin.
  dnf_as_if 300 $options $aside --assumeno "$@" </dev/null >"$root/simulated" 2>&1
  grep -q '^Transaction Summary\|^Nothing to do' "$root/simulated" || dnf_itself
  as_host <"$root/simulated" | sed 's/^/dnf /'
fi
:
