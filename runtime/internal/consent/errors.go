//go:build !plan9

package consent

import "syscall"

// errNotDirectory is what reading below /dev/null or another file gives: there
// is no saved answer there either.
const errNotDirectory = syscall.ENOTDIR
