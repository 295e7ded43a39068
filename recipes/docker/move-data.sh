# Functions that move Docker's data to another folder, for the scripts of plans. What is there stays as it is: a copy is made.
# shellcheck shell=sh disable=SC2154

# docker_lists: what Docker has, a line each; for who sees whether all of it is there again.
docker_lists() {
  set -- timeout 60 docker -H unix:///var/run/docker.sock
  "$@" ps -aq --no-trunc >"$run/docker-list" && "$@" images -aq --no-trunc >>"$run/docker-list" && "$@" volume ls -q >>"$run/docker-list" || return
  sort -u "$run/docker-list"
}

# refuse_running: containers that outlive Docker (live-restore) would write while their files are copied.
refuse_running() {
  docker_runs || return 0
  running=$(timeout 20 docker -H unix:///var/run/docker.sock ps -q) ||
    fail 'Docker runs and does not say which containers do, so its data cannot be moved' 'see why it does not answer, then run fitout again'
  if [ -z "$running" ] || [ "$(timeout 20 docker -H unix:///var/run/docker.sock info --format '{{.LiveRestoreEnabled}}')" != true ]; then return 0; fi
  fail 'containers run, and live-restore keeps them running while Docker stands still, so its data cannot be moved' \
    "stop them (docker stop $(printf '%s' "$running" | tr '\n' ' ')), then run fitout again"
}

# move_docker_data FROM TO...: pairs of folders. Docker stops, and what is in the first comes into the second, too. As long as not all is copied there is
# a mark in each of the latter: only what is marked is ever removed. Whatever fails, Docker starts with the data of before.
move_docker_data() {
  refuse_running
  if docker_runs; then
    docker_lists >"$run/docker-had" ||
      fail 'Docker does not list what it has, so nobody could see whether all of it arrives' 'see why it does not answer, then run fitout again'
  fi
  stop_docker
  if [ $# -gt 2 ]; then
    note_service containerd.service
    systemctl stop containerd.service
    if systemctl is-active --quiet containerd.service; then
      not_moved 'containerd was told to stop, and still runs' 'see what starts it: systemctl status containerd'
    fi
  fi
  copies=
  while [ $# -gt 0 ]; do
    copy_data "$1" "$2" || not_moved "$1 could not be copied to $2" 'see what cp says above, and df -h'
    copies="$copies $2"
    shift 2
  done
  for folder in $copies; do rm -f "$folder/.fitout-copying"; done
}

# not_moved REASON REMEDY: Docker starts with its data of before, and the run ends.
not_moved() {
  restart_docker || fail "$1, and Docker does not start with its data of before" 'see journalctl -u docker'
  fail "$1; Docker runs with its data of before" "$2"
}

# copy_data FROM TO
copy_data() {
  if [ -e "$2/.fitout-copying" ]; then
    printf '%s note a copy in %s was begun and not finished: it is made again\n' "$mark" "$2"
    find "${2:?}" -xdev -mindepth 1 ! -name lost+found -delete || return
  fi
  make_folder "$2"
  for there in "$2"/* "$2"/.[!.]*; do
    if [ -e "$there" ] && [ "$there" != "$2/lost+found" ]; then
      echo "$there is in the way: $2 has to be empty" >&2
      return 1
    fi
  done
  : >"$2/.fitout-copying" || return
  chown --reference="$1" "$2" && chmod --reference="$1" "$2" || return
  all=$(du -sxk "$1") && free=$(free_kib "$2") || return
  all=${all%%[!0-9]*}
  # -a takes what it can of attributes; overlay's have to arrive.
  cp -ax --preserve=xattr "$1/." "$2/" &
  copying=$!
  seconds=0
  while kill -0 "$copying" 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    if [ $((seconds % 10)) -eq 0 ]; then
      now=$(free_kib "$2") || now=$free
      printf '%s note copied about %s of %s MB of %s\n' "$mark" "$(((free - now) / 1024))" "$((all / 1024))" "$1"
    fi
  done
  wait "$copying" || return
  if ! here=$(entries "$1") || ! there=$(entries "$2") || [ "$here" != "$there" ]; then
    echo "the copy in $2 is not what is in $1" >&2
    return 1
  fi
  sync
  journal "copied $1 $2"
  printf '%s note %s is copied and checked; the data of before stay in it, and take up %s MB: rm -rf %s once you need them no more\n' "$mark" "$1" "$((all / 1024))" "$1"
}

free_kib() { df -Pk "$1" | { read -r _ && read -r _ _ _ kib _ && printf '%s\n' "$kib"; }; }

# entries FOLDER: a sum over the names, kinds, owners, modes, sizes and targets of all that is in it. Sizes of folders are their file system's affair.
entries() {
  (cd "$1" && find . -xdev ! -name .fitout-copying ! -name lost+found \( -type d -printf '%p %y %U %G %m\n' -o -printf '%p %y %U %G %m %s %l\n' \) >"$run/entries") || return
  LC_ALL=C sort -o "$run/entries" "$run/entries" && sha256sum <"$run/entries" && rm -f "$run/entries"
}

# refuse_loss: what Docker had before its data moved it shows now.
refuse_loss() {
  [ -e "$run/docker-had" ] || return 0
  if docker_lists >"$run/docker-has" && LC_ALL=C comm -23 "$run/docker-had" "$run/docker-has" >"$run/docker-lost" && [ ! -s "$run/docker-lost" ]; then
    return 0
  fi
  if ! put_back_config || ! restart_docker; then
    fail 'Docker does not show all that it had, and does not start with its data of before' 'see journalctl -u docker'
  fi
  fail 'Docker did not show all of its containers, images and volumes in the new folder; it runs with its data of before' \
    "what is missing is in $run/docker-lost"
}
