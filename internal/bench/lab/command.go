package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Command is a program to measure. Env is all of its environment.
type Command struct {
	Dir  string
	Env  []string
	Args []string
	// Found says that exit code 1 is no failure.
	Found bool
	// Direct starts the program without a process in between, which is what one
	// needs that takes milliseconds. Nobody sees its output, nor its Peak.
	Direct bool
}

// Usage is what one run cost, processes that it started and waited for included.
type Usage struct {
	Wall, CPU float64 // seconds
	// Peak is the most memory that one of the processes held, in bytes; 0 where
	// the system does not say.
	Peak float64
}

// stopwatchEnv makes a program that calls [Stopwatch] one; its value found is
// [Command.Found].
const (
	stopwatchEnv = "TELEMETRY_KIT_BENCH_STOPWATCH"
	found        = "found"
)

// Run runs the command and returns what it cost and what it printed, both
// streams in one. A command that fails is an error that holds its output.
//
// A process of its own stands in between: what a process starts inherits the
// peak of its memory (exec(2) keeps it, getrusage(2) shows it), and that of a
// benchmark has parsed a million lines.
func (c Command) Run(ctx context.Context) (u Usage, output []byte, err error) {
	if c.Direct {
		u, err = c.direct(ctx)
		return u, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return u, nil, fmt.Errorf("finding this program: %w", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return u, nil, fmt.Errorf("making a pipe: %w", err)
	}
	defer read.Close()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, self, c.Args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.Dir, &out, &out
	value := "1"
	if c.Found {
		value = found
	}
	cmd.Env = append(slices.Clip(c.Env), stopwatchEnv+"="+value)
	cmd.ExtraFiles = []*os.File{write}
	err = cmd.Run()
	_ = write.Close()
	if err == nil {
		err = json.NewDecoder(read).Decode(&u)
	}
	if err != nil {
		return u, out.Bytes(), fmt.Errorf("%s in %s: %w\n%s", strings.Join(c.Args, " "), c.Dir, err, out.Bytes())
	}
	return u, out.Bytes(), nil
}

// direct is without os/exec, whose goroutines take part in what they measure.
func (c Command) direct(ctx context.Context) (u Usage, err error) {
	if err := ctx.Err(); err != nil {
		return u, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return u, fmt.Errorf("opening %s: %w", os.DevNull, err)
	}
	defer null.Close()
	began := time.Now()
	p, err := os.StartProcess(c.Args[0], c.Args, &os.ProcAttr{Dir: c.Dir, Env: c.Env, Files: []*os.File{null, null, null}})
	if err != nil {
		return u, fmt.Errorf("starting %s: %w", c.Args[0], err)
	}
	state, err := p.Wait()
	u.Wall = time.Since(began).Seconds()
	if err == nil && !state.Success() && (!c.Found || state.ExitCode() != 1) {
		err = errors.New(state.String())
	}
	if err != nil {
		return u, fmt.Errorf("%s: %w", strings.Join(c.Args, " "), err)
	}
	u.CPU = (state.UserTime() + state.SystemTime()).Seconds()
	return u, nil
}

// Stopwatch runs and measures the command that [Command.Run] started this
// process for, and ends the process; in any other process it does nothing. It
// has to be the first thing that a benchmark's main does.
func Stopwatch() {
	if os.Getenv(stopwatchEnv) == "" {
		return
	}
	u, err := stop(os.Args[1:])
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 && os.Getenv(stopwatchEnv) == found {
		err = nil
	}
	if err == nil {
		err = json.NewEncoder(os.NewFile(3, "usage")).Encode(u)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func stop(args []string) (u Usage, err error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, stopwatchEnv+"=") })
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	began := time.Now()
	err = cmd.Run()
	u.Wall = time.Since(began).Seconds()
	if state := cmd.ProcessState; state != nil {
		u.CPU = (state.UserTime() + state.SystemTime()).Seconds()
		u.Peak = peak(state.SysUsage())
	}
	return u, err
}
