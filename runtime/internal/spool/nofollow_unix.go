//go:build solaris || illumos || aix

package spool

import "syscall"

// noFollow refuses a link, and does not wait for a pipe.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
