package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// boxEnv carries the [boxSpec] to the process inside. A program that finds it
// in its environment is that process.
const boxEnv = "TELEMETRY_KIT_CORPUS_BOX"

// Exit codes of the process inside that no go command uses.
const (
	exitNoBox  = 250 // the box could not be made
	exitMemory = 251 // the memory limit was reached
)

// boxSpec is what foreign code may see and use. In the box there is no network
// but loopback, nothing outside the binds and /tmp is writable, /dev holds the
// harmless devices alone, and nothing that runs inside outlives it.
type boxSpec struct {
	Binds  []bind   `json:"binds"`
	Dir    string   `json:"dir"` // inside
	Args   []string `json:"args"`
	Env    []string `json:"env"`
	Memory uint64   `json:"memory"` // bytes that all processes inside may hold together; 0: no limit
}

// bind shows a folder at another path, below [boxRoot] or at /tmp.
type bind struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Writable bool   `json:"writable,omitempty"`
}

// boxRoot is where the box has its folders: the same path whatever the machine,
// so that file names in outputs, and with them cached builds, are the same.
const boxRoot = "/mnt"

// errTimeout and errMemory are wrapped if the code inside was stopped.
var (
	errTimeout = errors.New("it took too long and was stopped")
	errMemory  = errors.New("it took too much memory and was stopped")
	errNoBox   = errors.New("this machine does not let us make mount, network and process namespaces")
)

// runBox runs one command inside and returns its exit code.
func runBox(ctx context.Context, spec boxSpec, timeout time.Duration, stdout, stderr io.Writer) (int, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return 0, fmt.Errorf("describing the box: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("finding this program: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = []string{"HOME=" + os.Getenv("HOME"), boxEnv + "=" + string(text)}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = namespaces()
	cmd.WaitDelay = 10 * time.Second
	err = cmd.Run() // its end is the end of everything inside: it is process 1 there
	return boxExit(ctx, err)
}

func boxExit(ctx context.Context, err error) (int, error) {
	if ctx.Err() != nil {
		return -1, context.Cause(ctx)
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return 0, nil
	case !ok:
		return -1, fmt.Errorf("%w: %w", errNoBox, err)
	case exit.ExitCode() == exitNoBox:
		return -1, errNoBox
	case exit.ExitCode() == exitMemory:
		return -1, errMemory
	default:
		return exit.ExitCode(), nil
	}
}

// insideBox is main of the process inside.
func insideBox() int {
	var spec boxSpec
	if err := json.Unmarshal([]byte(os.Getenv(boxEnv)), &spec); err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "reading what the box is for: %v\n", err)
		return exitNoBox
	}
	credential, err := buildBox(spec)
	if err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "making the box: %v\n", err)
		return exitNoBox
	}
	for _, pair := range spec.Env {
		if name, value, _ := strings.Cut(pair, "="); name == "PATH" {
			_ = os.Setenv(name, value) // where the command is looked for
		}
	}
	cmd := exec.Command(spec.Args[0], spec.Args[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = spec.Dir, spec.Env, credential
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "starting %s in the box: %v\n", spec.Args[0], err)
		return exitNoBox
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	return guard(done, spec.Memory)
}

// guard waits for the command, and stops everything if memory runs over.
func guard(done <-chan error, limit uint64) int {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				return max(exit.ExitCode(), 1)
			}
			return 0
		case <-tick.C:
			if limit > 0 && residentMemory("/proc") > limit {
				return exitMemory
			}
		}
	}
}
