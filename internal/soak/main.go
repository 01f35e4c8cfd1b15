// Command soak looks for events that are lost or doubled on their way from a
// program to the server, under everything that goes wrong on people's machines:
// processes killed at random, damaged files, full disks, wrong clocks, many
// processes and two versions of them at once.
//
// It drives the real runtime in real processes: it starts itself as a program
// that records (package writer) and as one that drains, sends and removes
// (package keeper), against the real server on loopback. What a writer says to be
// recorded is compared with what the server, or the outbox, has in the end.
//
//	go run ./internal/soak -short               # each scenario once, small: the tests do that
//	go run ./internal/soak -duration 1h         # make soak
//	go run ./internal/soak -run 'kill|clock' -seed 7
//
// Out comes a line for each scenario. The exit code is 1 if anything was lost or
// doubled, 2 if a scenario could not be carried out; one that this machine does
// not allow (it takes root, or Linux) is skipped, and says why. An interrupt ends
// the scenario at work and shows what was found.
//
// Scenarios run one after the other, each with at most a dozen processes and,
// in a temporary folder that is removed after each round, at most 300 MB.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"regexp"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/internal/soak/keeper"
	"github.com/telemetry-kit/telemetry-kit-go/internal/soak/writer"
)

func main() {
	if code, is := actor(os.Args[1:]); is {
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// actorEnv is set in the processes that this command starts of itself.
const actorEnv = "SOAK_ACTOR"

// actor is what this process is if it was started to record or to keep.
func actor(args []string) (code int, is bool) {
	if os.Getenv(actorEnv) == "" || len(args) == 0 {
		return 0, false
	}
	if args[0] == "write" {
		return (&writer.Program{Out: os.Stdout}).Run(args[1:]), true
	}
	return (&keeper.Program{Out: os.Stdout}).Run(args), true
}

// options are the flags.
type options struct {
	duration time.Duration // of all scenarios together
	seed     uint64
	run      *regexp.Regexp
	short    bool
	json     bool
	keep     bool
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&o.duration, "duration", 30*time.Minute, "of all scenarios together; each begins at least one round")
	flags.Uint64Var(&o.seed, "seed", 0, "of what is random here (the moments of kills are the machine's, too); 0: another one each time")
	pattern := flags.String("run", "", "only the scenarios whose names match this regular expression")
	flags.BoolVar(&o.short, "short", false, "one small round of each: seconds")
	flags.BoolVar(&o.json, "json", false, "a JSON object on a line for each scenario instead of the table")
	flags.BoolVar(&o.keep, "keep", false, "leave the folder of a round that lost or doubled, to look at")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("reading flags: %q is none; see -h", flags.Arg(0))
	}
	if o.seed == 0 {
		o.seed = rand.Uint64() //nolint:gosec // no secret
	}
	var err error
	if o.run, err = regexp.Compile(*pattern); err != nil {
		return o, fmt.Errorf("reading -run: %w", err)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "soak:", err)
		return 2
	}
	results, err := soak(ctx, o, stderr)
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "soak: interrupted: this is what was found until then")
	}
	if showErr := show(stdout, results, o); err == nil {
		err = showErr
	}
	if err != nil {
		fmt.Fprintln(stderr, "soak:", err)
		return 2
	}
	return exitCode(results)
}
