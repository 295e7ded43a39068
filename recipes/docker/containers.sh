# Which containers run now, behind daemon-runs.sh: a daemon that runs and does not answer is not one without containers.
# shellcheck disable=SC2154
[ "$docker_runs" = yes ] || exit 0
command -v docker >/dev/null 2>&1 || exit 0
ask 0 roots_program docker || exit
echo "live-restore $(timeout 20 docker -H unix:///var/run/docker.sock info --format '{{.LiveRestoreEnabled}}')"
ids=$(ask 0 timeout 20 docker -H unix:///var/run/docker.sock ps -q --no-trunc)
[ -n "$ids" ] || exit 0
# shellcheck disable=SC2086
# 1: one of them has ended meanwhile.
ask 0,1 timeout 20 docker -H unix:///var/run/docker.sock inspect --format 'container {{.Id}} {{.Name}} {{.Config.Image}} {{.HostConfig.RestartPolicy.Name}}' $ids
:
