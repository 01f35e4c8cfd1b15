//go:build unix

package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// runAndKill starts the program, waits until it reads from the pipe, that is,
// until it is in the middle of its command, and kills it.
func runAndKill(ctx context.Context, cmd *exec.Cmd, pipe string, settled await) error {
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		return fmt.Errorf("making a pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	writer, err := openWhenRead(ctx, pipe)
	if err == nil {
		defer func() { _ = writer.Close() }() // after the kill, or the program would go on
		err = settled(ctx, cmd.Process)
	}
	if killErr := cmd.Process.Kill(); err == nil {
		err = killErr
	}
	waitErr := cmd.Wait()
	if err != nil {
		return err
	}
	return waitErr
}

// openWhenRead opens a pipe for writing as soon as somebody reads it. (Opening
// it without O_NONBLOCK would wait for ever if nobody does.)
func openWhenRead(ctx context.Context, pipe string) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.ENXIO) {
			return nil, err
		}
		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("waiting for the program to read %s: %w", pipe, err)
		}
	}
}

// awaitCounters asks the covered program for its counters and waits for them.
func awaitCounters(dir string) await {
	return func(ctx context.Context, program *os.Process) error {
		if err := program.Signal(syscall.SIGUSR1); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		for {
			if _, err := os.Stat(dir + writtenSuffix); err == nil {
				return nil
			}
			if err := pause(ctx); err != nil {
				return fmt.Errorf("waiting for coverage counters: %w", err)
			}
		}
	}
}
