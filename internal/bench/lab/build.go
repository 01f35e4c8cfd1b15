package lab

import (
	"fmt"
	"os"
	"os/exec"
)

// Build builds a program as those are built that people download: without cgo and
// without paths of this machine, and without symbols if stripped says so. what is
// the package or file, and flags of go build in front of it. It is built in the
// current folder, which has to be one of the benchmark's module.
func Build(binary string, stripped bool, what ...string) error {
	args := []string{"build", "-trimpath", "-o", binary}
	if stripped {
		args = append(args, "-ldflags=-s -w")
	}
	cmd := exec.Command("go", append(args, what...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s (run this in the module's folder): %w\n%s", what[len(what)-1], err, out)
	}
	return nil
}
