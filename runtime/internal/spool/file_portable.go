//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || wasm)

package spool

import (
	"errors"
	"os"
	"runtime"
	"time"
)

// segment is an open file that this process appends to. On Windows Go opens
// files without FILE_SHARE_DELETE, so one that a writer has open cannot be
// removed: what the locks of the other platforms are for.
type segment struct{ file *os.File }

func openSegment(path string) (segment, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|noFollow, 0o600)
	if err != nil {
		return segment{}, err
	}
	s := segment{file}
	if _, _, err := s.stat(); err != nil {
		s.close()
		return segment{}, err
	}
	return s, nil
}

func (s segment) stat() (size int64, linked bool, err error) {
	info, err := s.file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	if err != nil {
		return 0, false, err
	}
	return info.Size(), true, nil
}

func (s segment) write(buf []byte) error {
	_, err := s.file.Write(buf)
	return err
}

func (s segment) close() { _ = s.file.Close() }

func openRead(path string) (*os.File, error) { return os.OpenFile(path, os.O_RDONLY|noFollow, 0) }

// unlockedAge is how old a segment must be where neither locks nor the system
// keep a file that is in use.
const unlockedAge = 2 * time.Hour

func removeUnused(path string, done func(*os.File, int64) bool, offset int64) (removed bool, tail int64, err error) {
	file, err := openRead(path)
	if errors.Is(err, os.ErrNotExist) {
		return true, 0, nil
	}
	if err != nil {
		return false, 0, err
	}
	info, err := file.Stat()
	ok := err == nil && done(file, info.Size()) &&
		(runtime.GOOS == "windows" || time.Since(info.ModTime()) > unlockedAge)
	file.Close()
	if err != nil || !ok {
		return false, 0, err
	}
	if err := os.Remove(path); err != nil {
		if runtime.GOOS == "windows" {
			return false, 0, nil // in use
		}
		return false, 0, err
	}
	return true, info.Size() - offset, nil
}

// lockDir has nothing to lock: a file that is open keeps its name, or is too old for
// another one of that name.
func lockDir(string) (unlock func()) { return func() {} }

func makeDir(dir string) error { return os.MkdirAll(dir, 0o700) }

// alive finds no process that is not there on Windows; where it cannot know, it
// says yes, and age decides.
func alive(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = process.Release()
	return true
}
