// Command {{.Name}} counts the words of files and computes their checksums.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
)

//go:generate go tool tkgen generate

func main() { os.Exit(run()) }

// run is main without os.Exit, which would skip what is deferred.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := telemetrycobra.Execute(ctx, rootCommand(), options()); err != nil {
		return 1 // cobra has printed it
	}
	return 0
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{Use: "{{.Name}}", Short: "Count words and compute checksums", SilenceUsage: true}
	root.AddCommand(countCommand(), checksumCommand())
	return root
}

// eachInput hands on the files that are named, or standard input if none is.
func eachInput(cmd *cobra.Command, names []string, use func(name string, r io.Reader) error) error {
	if len(names) == 0 {
		return use("-", cmd.InOrStdin())
	}
	for _, name := range names {
		if err := withFile(name, use); err != nil {
			return err
		}
	}
	return nil
}

func withFile(name string, use func(name string, r io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	defer f.Close()
	return use(name, f)
}
