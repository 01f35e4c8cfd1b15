//go:build unix

package gotool

import (
	"os"
	"os/exec"
	"syscall"
)

// handOver makes this process the tool's. It returns if that cannot be.
func handOver(command, args []string) {
	path, err := exec.LookPath(command[0])
	if err != nil {
		return
	}
	argv := append([]string{command[0]}, command[1:]...)
	_ = syscall.Exec(path, append(argv, args...), os.Environ())
}
