# Runs the tests of the folders named for linux/arm64 under qemu-user.
#
# Tests start their own program once more, which is for arm64, too. So the kernel is
# told what runs such files: by binfmt_misc in a user namespace of this script's own
# (Linux 6.7 or later), so that nothing of it is left behind.
set -euo pipefail
if ! qemu=$(command -v qemu-aarch64); then
  echo "there is no qemu-aarch64: apt-get install qemu-user" >&2
  exit 1
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for folder in "$@"; do
  echo "$folder for linux/arm64 under qemu-aarch64"
  GOOS=linux GOARCH=arm64 CGO_ENABLED=0 ${GO:-go} test -c -o "$dir/test" "./$folder"
  QEMU=$qemu unshare --user --map-root-user --mount bash -euc '
    mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
    header="\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
    mask="\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
    printf %s ":arm64:M::$header:$mask:$QEMU:F" > /proc/sys/fs/binfmt_misc/register
    cd "$1"
    exec "$2" -test.short' - "$folder" "$dir/test"
done
