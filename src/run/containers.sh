# Which containers run now. Asks the init first: a client would wake a stopped daemon, or hang on a wedged one.
if [ -d /run/systemd/system ] && ! systemctl is-active --quiet docker.service; then exit 0; fi
[ -S /var/run/docker.sock ] || exit 0
command -v docker >/dev/null 2>&1 || exit 0
echo "live-restore $(timeout 20 docker -H unix:///var/run/docker.sock info --format '{{.LiveRestoreEnabled}}' 2>/dev/null)"
ids=$(timeout 20 docker -H unix:///var/run/docker.sock ps -q --no-trunc 2>/dev/null)
[ -n "$ids" ] || exit 0
# shellcheck disable=SC2086
timeout 20 docker -H unix:///var/run/docker.sock inspect --format 'container {{.Id}} {{.Name}} {{.Config.Image}} {{.HostConfig.RestartPolicy.Name}}' $ids
:
