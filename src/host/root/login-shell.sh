# Runs a script in the shell that its user types into, after everything that this shell reads at a login. Expects: script, commands (names;
# what each means to that shell is told), start_seconds (seconds for the shell to start). Every line printed before the script's own is `login.…`.
# shellcheck shell=sh disable=SC2154
umask 077
# A relative one is another folder for each program that is called elsewhere.
case ${TMPDIR-} in /*) if [ ! -d "$TMPDIR" ] || [ ! -w "$TMPDIR" ]; then TMPDIR=/tmp; fi ;; *) TMPDIR=/tmp ;; esac
dir=$(ask 0 mktemp -d "$TMPDIR/fitout-login.XXXXXX") || exit 1
# The path is typed into shells that quote differently.
case $dir in
*[!A-Za-z0-9/._-]*)
  rmdir "$dir"
  dir=$(ask 0 mktemp -d /tmp/fitout-login.XXXXXX) || exit 1
  ;;
esac
pid=''
end_group() { if [ -n "$pid" ]; then kill -s "$1" -- "-$pid" 2>/dev/null; fi; }
# shellcheck disable=SC2329,SC2317
leave() {
  end_group KILL
  rm -rf "$dir"
}
trap leave EXIT
trap 'exit 143' HUP INT TERM
say() { [ -z "$2" ] || printf '%s %s\n' "$1" "$2"; }

user=${LOGNAME:-$(ask 0 id -un)}
entry=
if command -v getent >/dev/null 2>&1; then entry=$(ask 0,2 getent passwd -- "$user"); fi
if [ -z "$entry" ]; then
  # By the shell: for grep a name such as CORP\ada is a pattern.
  while IFS= read -r line; do case $line in "$user:"*) entry=$line && break ;; esac; done </etc/passwd
fi
shell=${entry##*:}
shell=${shell:-/bin/sh}
name=${shell##*/}
home=$(printf '%s' "$entry" | cut -d : -f 6)
say login.shell "$shell"
if [ -n "$home" ] && [ ! -d "$home" ]; then say login.no-home "$home"; fi
export SHELL="$shell"
# Start-up files look at it; without a terminal nobody sets it.
export TERM="${TERM:-xterm}"

# What runs inside: everything that start-up files print stays apart from what the script prints.
{
  printf "dir='%s'\ntyped_words=\$dir/typed\n: >>\"\$dir/began\"\nexec >\"\$dir/out\" 2>\"\$dir/err\" </dev/null\n(\n" "$dir"
  printf '%s\nfitout_id=%s\n' "$fitout_ask" "$fitout_id"
  printf '%s\n' "$script"
  # shellcheck disable=SC2016
  printf ')\necho "$?" >"$dir/code"\n'
} >"$dir/script" || exit 1
: >"$dir/out" && : >"$dir/err" && : >"$dir/typed" && : >"$dir/noise"

# attempt INPUT WORDS...: runs them in a session of their own, so that no terminal is taken and nothing that they start stays. Ends them where
# they do not begin the script in time.
attempt() {
  input=$1
  shift
  if command -v setsid >/dev/null 2>&1; then set -- setsid "$@"; fi
  # The shell speaks the login's own languages again; the script in it does not.
  LC_ALL=${fitout_lc_all-} LANGUAGE=${fitout_language-} "$@" <"$input" >"$dir/noise" 2>&1 &
  pid=$!
  latest=$(($(date +%s) + start_seconds))
  while kill -0 "$pid" 2>/dev/null; do
    if [ ! -e "$dir/began" ] && [ "$(date +%s)" -gt "$latest" ]; then
      slow=yes
      break
    fi
    sleep 0.2 2>/dev/null || sleep 1
  done
  # An interactive shell heeds no TERM.
  if [ -n "$slow" ]; then end_group KILL; fi
  status=0
  wait "$pid" 2>/dev/null || status=$?
  end_group KILL
  pid=''
  [ -e "$dir/began" ]
}

line="/bin/sh $dir/script"
slow='' status=0
case $name in
# Nobody types as this user.
nologin | false | true) attempt /dev/null /bin/sh "$dir/script" ;;
*)
  asked=''
  for one in $commands; do
    case $name in
    fish) asked="$asked functions $one >>$dir/typed;" ;;
    csh | tcsh) asked="$asked alias $one >>$dir/typed;" ;;
    # They print no functions.
    dash | ash | busybox | sh) asked="$asked alias $one >>$dir/typed; typeset -f $one >>$dir/typed; command -V $one >>$dir/typed;" ;;
    *) asked="$asked alias $one >>$dir/typed; typeset -f $one >>$dir/typed;" ;;
    esac
  done
  printf '%s %s\nexit\n' "$asked" "$line" >"$dir/input"
  case $name in
  # These take a command only where they are no login shell.
  csh | tcsh) attempt "$dir/input" "$shell" -l ;;
  *)
    set -- -l
    # A dash of before 0.5.11 knows no -l.
    case $name in sh | dash | ash)
      case $(HOME=/nonexistent timeout 10 "$shell" -l -c : </dev/null 2>&1) in *'llegal option'*) set -- ;; esac
      ;;
    esac
    attempt /dev/null "$shell" "$@" -i -c "$asked $line" ||
      # Start-up files that go on in another shell leave it what is on standard input.
      { [ -z "$slow" ] && attempt "$dir/input" "$shell" "$@" -i; }
    ;;
  esac
  if [ ! -e "$dir/began" ]; then
    # One that is not spoken to like these, or that forbids what this needs, may well work for its user.
    if grep -q restricted "$dir/noise"; then name=restricted; fi
    case $name in
    rbash | rzsh | rksh* | rsh | restricted) untried=yes ;;
    sh | dash | ash | bash* | zsh* | ksh* | mksh | lksh | oksh | yash | fish | csh | tcsh) untried='' ;;
    *) untried=yes ;;
    esac
    if [ -n "$untried" ]; then say login.untried "$shell"; elif [ -n "$slow" ]; then say login.slow "$start_seconds"; else say login.ended "$status"; fi
    grep -v 'job control\|terminal process group' "$dir/noise" | tail -n 4 | sed 's/^/login.said /'
    [ -n "$untried" ] || for file in /etc/profile /etc/profile.d/*.sh /etc/bash.bashrc /etc/zsh/zshenv /etc/zsh/zprofile /etc/zsh/zshrc /etc/csh.cshrc /etc/csh.login \
      "$HOME"/.[!.]* "$HOME"/.config/fish/config.fish "$HOME"/.config/fish/conf.d/*.fish; do
      case $file in *history* | *.swp) continue ;; esac
      if [ -f "$file" ] && [ -r "$file" ]; then
        ask 0,1 grep -EHn '^[[:space:]]*((if|\[|\[\[|test|case)[^#]*[;&[:space:]])?(exec[[:space:]]+[^<>0-9[:space:]]|exit([[:space:]]|$)|logout)' "$file"
      fi
    done | head -n 3 | cut -c 1-200 | sed 's/^/login.suspect /'
    attempt /dev/null /bin/sh "$dir/script"
  fi
  ;;
esac
sed '/^[[:space:]]*$/d; s/^/login.typed /' "$dir/typed" | head -n 100 | cut -c 1-1000
cat "$dir/out"
cat "$dir/err" >&2
code=1
if [ -r "$dir/code" ]; then read -r code <"$dir/code"; fi
exit "$code"
