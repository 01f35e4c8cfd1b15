//go:build unix

package agent

import "syscall"

// detached gives the process a session of its own: closing the terminal or
// interrupting its starter does not end it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
