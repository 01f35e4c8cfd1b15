//go:build !linux

package main

import "syscall"

func namespaces() *syscall.SysProcAttr { return nil }

func foreignOwner() (uid int, ok bool) { return 0, false }

func buildBox(boxSpec) (*syscall.SysProcAttr, error) { return nil, errNoBox }

func residentMemory(string) uint64 { return 0 }
