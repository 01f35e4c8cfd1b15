//go:build !unix

package consent

import "os"

// ReadSmall reads a small file, for those who look at one in every process.
func ReadSmall(path string) ([]byte, error) { return os.ReadFile(path) }
