# A running container keeps its GPUs while systemd reads its units anew. As root. Expects: images.
# shellcheck shell=sh disable=SC2154,SC2034,SC2086
need_docker
need_gpus
if [ ! -d /run/systemd/system ]; then
  echo 'no-systemd'
  exit 0
fi
need_image $images
name=fitout-trial-$$
made=$name
if ! timeout "$(for_run)" docker run -d --name "$name" --network none --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility \
  -e NVIDIA_DISABLE_REQUIRE=1 "$image" sleep 600 >/dev/null 2>"$work/err"; then
  echo 'start failed'
  lines said "$work/err"
  exit 0
fi
look() {
  if timeout 120 docker exec "$name" nvidia-smi -L >"$work/$1" 2>&1; then
    lines "$1" "$work/$1"
  else
    echo "$1-failed"
    lines said "$work/$1"
  fi
}
look before
if ! timeout 60 systemctl daemon-reload 2>"$work/err"; then
  echo 'reload failed'
  lines said "$work/err"
fi
# The rules of the cgroups are written when systemd gets to them, a moment later.
sleep 3
look after
