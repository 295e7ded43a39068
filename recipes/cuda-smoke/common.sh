# What the scripts of the CUDA trials share. Expects: pull and keep (yes or no), limit, pull_limit and run_limit (seconds). Every line that a
# trial prints is `key value`. Whatever it brings, containers and images, goes when it ends; images that were here stay.
# shellcheck shell=sh disable=SC2154,SC2329
PATH=$PATH:/usr/sbin:/sbin:/usr/lib/wsl/lib
export PATH
# A relative one is another folder for each program that is called elsewhere.
case ${TMPDIR-} in /*) if [ ! -d "$TMPDIR" ] || [ ! -w "$TMPDIR" ]; then TMPDIR=/tmp; fi ;; *) TMPDIR=/tmp ;; esac
work=$(ask 0 mktemp -d "$TMPDIR/fitout-trial.XXXXXX") || exit 1
tag=fitout-trial:cuda-$$
began=$(date +%s)
made='' loaded='' pulled='' silent='' image='' count=0
leave() {
  about cleanup
  # shellcheck disable=SC2086
  if [ -n "$made" ]; then ask 0 docker rm -f $made >/dev/null; fi
  if [ -n "$loaded" ]; then ask 0 docker image rm -f "$loaded" >/dev/null; fi
  if [ "$keep" != yes ]; then for one in $pulled; do ask 0 docker image rm "$one" >/dev/null; done; fi
  rm -rf "$work"
}
trap leave EXIT
trap 'exit 130' HUP INT TERM

# within SECONDS: what is left of them since the trial began; at least 10, so that a last word can still be had.
within() {
  left=$(($1 - $(date +%s) + began))
  if [ "$left" -lt 10 ]; then left=10; fi
  echo "$left"
}
# for_run: seconds that one container may run, of those that the trial still has.
for_run() {
  left=$(within "$limit")
  if [ "$left" -gt "$run_limit" ]; then left=$run_limit; fi
  echo "$left"
}

need_docker() {
  need_client
  # shellcheck disable=SC2016
  if ! timeout 30 docker info --format '{{.DefaultRuntime}}' >"$work/default" 2>"$work/error" ||
    ! timeout 30 docker info --format '{{range $name, $_ := .Runtimes}}{{$name}} {{end}}' >"$work/runtimes" 2>"$work/error"; then
    echo 'failed Docker does not say which runtimes it has'
    lines said "$work/error"
    exit 0
  fi
  default_runtime=$(cat "$work/default") runtimes=$(cat "$work/runtimes")
  echo "default-runtime $default_runtime"
  echo "runtimes $runtimes"
}

# What the host itself sees of its GPUs; the trial ends here where that is nothing.
need_gpus() {
  if ! command -v nvidia-smi >/dev/null 2>&1; then
    echo 'host missing'
    exit 0
  fi
  if timeout 120 nvidia-smi -L >"$work/host" 2>&1 && grep -q '^GPU ' "$work/host"; then
    sed 's/^/host-gpu /' "$work/host"
    return 0
  fi
  echo 'host failed'
  # Not every user may read it, and the reason stands in $work/host as well.
  dmesg 2>/dev/null | grep -E 'NVRM|nouveau|Lockdown' | tail -n 10 >"$work/kernel"
  lines said "$work/kernel" "$work/host"
  exit 0
}

# get_image NAME: here, or pulled. A registry that does not answer is asked once.
get_image() {
  if image_here "$1"; then
    image=$1
    echo "image $1"
    return 0
  fi
  [ "$pull" = yes ] || return 1
  case $1 in */*) registry=${1%%/*} ;; *) registry='' ;; esac
  case $registry in *.* | *:* | localhost) ;; *) registry=docker.io ;; esac
  case " $silent " in *" $registry "*) return 1 ;; esac
  status=0
  timeout "$(within "$pull_limit")" docker pull -q "$1" >"$work/pull" 2>&1 || status=$?
  if [ "$status" -eq 0 ]; then
    image=$1 pulled="$pulled $1"
    echo "image $1"
    return 0
  fi
  [ "$status" -ne 124 ] || echo "it was not here within $pull_limit seconds" >>"$work/pull"
  echo "no-image $1"
  lines registry-said "$work/pull"
  grep -qiE 'manifest|not found|denied|unauthorized' "$work/pull" || silent="$silent $registry"
  return 1
}

# An image of the host's own loader, C library and `sleep`: enough for nvidia-smi, which the toolkit brings in with the driver's libraries.
make_image() {
  {
    for program in nvidia-smi sleep; do ldd "$(command -v "$program")"; done
    ldd "$(ldconfig -p | sed -n 's/.*libnvidia-ml\.so\.1 .*=> //p' | head -n 1)"
  } 2>"$work/err" | sed -n 's/.*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p' | grep -v nvidia | sort -u >"$work/files"
  for file in /etc/debian_version /etc/ld.so.conf /etc/ld.so.conf.d; do
    if [ -e "$file" ]; then echo "$file" >>"$work/files"; fi
  done
  mkdir "$work/root" "$work/root/usr" "$work/root/usr/bin"
  cp -L "$(command -v sleep)" "$work/root/usr/bin/sleep"
  # Links are followed, so that nothing else has to come along.
  (cd / && sed 's/^\///' "$work/files" | xargs tar -chf -) 2>>"$work/err" | (cd "$work/root" && tar -xf -) 2>>"$work/err"
  (cd "$work/root" && tar -cf - .) | docker import - "$tag" >"$work/import" 2>>"$work/err" || return 1
  loaded=$tag
  # shellcheck disable=SC2034
  image=$tag
  echo "image-made $(wc -l <"$work/files" | tr -d ' ')"
}

# need_image NAMES...: one of these, else one that is made here; the trial ends where there is none.
need_image() {
  for one in "$@"; do
    if get_image "$one"; then return 0; fi
  done
  if make_image; then return 0; fi
  echo 'failed no image could be made of what the host has'
  lines said "$work/err"
  exit 0
}

# try ARGUMENTS...: docker run, with what it printed in $work/out and $work/err. Standard input is $work/in.
try() {
  count=$((count + 1))
  others=$made
  made="$made fitout-trial-$$-$count"
  [ -e "$work/in" ] || : >"$work/in"
  status=0
  timeout "$(for_run)" docker run --rm -i --name "fitout-trial-$$-$count" --network none "$@" \
    <"$work/in" >"$work/out" 2>"$work/err" || status=$?
  # A client that ends by itself has removed the container.
  if [ "$status" -eq 124 ]; then echo 'it did not end in its time' >>"$work/err"; else made=$others; fi
  return "$status"
}
