//go:build !unix && !wasm

package folder

import (
	"io"
	"os"
)

// ReadFile returns a file's text. Without a file the error is os.ErrNotExist. What
// is no file, or larger than any of ours, is an error and not read.
func ReadFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := readable(info.Mode().IsRegular(), info.Size()); err != nil {
		return nil, &os.PathError{Op: "read", Path: path, Err: err}
	}
	return io.ReadAll(io.LimitReader(file, maxSize))
}
