//go:build unix

package consent

import (
	"errors"
	"os"
	"syscall"
)

var errNoFile = errors.New("it is no file")

// ReadSmall reads a file of at most 400 bytes, for those who look at one in every
// process. It asks the kernel itself: most find no file, and the first os.File of a
// process also starts the poller of network connections. O_NONBLOCK means
// nothing to a file, and keeps a pipe of that name from holding the program up.
func ReadSmall(path string) ([]byte, error) {
	fd, err := retry(func() (int, error) {
		return syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = syscall.Close(fd) }()
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return nil, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return nil, &os.PathError{Op: "read", Path: path, Err: errNoFile}
	}
	text := make([]byte, 400)
	n, err := retry(func() (int, error) { return syscall.Read(fd, text) })
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: path, Err: err}
	}
	return text[:n], nil
}

// retry calls again what a signal has interrupted.
func retry(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != syscall.EINTR { //nolint:errorlint // a bare number from the kernel
			return n, err
		}
	}
}
