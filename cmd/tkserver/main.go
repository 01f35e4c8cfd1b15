// Command tkserver is the collection server: it takes events of programs in,
// keeps them, and shows what is used, how often, how well and how fast.
//
// main is a door: every subcommand is a file of its own that reads flags, calls
// package server and prints. Data goes to stdout, everything else to stderr.
// Exit codes: 0 done, 2 wrong usage or failure (1, "found something", is kept
// for commands that check).
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is tkserver without a process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(stderr, "tkserver: %v\n", err)
		return 2
	}
	return 0
}
