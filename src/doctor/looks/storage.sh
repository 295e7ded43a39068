# Room and file systems; `folders`: those of services, besides the system's, and `service_folders` adds those that only the host knows.
# shellcheck disable=SC2154
service_folders
mounts=''
folders="/ /boot /var /var/lib $folders"
for folder in $folders /tmp; do
  [ -d "$folder" ] || continue
  about space
  line=$(ask 0 limited 10 df -P -k "$folder" | ask 0 sed 1d)
  say space "${line:+$folder $line}"
  mounts="$mounts ${line##*% }"
  about inodes
  ask 0 limited 10 df -P -i "$folder" | ask 0 sed 1d | each "inodes $folder"
done
# Of several at one place the last is the one that is seen.
while read -r device mounted type options _; do
  case " $folders$mounts " in *" $mounted "*) say mount "$mounted $type ${options%%,*} $device" ;; esac
done </proc/mounts
