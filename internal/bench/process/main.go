// Command process measures what telemetry costs a whole process, from its start
// to its end, as a person feels it who runs a command.
//
// It builds small programs without and with runtime/telemetry, runs them in
// several ways, interleaved and in another order each round, and prints medians
// and what each way costs over another, with a 95 % interval of the paired
// differences (bootstrap); of the wall time, and of the processor time, which says
// more on a machine that does other things, too. Ways that are compared are the same
// binary wherever that is possible, so that the layout of the executable does not
// enter into the difference that counts: recording a command against merely linking
// what could.
//
// "bare" does nothing at all; "cli" is a typical command-line tool (cobra,
// encoding/json, net/http), which has paid for much of what a first record needs
// before it comes to that. "cli, agent linked" is that with runtime/agent in it and
// neither started; "cli with agent" has consent to send, and an endpoint at which
// nobody listens; "cli, silent server" is the same binary with an endpoint that
// accepts connections and never answers.
//
//	go run ./internal/bench/process -n 300
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/lab"
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
	if len(os.Args) > 9 { // never, but the linker does not know
		answer, err := http.Get(os.Args[9])
		if err != nil {
			return err
		}
		return answer.Body.Close()
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"timeout": http.DefaultClient.Timeout})
}
`

// withAgent is cli as a program that sends.
func withAgent() string {
	source := strings.Replace(cli, "AGENT", `, Agent: agent.New(os.Getenv("DSN"))`, 1)
	return strings.Replace(source, "/telemetry-kit-go/runtime/telemetry", "/telemetry-kit-go/runtime/agent\"\n\t\"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry", 1)
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
	if err := measure(context.Background(), *rounds, rand.New(rand.NewPCG(*seed, 0)), stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "process:", err)
		return 2
	}
	return 0
}

func measure(ctx context.Context, rounds int, random *rand.Rand, stdout, stderr io.Writer) error {
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
	sequences := make([]lab.Sequence, len(ways))
	for i, w := range ways {
		sequences[i] = lab.Sequence{w}
	}
	const warmup = 10
	if err := lab.Warm(ctx, warmup, sequences, random); err != nil {
		return err
	}
	if err := lab.Rounds(ctx, rounds, sequences, random, stderr); err != nil {
		return err
	}
	if err := verify(dir, uint64(rounds+warmup)); err != nil {
		return err
	}
	silent.Close() // the background process that waits for an answer gives up
	return report(stdout, ways, random)
}

func prepare(dir, silent string) ([]*lab.Step, error) {
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
	way := func(name, binary string, env []string, args ...string) *lab.Step {
		return &lab.Step{Name: name, Command: lab.Command{Env: env, Args: append([]string{binary}, args...), Direct: true}}
	}
	return []*lab.Step{
		way("bare", plain, base),
		way("linked", with, base),
		way("off", with, append([]string{"DO_NOT_TRACK=1"}, base...), "start"),
		way("recording", with, base, "start"),
		way("cli", programs["cli"], home("cli")),
		way("cli, recording", programs["cli"], home("cli"), "start"),
		way("cli, agent linked", programs["agent"], home("refused")),
		way("cli with agent", programs["agent"], append(sends("127.0.0.1:1"), home("refused")...), "start"),
		way("cli, silent server", programs["agent"], append(sends(silent), home("silent")...), "start"),
	}, nil
}

// build builds a program out of one file.
func build(dir, name, source string) (string, error) {
	file, binary := filepath.Join(dir, name+".go"), filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		return "", fmt.Errorf("writing %s: %w", name, err)
	}
	return binary, lab.Build(binary, true, file)
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

func report(out io.Writer, ways []*lab.Step, random *rand.Rand) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "way\tp10 ms\tmedian ms\tp95 ms\tCPU ms\tof bare\t")
	for _, w := range ways {
		wall, cpu := milliseconds(w.Walls()), milliseconds(w.CPUs())
		fmt.Fprintf(table, "%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t\n", w.Name, stats.Quantile(wall, 0.1), stats.Quantile(wall, 0.5), stats.Quantile(wall, 0.95),
			stats.Quantile(cpu, 0.5), stats.Quantile(w.Walls(), 0.5)/stats.Quantile(ways[0].Walls(), 0.5))
	}
	fmt.Fprintln(table, "\t\t\t\t\t\ncost of\tmedian ms\t95 % interval\tCPU ms\t95 % interval\t")
	for _, pair := range [...][2]int{{0, 1}, {1, 2}, {1, 3}, {0, 3}, {4, 5}, {4, 6}, {6, 7}, {5, 7}, {7, 8}} {
		from, to := ways[pair[0]], ways[pair[1]]
		wall := stats.Differences(milliseconds(from.Walls()), milliseconds(to.Walls()))
		cpu := stats.Differences(milliseconds(from.CPUs()), milliseconds(to.CPUs()))
		low, high := stats.Interval(wall, random)
		less, more := stats.Interval(cpu, random)
		fmt.Fprintf(table, "%s over %s\t%+.3f\t%+.3f to %+.3f\t%+.3f\t%+.3f to %+.3f\t\n", to.Name, from.Name, stats.Quantile(wall, 0.5), low, high, stats.Quantile(cpu, 0.5), less, more)
	}
	return table.Flush()
}

func milliseconds(seconds []float64) []float64 {
	ms := make([]float64, len(seconds))
	for i, s := range seconds {
		ms[i] = 1000 * s
	}
	return ms
}
