//go:build !unix && !windows && !wasm

package agent

import "syscall"

func detached() *syscall.SysProcAttr { return nil }
