# All but the hardware: a container goes through NVIDIA's runtime without a GPU. Expects: embedded (base64 of a docker-archive), hello
# (its tag), expect (its one line).
# shellcheck shell=sh disable=SC2154,SC2034
need_docker
case " $runtimes " in
*' nvidia '*) ;;
*)
  echo 'unknown-runtime'
  exit 0
  ;;
esac
load_embedded
loaded=$hello
way() {
  name=$1
  shift
  if try -e NVIDIA_VISIBLE_DEVICES=void "$@" "$hello" && [ "$(cat "$work/out")" = "$expect" ]; then
    echo "way $name ok"
  else
    echo "way $name failed"
    lines "said $name" "$work/out" "$work/err"
  fi
}
way runtime --runtime=nvidia
if [ "$default_runtime" = nvidia ]; then way default; fi
