# A program on the GPUs in a container. Expects: images (names, the likeliest first), program (its standard input), archs (sm_90 …, or
# nothing); the container's command are the positional parameters.
# shellcheck shell=sh disable=SC2154
need_docker
need_gpus
if [ -z "$archs" ]; then
  archs=$(ask 0 timeout 60 nvidia-smi --query-gpu=compute_cap --format=csv,noheader | sed -n 's/^ *\([0-9]*\)\.\([0-9]\) *$/sm_\1\2/p' | sort -u)
fi
archs=$(printf '%s\n' "$archs" | tr '\n' ' ' | sed 's/ *$//')
echo "archs $archs"
printf '%s' "$program" >"$work/in"
for one in $images; do
  get_image "$one" || continue
  if try --gpus all -e "FITOUT_ARCHS=$archs" "$image" "$@"; then
    echo 'ran ok'
    lines out "$work/out"
    exit 0
  fi
  # An image that wants a newer driver is no failure while there is another.
  grep -q 'unsatisfied condition' "$work/err" || break
  echo "refused $one"
  image=
  cp "$work/err" "$work/refused"
done
if [ -n "$image" ]; then
  echo 'ran failed'
  lines said "$work/out" "$work/err"
elif [ -e "$work/refused" ]; then
  echo 'ran refused'
  lines said "$work/refused"
else
  echo 'ran nothing'
fi
