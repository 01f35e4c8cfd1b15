//go:build darwin || freebsd || netbsd

package gotool

import (
	"io/fs"
	"syscall"
	"time"
)

// changedAt is when the file was last written, renamed or given another time.
func changedAt(info fs.FileInfo) time.Time {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(stat.Ctimespec.Unix())
	}
	return info.ModTime()
}
