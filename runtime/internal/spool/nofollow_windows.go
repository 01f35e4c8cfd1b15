package spool

import "syscall"

// noFollow opens a link itself, which is no file.
const noFollow = syscall.FILE_FLAG_OPEN_REPARSE_POINT
