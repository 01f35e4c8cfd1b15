//go:build unix

package instrument

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of the one that it will replace: root in a
// container must not take a person's source from them. Who may not do that
// replaces files of their own, as a rule.
func keepOwner(temp *os.File, replaces fs.FileInfo) {
	want, ok := replaces.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	if info, err := temp.Stat(); err == nil {
		if is, ok := info.Sys().(*syscall.Stat_t); ok && is.Uid == want.Uid && is.Gid == want.Gid {
			return
		}
	}
	_ = temp.Chown(int(want.Uid), int(want.Gid))
}
