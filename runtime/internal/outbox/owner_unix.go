//go:build unix

package outbox

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// checkOwner refuses a folder of somebody else, or one to be made in such a
// folder: root with a user's HOME (sudo) would leave files there that lock the
// user out.
func checkOwner(dir string) error {
	for {
		info, err := os.Stat(dir)
		if err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
				return fmt.Errorf("%s belongs to another user: run this as that user", dir)
			}
			return nil
		}
		if above := filepath.Dir(dir); above != dir {
			dir = above
			continue
		}
		return nil
	}
}
