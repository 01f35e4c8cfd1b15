package agent

import "syscall"

// detached: no window appears, and Ctrl-C in the starter's console does not
// reach it. DETACHED_PROCESS would flash one in programs that it starts.
func detached() *syscall.SysProcAttr {
	const createNoWindow = 0x08000000
	return &syscall.SysProcAttr{CreationFlags: createNoWindow | syscall.CREATE_NEW_PROCESS_GROUP}
}
