package telemetrycobra

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrycli"
)

// added is the value of [Annotation] of the commands that this package adds.
const added = "telemetry-kit"

// addCommand adds `telemetry` and what is below it, once.
func addCommand(root *cobra.Command, c telemetrycli.Command) {
	for _, there := range root.Commands() {
		if there.Name() == c.Name || there.HasAlias(c.Name) {
			return
		}
	}
	cmd := command(c)
	cmd.Annotations = map[string]string{Annotation: added}
	// Nothing of the program stands between a person and their no: not a login,
	// not a configuration that cannot be read.
	cmd.PersistentPreRun = func(*cobra.Command, []string) {}
	cmd.PersistentPostRun = func(*cobra.Command, []string) {}
	root.AddCommand(cmd)
}

// command says c in cobra's words.
func command(c telemetrycli.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: strings.TrimSpace(c.Name + " " + c.Argument), Short: c.Short, Long: c.Long,
		Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
	}
	if c.Argument != "" {
		cmd.Args = cobra.MaximumNArgs(1)
		cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
	}
	if len(c.Commands) > 0 {
		cmd.ValidArgsFunction = nil // cobra completes their names
	}
	for _, f := range c.Flags {
		cmd.Flags().Bool(f.Name, false, f.Usage)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		call := telemetrycli.Call{Args: args, Set: map[string]bool{}, In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr()}
		for _, f := range c.Flags {
			call.Set[f.Name], _ = cmd.Flags().GetBool(f.Name) // it is defined above
		}
		return c.Run(cmd.Context(), call)
	}
	for _, below := range c.Commands {
		cmd.AddCommand(command(below))
	}
	return cmd
}
