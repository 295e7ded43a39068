# What a person's own files say of Docker's client. It runs as that person: whatever a home holds is read with no more rights than its owner has.
# Every line printed is `key value`. Programs run by `ask` (shell/frame.ts), so that what one said that failed is heard.
# shellcheck shell=sh

# The variables by which the client is led elsewhere, or made to fail. Source: docker/cli, docs/reference/commandline/docker.md.
# shellcheck disable=SC2034
docker_variables='DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG DOCKER_TLS DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION'

# Those by which it wants other images than this machine's own: of another processor, or with a signature. Source: the same.
# shellcheck disable=SC2034
image_variables='DOCKER_DEFAULT_PLATFORM DOCKER_CONTENT_TRUST'

# where_set NAME...: the lines of start-up files that give these variables a value, as `set-in NAME FILE:LINE:TEXT`.
where_set() {
  if [ $# -eq 0 ]; then return 0; fi
  about set-in
  names=$(echo "$*" | ask 0 tr ' ' '|')
  for file in /etc/environment /etc/security/pam_env.conf /etc/profile /etc/profile.d/* /etc/bash.bashrc /etc/bashrc /etc/zshenv /etc/zshrc \
    /etc/zprofile /etc/zsh/* /etc/csh.* /etc/fish/config.fish /etc/fish/conf.d/* /etc/ssh/sshd_config /etc/ssh/sshd_config.d/* \
    "$HOME"/.[!.]* "$HOME/.ssh/environment" "$HOME"/.config/environment.d/* "$HOME"/.config/fish/config.fish "$HOME"/.config/fish/conf.d/* \
    "$HOME"/.config/fish/fish_variables "$HOME"/.config/zsh/.z*; do
    case $file in *history* | *~ | *.swp | *.dpkg-*) continue ;; esac
    if [ ! -f "$file" ] || [ ! -r "$file" ]; then continue; fi
    ask 0 head -c 262144 "$file" | ask 0,1 grep -anE -e \
      "^([^#]*([;&|{]|then|else|do)[[:blank:]]*|[[:blank:]]*)((export|declare|typeset|readonly|local)[[:blank:]]+(-[a-z]+[[:blank:]]+)*|SetEnv[[:blank:]](.*[[:blank:]])?)?($names)(=|[[:blank:]]+DEFAULT=)[^[:blank:]]" -e \
      "^[^#]*(setenv|set[[:blank:]]+-[A-Za-z-]+)[[:blank:]]+(-[A-Za-z-]+[[:blank:]]+)*($names)[[:blank:]]+[^[:blank:]]" -e "^SETUVAR .*($names):" |
      ask 0 sed -n 1,8p | ask 0 cut -c 1-300 | while IFS= read -r line; do
      for variable in "$@"; do
        case $line in *"$variable"[=:[:blank:]]*) printf 'set-in %s %s:%s\n' "$variable" "$file" "$line" && break ;; esac
      done
    done
  done
}

# asks_terminal FILES...: whether one of these start-up files does something only at a terminal, which a trial has not.
asks_terminal() {
  signs='^[^#]*([[:blank:]]-t[[:blank:]]*[012]|(^|[^[:alnum:]_.(-])(tty[[:blank:]]+-s|tty[[:blank:]]*[|&>;]|tty[[:blank:]]*$|isatty)|[[][^]]*[$][{]?(SSH_)?TTY|[$][?]prompt)'
  for file in "$@"; do
    if [ -f "$file" ] && [ -r "$file" ] && ask 0 head -c 262144 "$file" | ask 0,1 grep -aqE "$signs"; then return 0; fi
  done
  return 1
}

# at_terminal NAMES...: the lines of start-up files that may well give these variables, which are not set here, a value at a terminal: as where_set
# prints them, with `at-terminal` before.
at_terminal() {
  own_asks=''
  if asks_terminal "$HOME"/.bashrc "$HOME"/.bash_profile "$HOME"/.bash_login "$HOME"/.bash_aliases "$HOME"/.profile "$HOME"/.login "$HOME"/.[ckt]*shrc \
    "$HOME"/.z* "$HOME"/.config/fish/config.fish "$HOME"/.config/fish/conf.d/* "$HOME"/.config/zsh/.z*; then own_asks=yes; fi
  if [ -z "$own_asks" ] && ! asks_terminal /etc/profile /etc/profile.d/* /etc/bash.bashrc /etc/bashrc /etc/z* /etc/zsh/* /etc/csh.* /etc/fish/config.fish \
    /etc/fish/conf.d/*; then return 0; fi
  where_set "$@" | while IFS= read -r line; do
    file=${line#set-in * }
    if [ -n "$own_asks" ] || asks_terminal "${file%%:*}"; then printf 'at-terminal %s\n' "${line#set-in }"; fi
  done
  # What is an alias here is told by the shell itself.
  if [ -n "$own_asks" ] && [ ! -s "${typed_words-}" ]; then aliased | sed 's/^aliased /at-terminal docker /'; fi
}

# aliased: the lines of the person's own files that make `docker` an alias or a function.
aliased() {
  about aliased
  for file in "$HOME"/.[!.]* "$HOME"/.config/fish/config.fish "$HOME"/.config/fish/conf.d/* "$HOME"/.config/fish/functions/docker.fish /etc/profile.d/*; do
    case $file in *history* | *~ | *.swp | *.dpkg-*) continue ;; esac
    if [ ! -f "$file" ] || [ ! -r "$file" ]; then continue; fi
    ask 0 head -c 262144 "$file" |
      ask 0,1 grep -anE '^([^#]*([;&|{]|then|else|do)[[:blank:]]*|[[:blank:]]*)(alias[[:blank:]]+(-g[[:blank:]]+)?docker[=[:blank:]]|(function[[:blank:]]+)?docker[[:blank:]]*\(\)|function[[:blank:]]+docker([[:blank:];{]|$))' |
      ask 0 sed -n 1,2p | ask 0 cut -c 1-300 | while IFS= read -r line; do printf 'aliased %s:%s\n' "$file" "$line"; done
  done
}

# json_word NAME: the value of a key of text, from standard input in one line.
json_word() { ask 0 sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p"; }

# owner_of FILE: nobody, of a link that leads nowhere.
owner_of() { ask 0,1 stat -L -c %U "$1" || echo '?'; }

# client_config FOLDER: what the client's configuration says, no secret of it, and whether the person can use it.
client_config() {
  about config.folder,config.closed,config.read-only
  # A folder that cannot be entered is told by its own name.
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then return 0; fi
  printf 'config.folder %s %s\n' "$(ask 0 stat -c '%u %U' "$1" || echo '? ?')" "$1"
  if [ ! -d "$1" ] || [ ! -r "$1" ] || [ ! -x "$1" ]; then
    printf 'config.closed %s %s\n' "$(owner_of "$1")" "$1"
    return 0
  fi
  if [ ! -w "$1" ]; then printf 'config.read-only %s %s\n' "$(owner_of "$1")" "$1"; fi
  config=$1/config.json
  if [ -e "$config" ]; then
    if [ ! -f "$config" ] || [ ! -r "$config" ]; then
      printf 'config.closed %s %s\n' "$(owner_of "$config")" "$config"
      return 0
    fi
    about config.context,config.helper
    flat=$(ask 0 head -c 262144 "$config" | ask 0 tr '\n\r\t' '   ')
    context=$(printf '%s\n' "$flat" | json_word currentContext)
    if [ -n "$context" ] && [ "$context" != default ]; then
      meta=$1/contexts/meta/$(printf '%s' "$context" | ask 0 sha256sum | ask 0 cut -d ' ' -f 1)/meta.json
      host=absent
      if [ -f "$meta" ]; then host=$(ask 0 head -c 65536 "$meta" | ask 0 tr '\n' ' ' | json_word Host); fi
      printf 'config.context %s %s %s\n' "$context" "${host:-unknown}" "$config"
    fi
    store=$(printf '%s\n' "$flat" | json_word credsStore)
    if [ -n "$store" ]; then say_helper "$store" "$config" '*'; fi
    printf '%s\n' "$flat" | ask 0 sed -n 's/.*"credHelpers"[[:space:]]*:[[:space:]]*{\([^}]*\)}.*/\1/p' | ask 0 tr ',' '\n' |
      ask 0 sed -n 's/^[[:space:]]*"\([^"]*\)"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1 \2/p' | ask 0 sed -n 1,20p | while read -r registry helper; do
      say_helper "$helper" "$config" "$registry"
    done
  fi
}

# say_helper NAME FILE REGISTRY: for which registry (`*` for all) it is asked, and whether the program that keeps credentials is in PATH.
say_helper() {
  there=missing
  if command -v "docker-credential-$1" >/dev/null 2>&1; then there=found; fi
  printf 'config.helper %s %s %s %s\n' "$1" "$there" "$2" "$3"
}

# plugins_at FOLDER: where Compose and Buildx are, each as `plugin-file NAME MODE FILE`, in the order in which the client looks (plugin-folders.sh).
plugins_at() {
  about place
  own=$(machine_of /proc/self/exe)
  places=$(if [ -f "$1/config.json" ] && [ -r "$1/config.json" ]; then ask 0 head -c 1048576 "$1/config.json"; fi | plugin_folders "$1")
  for plugin in docker-compose docker-buildx; do
    printf '%s\n' "$places" | while IFS= read -r place; do
      file=$place/$plugin
      if [ ! -e "$file" ] && [ ! -L "$file" ]; then continue; fi
      mode=runs
      if [ ! -e "$file" ]; then mode=broken; elif [ ! -x "$file" ]; then mode=not-executable; else
        machine=$(machine_of "$file")
        # A machine of 64 bits runs programs of 32, too, mostly.
        case "$own $machine" in "$own $own" | "$own " | '3e00 0300' | 'b700 2800') ;; *) mode=foreign ;; esac
        # The kernel may have an emulator for it: then it answers. (Root runs nothing to learn that.)
        if [ "$mode" = foreign ] && [ "$(ask 0 id -u)" != 0 ] && ask any timeout 20 "$file" docker-cli-plugin-metadata </dev/null >/dev/null; then mode=runs; fi
      fi
      printf 'plugin-file %s %s %s\n' "$plugin" "$mode" "$file"
    done
  done
}

# machine_of FILE: for which processor a program is, as its ELF header has it; nothing for a script.
machine_of() {
  # What may only be run cannot be read.
  if [ -f "$1" ] && [ -r "$1" ] && [ "$(ask 0 head -c 4 "$1" | ask 0 tail -c 3)" = ELF ]; then
    ask 0 od -An -tx1 -j 18 -N 2 "$1" | ask 0 tr -d ' '
  fi
}
