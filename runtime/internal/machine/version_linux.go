package machine

import "os"

// osVersion reads os-release, in the order that os-release(5) gives.
func osVersion() string {
	for _, path := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if text, err := os.ReadFile(path); err == nil {
			return distribution(string(text))
		}
	}
	return ""
}
