//go:build !unix

package consent

import "github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"

// ReadSmall reads a small file, for those who look at one in every process.
func ReadSmall(path string) ([]byte, error) { return folder.ReadFile(path) }
