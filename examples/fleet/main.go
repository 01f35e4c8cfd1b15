// Command fleet is a cobra program with telemetry: one line where root.Execute()
// was records every command, and adds `fleet telemetry` for its people.
//
//	fleet deploy web --replicas 3
//	fleet telemetry show
//
// With the line that `tkserver app create` prints in FLEET_DSN it sends what it
// records, once somebody has said yes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/agent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycobra"
)

//go:generate go run github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen manifest -o telemetry.json .
//go:generate go run github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen manifest --markdown -o TELEMETRY.md .

func main() {
	options := telemetrycobra.Options{
		Config:   telemetry.Config{Service: "fleet"},
		Question: telemetry.Question{Purpose: "It tells us which commands are worth our time."},
	}
	if dsn := os.Getenv("FLEET_DSN"); dsn != "" { // published programs have it in the code
		options.Agent = agent.New(dsn)
	}
	if err := telemetrycobra.Execute(context.Background(), rootCommand(), options); err != nil {
		os.Exit(1)
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{Use: "fleet", Short: "An example of a cobra program", SilenceUsage: true}
	var replicas int
	deploy := &cobra.Command{
		Use: "deploy NAME", Aliases: []string{"up"}, Short: "Deploy something", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if replicas < 1 {
				return errors.New("deploying: --replicas must be at least 1")
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s runs %d times\n", args[0], replicas)
			return err
		},
	}
	deploy.Flags().IntVar(&replicas, "replicas", 1, "how many")
	root.AddCommand(deploy)
	return root
}
