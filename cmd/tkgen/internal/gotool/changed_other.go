//go:build !linux && !darwin && !freebsd && !netbsd

package gotool

import (
	"io/fs"
	"time"
)

// changedAt is not known apart from the time that a program can set.
func changedAt(info fs.FileInfo) time.Time { return info.ModTime() }
