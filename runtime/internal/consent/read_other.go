//go:build !unix

package consent

import "os"

func readSmall(path string) ([]byte, error) { return os.ReadFile(path) }
