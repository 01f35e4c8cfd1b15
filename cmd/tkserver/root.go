package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/server"
)

// folder is what every command that touches data has flags for.
type folder struct {
	data  string
	store string
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "tkserver",
		Short: "Collect the telemetry of your programs and look at it",
		Long: `tkserver collects the telemetry of your programs and shows it: which commands
and features are used, how often, how well and how fast. One binary, one folder.`,
		Example: `  # 1. make an application; prints the DSN that its programs send with
  tkserver app create --data ./data --org acme --name deployer

  # 2. start; a one-time link to the dashboard is printed on stderr
  tkserver serve --data ./data`,
		Args:          cobra.NoArgs,
		RunE:          showHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	root.SetVersionTemplate("tkserver {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; see: %s --help", err, c.CommandPath())
	})
	f := new(folder)
	root.PersistentFlags().StringVar(&f.data, "data", "tkserver-data", "folder that holds the server's key and database")
	root.PersistentFlags().StringVar(&f.store, "store", "", "where events are kept: sqlite:PATH (default sqlite:DATA/telemetry.db)")
	_ = root.MarkPersistentFlagDirname("data") // only for flags that are not there
	root.AddCommand(newServe(f), newApp(f), newUsage(f), newForget(f), newLogin(f), newVersion())
	return root
}

// showHelp is what commands do that only have subcommands. With it, cobra
// refuses a subcommand that is not there.
func showHelp(c *cobra.Command, _ []string) error { return c.Help() }

// open makes the folder if it is not there.
func (f *folder) open(log *slog.Logger) (*server.Server, error) {
	return server.Open(server.Config{Data: f.data, Store: f.store, Logger: log})
}

// look refuses a folder that is not there.
func (f *folder) look() (*server.Server, error) {
	return server.Open(server.Config{Data: f.data, Store: f.store, Existing: true})
}
