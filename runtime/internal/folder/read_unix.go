//go:build unix

package folder

import (
	"os"
	"syscall"
)

// ReadFile returns a file's text. Without a file the error is os.ErrNotExist. What
// is no file, or larger than any of ours, is an error and neither waited for nor
// read.
//
// It asks the kernel itself: the first os.File of a process also starts the poller
// of network connections, and most processes look only whether there is a file.
// O_NONBLOCK means nothing to a file, and keeps a pipe of that name from holding
// the program up.
func ReadFile(path string) ([]byte, error) {
	fd, err := retry(func() (int, error) {
		return syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	})
	if err == syscall.ENOENT { //nolint:errorlint // bare, and the answer that a short program gets: an error around it is an allocation
		return nil, err
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer func() { _ = syscall.Close(fd) }()
	text, err := readAll(fd)
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: path, Err: err}
	}
	return text, nil
}

func readAll(fd int) ([]byte, error) {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if err := readable(st.Mode&syscall.S_IFMT == syscall.S_IFREG, st.Size); err != nil {
		return nil, err
	}
	text := make([]byte, st.Size)
	for got := 0; got < len(text); {
		n, err := retry(func() (int, error) { return syscall.Read(fd, text[got:]) })
		if err != nil {
			return nil, err
		}
		if n == 0 { // it was cut meanwhile
			return text[:got], nil
		}
		got += n
	}
	return text, nil
}

// retry calls again what a signal has interrupted.
func retry(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != syscall.EINTR { //nolint:errorlint // a bare number from the kernel
			return n, err
		}
	}
}
