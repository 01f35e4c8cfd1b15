// Command process measures what telemetry costs a whole process, from its start
// to its end, as a person feels it who runs a command.
//
// It builds small programs without and with runtime/telemetry, runs them in
// several ways, interleaved and in another order each round, and prints medians
// and what each way costs over another, with a 95 % interval of the paired
// differences (bootstrap). Ways that are compared are the same binary wherever
// that is possible, so that the layout of the executable does not enter into the
// difference that counts: recording a command against merely linking what could.
//
// "bare" does nothing at all; "cli" is a typical command-line tool (cobra,
// encoding/json, net/http), which has paid for much of what a first record needs
// before it comes to that. "cli with agent" has runtime/agent, consent to send,
// and an endpoint at which nobody listens; "cli, silent server" is the same
// binary with an endpoint that accepts connections and never answers.
//
//	go run ./internal/bench/process -n 300
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/stats"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
)

const bare = `package main

import "os"

func main() {
	if err := work(os.Args); err != nil {
		os.Exit(1)
	}
}

//go:noinline
func work(args []string) (err error) {
	if len(args) > 9 {
		return os.ErrInvalid
	}
	return nil
}
`

const linked = `package main

import (
	"os"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

var tkWork = telemetry.Point{Name: "bench.work", Kind: telemetry.Command}

func main() {
	if len(os.Args) > 1 {
		defer telemetry.Start(telemetry.Config{Service: "bench", Version: "v1.0.0"}).Stop()
	}
	if err := work(os.Args); err != nil {
		os.Exit(1)
	}
}

//go:noinline
func work(args []string) (err error) {
	defer tkWork.Begin().End(&err)
	if len(args) > 9 {
		return os.ErrInvalid
	}
	return nil
}
`

const cli = `package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

var tkWork = telemetry.Point{Name: "bench.work", Kind: telemetry.Command}

func main() {
	if len(os.Args) > 1 {
		defer telemetry.Start(telemetry.Config{Service: "bench-cli", Version: "v1.0.0"AGENT}).Stop()
	}
	root := &cobra.Command{Use: "cli", RunE: work}
	for i := range 20 {
		sub := &cobra.Command{Use: fmt.Sprint("sub", i), RunE: work}
		sub.Flags().String("name", "", "a name")
		root.AddCommand(sub)
	}
	root.SetArgs([]string{"sub7", "--name", "x"})
	if err := root.Execute(); err != nil {
		os.Exit(1)
	}
}

func work(*cobra.Command, []string) (err error) {
	defer tkWork.Begin().End(&err)
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"timeout": http.DefaultClient.Timeout})
}
`

// withAgent is cli as a program that sends.
func withAgent() string {
	source := strings.Replace(cli, "AGENT", `, Agent: agent.New(os.Getenv("DSN"))`, 1)
	return strings.Replace(source, "/telemetry-kit-go/runtime/telemetry", "/telemetry-kit-go/runtime/agent\"\n\t\"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry", 1)
}

// way is one way to run a program.
type way struct {
	name, binary string
	args, env    []string
	times        []float64 // ms, one a round
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("process", flag.ContinueOnError)
	flags.SetOutput(stderr)
	rounds := flags.Int("n", 300, "rounds; each runs every way once")
	seed := flags.Uint64("seed", 1, "of the order and the bootstrap")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *rounds < 2 {
		fmt.Fprintln(stderr, "process: -n must be at least 2")
		return 2
	}
	if err := measure(*rounds, rand.New(rand.NewPCG(*seed, 0)), stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "process:", err)
		return 2
	}
	return 0
}

func measure(rounds int, random *rand.Rand, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "bench-process")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("opening the silent endpoint: %w", err)
	}
	defer silent.Close()
	ways, err := prepare(dir, silent.Addr().String())
	if err != nil {
		return err
	}
	const warmup = 10
	for round := range rounds + warmup {
		for _, i := range random.Perm(len(ways)) {
			took, err := ways[i].once()
			if err != nil {
				return fmt.Errorf("running %s: %w", ways[i].name, err)
			}
			if round >= warmup {
				ways[i].times = append(ways[i].times, took)
			}
		}
		if round%50 == 49 {
			fmt.Fprintf(stderr, "%d of %d rounds\n", round+1, rounds+warmup)
		}
	}
	if err := verify(dir, uint64(rounds+warmup)); err != nil {
		return err
	}
	silent.Close() // the background process that waits for an answer gives up
	return report(stdout, ways, random)
}

func prepare(dir, silent string) ([]*way, error) {
	programs := map[string]string{
		"bare": bare, "linked": linked, "cli": strings.Replace(cli, "AGENT", "", 1), "agent": withAgent(),
	}
	for name, source := range programs {
		binary, err := build(dir, name, source)
		if err != nil {
			return nil, err
		}
		programs[name] = binary
	}
	plain, with := programs["bare"], programs["linked"]
	base := []string{"HOME=" + dir, "PATH=/usr/bin:/bin", "SHELL=/bin/sh"}
	sends := func(address string) []string {
		return []string{"BENCH_CLI_TELEMETRY=on", "DSN=http://token:secret@" + address + "/bench/cli"}
	}
	home := func(name string) []string { return append([]string{"HOME=" + filepath.Join(dir, name)}, base[1:]...) }
	return []*way{
		{name: "bare", binary: plain, env: base},
		{name: "linked", binary: with, env: base},
		{name: "off", binary: with, args: []string{"start"}, env: append([]string{"DO_NOT_TRACK=1"}, base...)},
		{name: "recording", binary: with, args: []string{"start"}, env: base},
		{name: "cli", binary: programs["cli"], env: home("cli")},
		{name: "cli, recording", binary: programs["cli"], args: []string{"start"}, env: home("cli")},
		{name: "cli with agent", binary: programs["agent"], args: []string{"start"}, env: append(sends("127.0.0.1:1"), home("refused")...)},
		{name: "cli, silent server", binary: programs["agent"], args: []string{"start"}, env: append(sends(silent), home("silent")...)},
	}, nil
}

func build(dir, name, source string) (string, error) {
	file, binary := filepath.Join(dir, name+".go"), filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		return "", fmt.Errorf("writing %s: %w", name, err)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, file)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s (run this in the module's folder): %w\n%s", name, err, out)
	}
	return binary, nil
}

// once runs the program and returns the milliseconds from its start to its end.
func (w *way) once() (float64, error) {
	began := time.Now()
	p, err := os.StartProcess(w.binary, append([]string{w.binary}, w.args...), &os.ProcAttr{Env: w.env})
	if err != nil {
		return 0, err
	}
	state, err := p.Wait()
	took := time.Since(began)
	if err == nil && !state.Success() {
		err = errors.New(state.String())
	}
	return float64(took.Nanoseconds()) / 1e6, err
}

// verify looks whether what was measured has happened.
func verify(home string, want uint64) error {
	for name, dir := range map[string]string{"HOME": home, "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""} {
		if err := os.Setenv(name, dir); err != nil {
			return err
		}
	}
	d, err := inspect.Open(context.Background(), "bench", "")
	if err != nil {
		return fmt.Errorf("looking for the records: %w", err)
	}
	defer d.Close()
	stats, err := d.Stats(context.Background())
	if err != nil {
		return fmt.Errorf("reading the records: %w", err)
	}
	if len(stats) != 1 || stats[0].OK != want {
		return fmt.Errorf("%d commands were run, the records say %+v", want, stats)
	}
	return nil
}

func report(out io.Writer, ways []*way, random *rand.Rand) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "way\tmedian ms\tp95 ms\tof bare\t")
	for _, w := range ways {
		fmt.Fprintf(table, "%s\t%.3f\t%.3f\t%.3f\t\n", w.name, stats.Quantile(w.times, 0.5), stats.Quantile(w.times, 0.95), stats.Quantile(w.times, 0.5)/stats.Quantile(ways[0].times, 0.5))
	}
	fmt.Fprintln(table, "\t\t\t\t\ncost of\tmedian ms\t95 % interval\trounds\t")
	for _, pair := range [...][2]int{{0, 1}, {1, 2}, {1, 3}, {0, 3}, {4, 5}, {5, 6}, {6, 7}} {
		from, to := ways[pair[0]], ways[pair[1]]
		d := stats.Differences(from.times, to.times)
		low, high := stats.Interval(d, random)
		fmt.Fprintf(table, "%s over %s\t%+.3f\t%+.3f to %+.3f\t%d\t\n", to.name, from.name, stats.Quantile(d, 0.5), low, high, len(d))
	}
	return table.Flush()
}
