# Which containers run now. Asks the init first: a client would wake a stopped daemon, or hang on a wedged one. `ask` is of
# shell/frame.ts: a daemon that runs and does not answer is not one without containers.
[ -S /var/run/docker.sock ] || exit 0
if [ -d /run/systemd/system ]; then
  if ! ask 0,3,4 systemctl is-active --quiet docker.service; then
    # Another unit may run it, or nobody's. A pid file that was left behind names some other process.
    pid=
    if [ -r /var/run/docker.pid ]; then read -r pid _ </var/run/docker.pid || :; fi
    case $(cat "/proc/${pid:-none}/comm" 2>/dev/null) in dockerd) ;; *) exit 0 ;; esac
  fi
else
  # A daemon that was killed leaves its socket.
  pid=
  if [ -r /var/run/docker.pid ]; then read -r pid _ </var/run/docker.pid || :; fi
  [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || exit 0
fi
command -v docker >/dev/null 2>&1 || exit 0
echo "live-restore $(timeout 20 docker -H unix:///var/run/docker.sock info --format '{{.LiveRestoreEnabled}}')"
ids=$(ask 0 timeout 20 docker -H unix:///var/run/docker.sock ps -q --no-trunc)
[ -n "$ids" ] || exit 0
# shellcheck disable=SC2086
# 1: one of them has ended meanwhile.
ask 0,1 timeout 20 docker -H unix:///var/run/docker.sock inspect --format 'container {{.Id}} {{.Name}} {{.Config.Image}} {{.HostConfig.RestartPolicy.Name}}' $ids
:
