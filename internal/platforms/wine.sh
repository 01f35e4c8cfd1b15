# Runs the tests of the folders named for windows/amd64 under wine.
#
# Two things are wine's own, before version 9: it has no bcryptprimitives.dll, from
# which Go takes random numbers, so that one is compiled here; and it does not say of
# the newer way to remove a file that it lacks it, so that Go's own tests' switch for
# the older one is set in a copy of that file. What wine keeps lies in a temporary
# folder, and its server ends with the last test.
set -euo pipefail
go=${GO:-go}
need() { # PACKAGE PROGRAM...: the first of the programs that is there
  local program
  for program in "${@:2}"; do
    if command -v "$program"; then return; fi
  done
  echo "there is no $2: apt-get install $1" >&2
  return 1
}
wine=$(need wine64 wine64 /usr/lib/wine/wine64)
server=$(need wine64 wineserver /usr/lib/wine/wineserver)
gcc=$(need gcc-mingw-w64-x86-64 x86_64-w64-mingw32-gcc)

dir=$(mktemp -d)
trap '"$server" -k || true; rm -rf "$dir"' EXIT

remove=$("$go" env GOROOT)/src/internal/syscall/windows/at_windows.go
sed 's/^var TestDeleteatFallback bool$/var TestDeleteatFallback = true/' "$remove" >"$dir/at_windows.go"
if cmp -s "$remove" "$dir/at_windows.go"; then
  echo "$remove has no TestDeleteatFallback any more: see internal/platforms/wine.sh" >&2
  exit 1
fi
printf '{"Replace": {"%s": "%s"}}\n' "$remove" "$dir/at_windows.go" >"$dir/overlay.json"
for folder in "$@"; do
  GOOS=windows GOARCH=amd64 CGO_ENABLED=0 "$go" test -c -overlay="$dir/overlay.json" -o "$dir/${folder//\//-}.test.exe" "./$folder"
done

# From here on HOME is wine's, too.
export WINEPREFIX=$dir/prefix WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=" HOME=$dir
"$wine" wineboot --init 2>"$dir/boot.log" || { cat "$dir/boot.log" >&2; exit 1; }
"$gcc" -shared -s -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
  "$(dirname "$0")/wine/bcryptprimitives.c" -ladvapi32

failed=0
for folder in "$@"; do
  echo "$folder for windows/amd64 under $("$wine" --version)"
  (cd "$folder" && "$wine" "$dir/${folder//\//-}.test.exe" -test.short -test.timeout 10m) || failed=1
done
exit $failed
