# The person's groups, by the files and as their running sessions have them; and where their client asks.
# shellcheck disable=SC2154
know_person
say home "$home"
about member,group,process
group=$(ask 0,2 getent group docker)
say group "$group"
about member,groups
say groups "$(ask 0 id -- "$person")"
member=no
if in_group "$group" "$(ask 0 id -G -- "$person")"; then member=yes; fi
say member "$member"
# Processes of the person's, but for those of containers, whose file systems are others: there the number is another person's.
about process,environment
ours=$(ask 0 readlink /proc/self/ns/mnt)
if [ -n "$uid" ] && [ "$uid" != 0 ]; then
  for folder in /proc/[0-9]*; do
    owner=
    groups=
    while read -r key first rest; do
      case $key in
        # What runs as another by now, as sudo does, is not the person's any more.
        Uid:) case $rest in "$first"[!0-9]*) owner=$first ;; esac ;;
        Groups:) groups="$first $rest" && break ;;
      esac
    done 2>/dev/null <"$folder/status" # It may have ended.
    [ "$owner" = "$uid" ] || continue
    first_line "$folder/comm"
    name=$line
    case $name in '(sd-pam)' | sd-pam) continue ;; esac
    # The process may have ended meanwhile.
    [ "$(readlink "$folder/ns/mnt" 2>/dev/null)" = "$ours" ] || continue
    has=yes
    if ! in_group "$group" "$groups"; then
      # The group may also be the one that newgrp made the first.
      first_group=$(sed -n 's/^Gid:[[:blank:]]*\([0-9]*\).*/\1/p' "$folder/status" 2>/dev/null) # It may have ended.
      in_group "$group" "$first_group" || has=no
    fi
    printf 'process %s %s %s\n' "${folder##*/}" "$has" "$name"
    # It may have ended.
    tr '\000' '\n' <"$folder/environ" 2>/dev/null | ask 0,1 grep -E '^DOCKER_(HOST|CONTEXT)=.' | ask 0 sed "s|^|environment ${folder##*/} $name |"
  done
fi
say uid "$uid"
if [ -n "$uid" ] && [ -S "/run/user/$uid/docker.sock" ]; then say rootless.socket "/run/user/$uid/docker.sock"; fi
if [ -e "$home/.config/systemd/user/docker.service" ]; then say rootless.unit "$home/.config/systemd/user/docker.service"; fi
