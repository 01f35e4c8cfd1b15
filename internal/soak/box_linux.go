package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// boxEnv is set in a copy of this command that has a mount namespace of its own.
const boxEnv = "SOAK_BOX"

func inBox() bool { return os.Getenv(boxEnv) != "" }

// inBox plays a scenario in a mount namespace of its own.
func (s *stage) inBox(ctx context.Context, sc scenario, share time.Duration) (result, error) {
	if os.Geteuid() != 0 {
		return result{}, skip("mounting a file system takes root")
	}
	args := []string{"-json", "-run", "^" + sc.name + "$", "-seed", fmt.Sprint(s.seed), "-duration", share.String()}
	if s.short {
		args = append(args, "-short")
	}
	cmd := exec.CommandContext(ctx, s.self, args...)
	cmd.Env = append(os.Environ(), boxEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if errors.Is(err, syscall.EPERM) {
		return result{}, skip("no mount namespace here: %v", err)
	}
	var r result
	if jsonErr := json.Unmarshal(out, &r); jsonErr != nil {
		return result{}, fmt.Errorf("playing %s in a mount namespace: %w", sc.name, errors.Join(err, jsonErr))
	}
	return r, nil
}

// mount puts an empty file system in memory at dir. Inv: nobody outside sees it
// (Go makes the mounts of a process with Unshareflags private).
func mount(dir, options string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("mounting: %w", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		return skip("no file system in memory here: %v", err)
	}
	return nil
}

// remount changes the options of what is mounted at dir.
func remount(dir, options string) error {
	flags := uintptr(syscall.MS_REMOUNT)
	if options == "ro" {
		flags |= syscall.MS_RDONLY
	}
	if options == "ro" || options == "rw" {
		options = ""
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		return fmt.Errorf("mounting again with %q: %w", options, err)
	}
	return nil
}

func unmount(dir string) { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }
