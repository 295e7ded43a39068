# The same GPUs inside a container as outside, by every way in. Expects: images (names, the likeliest first).
# shellcheck shell=sh disable=SC2154,SC2034,SC2086
need_docker
need_gpus
need_image $images

# way NAME ARGUMENTS...: the GPUs that a container sees that is run with these.
way() {
  name=$1
  shift
  # Only nvidia-smi runs, which the driver itself brings: what CUDA the image is for does not matter.
  if try -e NVIDIA_DRIVER_CAPABILITIES=compute,utility -e NVIDIA_DISABLE_REQUIRE=1 "$@" "$image" nvidia-smi -L; then
    echo "way $name ok"
    lines "gpu $name" "$work/out"
  else
    echo "way $name failed"
    lines "said $name" "$work/out" "$work/err"
  fi
}
way gpus --gpus all
index=0
if [ "$(grep -c '^GPU ' "$work/host")" -gt 1 ]; then index=1; fi
echo "one $index"
way one --gpus "\"device=$index\""
case " $runtimes " in *' nvidia '*) way runtime --runtime=nvidia -e NVIDIA_VISIBLE_DEVICES=all ;; esac
if [ "$default_runtime" = nvidia ]; then way default -e NVIDIA_VISIBLE_DEVICES=all; fi
# Whole, for a Docker of before 25 does not know the word.
case $(ask 0 timeout 30 docker info --format '{{json .}}') in *'"CDISpecDirs":["'*) way cdi --device nvidia.com/gpu=all ;; esac
