# Room and file systems; `folders`: those of services, besides the system's.
# shellcheck disable=SC2154
folders="/ /boot /var /var/lib $folders"
for folder in $folders /tmp; do
  [ -d "$folder" ] || continue
  about space
  ask 0 limited 10 df -P -k "$folder" | ask 0 sed 1d | each "space $folder"
  about inodes
  ask 0 limited 10 df -P -i "$folder" | ask 0 sed 1d | each "inodes $folder"
done
while read -r device mounted type options _; do
  case " $folders " in *" $mounted "*) say mount "$mounted $type ${options%%,*} $device" ;; esac
done </proc/mounts
