//go:build !unix

package demo

import (
	"context"
	"errors"
	"os/exec"
)

var errNoPipe = errors.New("the demo needs named pipes and signals: run it on Linux, macOS or another Unix")

func runAndKill(context.Context, *exec.Cmd, string, await) error { return errNoPipe }

func awaitCounters(string) await { return nil }
