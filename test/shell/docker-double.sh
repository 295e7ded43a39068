#!/bin/sh
# Stands for docker and nvidia-smi in tests of the CUDA trials: answers in the words of the real ones, as DOUBLE_… says, and writes
# down how it was called. Nothing runs and nothing is pulled.
# shellcheck disable=SC2153
case ${0##*/} in
nvidia-smi)
  if [ "$1" = -L ] && [ -z "$DOUBLE_HOST_ERROR" ]; then
    printf '%s\n' "$DOUBLE_GPUS"
    exit 0
  fi
  case $1 in --query-gpu=compute_cap) printf '9.0\n9.0\n' && exit 0 ;; esac
  # nvidia-smi says what is wrong on standard output.
  printf '%s\n' "$DOUBLE_HOST_ERROR"
  exit 18
  ;;
systemctl)
  echo "systemctl $*" >>"$DOUBLE_LOG"
  exit 0
  ;;
esac
echo "$*" >>"$DOUBLE_LOG"
case "$1 $2" in
'--version ')
  echo 'Docker version 28.2.2, build e6534b4'
  exit 0
  ;;
'version --format')
  [ -z "$DOUBLE_DAEMON_ERROR" ] && echo 28.2.2 && exit 0
  echo "$DOUBLE_DAEMON_ERROR" >&2
  exit 1
  ;;
'info --format')
  case $3 in
  *DefaultRuntime*) echo "${DOUBLE_DEFAULT-nvidia}" ;;
  *Runtimes*) echo "${DOUBLE_RUNTIMES-io.containerd.runc.v2 nvidia runc }" ;;
  '{{json .}}') printf '{"CDISpecDirs":%s}\n' "${DOUBLE_CDI-[\"/etc/cdi\",\"/var/run/cdi\"]}" ;;
  esac
  exit 0
  ;;
'image inspect')
  case " $DOUBLE_HERE " in *" $3 "*) exit 0 ;; esac
  echo "Error response from daemon: No such image: $3" >&2
  exit 1
  ;;
'image rm' | 'rm -f' | 'exec '*) ;;
'pull -q')
  case " $DOUBLE_PULLABLE " in *" $3 "*) exit 0 ;; esac
  echo "$DOUBLE_PULL_ERROR" >&2
  exit 1
  ;;
'import -')
  cat >"$DOUBLE_LOG.tar"
  echo sha256:0123
  exit 0
  ;;
load\ *)
  cat >/dev/null
  exit 0
  ;;
esac
[ "$1" = run ] || [ "$1" = exec ] || exit 0
if [ -n "$DOUBLE_FAIL" ] && echo "$*" | grep -qe "$DOUBLE_FAIL"; then
  printf '%s\n' "$DOUBLE_ERROR" >&2
  exit 125
fi
case $* in *' -d '*) exit 0 ;; esac
[ "$1" = run ] && cat >"$DOUBLE_LOG.stdin"
if [ "$1" = exec ] && [ -n "$DOUBLE_LOST" ] && grep -q daemon-reload "$DOUBLE_LOG"; then
  echo 'Failed to initialize NVML: Unknown Error'
  exit 255
fi
case $* in
*'device="'* | *'"device='*)
  all=$*
  index=${all#*device=}
  printf '%s\n' "${DOUBLE_ONE-$(printf '%s\n' "$DOUBLE_GPUS" | grep "^GPU ${index%%\"*}:" | sed 's/^GPU [0-9]*:/GPU 0:/')}"
  ;;
*nvidia-smi*) printf '%s\n' "${DOUBLE_INSIDE-$DOUBLE_GPUS}" ;;
*) printf '%s\n' "$DOUBLE_OUT" ;;
esac
