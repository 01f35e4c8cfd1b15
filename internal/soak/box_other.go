//go:build !linux

package main

import (
	"context"
	"time"
)

func inBox() bool { return false }

func (s *stage) inBox(context.Context, scenario, time.Duration) (result, error) {
	return result{}, skip("mount namespaces are Linux's")
}

func mount(string, string) error { return skip("mounts are Linux's here") }

func remount(string, string) error { return skip("mounts are Linux's here") }

func unmount(string) {}
