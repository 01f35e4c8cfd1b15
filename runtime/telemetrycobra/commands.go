package telemetrycobra

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// added is the value of [Annotation] of the commands that this package adds.
const added = "telemetry-kit"

// door is what the commands know of their program.
type door struct {
	service, dir string
	agent        telemetry.Agent
	path         string // "mytool telemetry"
	json         bool
}

// addCommands adds `telemetry` and what is below it, once.
func addCommands(root *cobra.Command, o Options) {
	for _, c := range root.Commands() {
		if c.Name() == o.Command || c.HasAlias(o.Command) {
			return
		}
	}
	d := &door{service: o.Service, dir: o.Dir, agent: o.Agent, path: root.Name() + " " + o.Command}
	parent := &cobra.Command{
		Use:   o.Command,
		Short: "See, stop, export or delete what " + root.Name() + " records about its use",
		Long: fmt.Sprintf(`What %s records about its use on this machine, and what becomes of it.

Three modes: off (nothing is recorded), local (recorded here, never sent) and on
(recorded and sent). DO_NOT_TRACK=1 and build servers switch it off;
%s=off|local|log|on decides before the saved answer.`, root.Name(), d.variable()),
		Annotations: map[string]string{Annotation: added},
		Args:        cobra.NoArgs,
		RunE:        d.status,
		// Nothing of the program stands between a person and their no: not a login,
		// not a configuration that cannot be read.
		PersistentPreRun:  func(*cobra.Command, []string) {},
		PersistentPostRun: func(*cobra.Command, []string) {},
	}
	parent.Flags().BoolVar(&d.json, "json", false, "print JSON")
	parent.AddCommand(
		d.command("status", "Whether anything is recorded or sent, and who decided that", d.status),
		d.command("show", "All that is kept on this machine, in plain text", d.show),
		d.command("on", "Record, and send", d.answer(telemetry.On)),
		d.command("off", "Record nothing, send nothing", d.answer(telemetry.Off)),
		d.export(),
		d.deletion(),
		d.command("reset", "Forget the random id under which events are sent", d.reset),
	)
	root.AddCommand(parent)
}

func (d *door) command(use, short string, run func(*cobra.Command, []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: run, ValidArgsFunction: cobra.NoFileCompletions}
	cmd.Flags().BoolVar(&d.json, "json", false, "print JSON")
	return cmd
}

// variable is the environment variable of the program.
func (d *door) variable() string {
	c, _ := inspect.ConsentOf(d.service, d.dir)
	return c.Variable
}

// state is the state of what is kept, and who decided that.
func (d *door) state(ctx context.Context) (inspect.Status, error) {
	s, err := inspect.StatusOf(ctx, d.service, d.dir)
	// The session knows the author's default, too.
	mode, cause := telemetry.CurrentMode()
	s.Mode, s.Cause = mode.String(), cause
	return s, err
}

func (d *door) status(cmd *cobra.Command, _ []string) error {
	s, err := d.state(cmd.Context())
	if err != nil {
		return err
	}
	return d.print(cmd, s, func(w io.Writer) { writeStatus(w, s) })
}

func (d *door) show(cmd *cobra.Command, _ []string) error {
	all, err := d.everything(cmd.Context())
	if err != nil {
		return err
	}
	return d.print(cmd, all, func(w io.Writer) { writeEverything(w, all) })
}

// Everything is what a person gets who asks what is kept about them.
type everything struct {
	Status inspect.Status  `json:"status"`
	Events []inspect.Event `json:"events"`
}

func (d *door) everything(ctx context.Context) (all everything, err error) {
	all.Events = []inspect.Event{}
	if all.Status, err = d.state(ctx); err != nil {
		return all, err
	}
	data, err := inspect.Open(ctx, d.service, d.dir)
	if errors.Is(err, inspect.ErrNothing) || errors.Is(err, inspect.ErrNewer) {
		return all, nil
	}
	if err != nil {
		return all, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	for e, err := range data.Events(ctx) {
		if err != nil {
			return all, err
		}
		all.Events = append(all.Events, e)
	}
	return all, nil
}

// answer keeps the person's word and tells what holds now.
func (d *door) answer(m telemetry.Mode) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		if err := telemetry.SetMode(m); err != nil {
			return err
		}
		mode, cause := telemetry.CurrentMode()
		return d.print(cmd, map[string]string{"mode": mode.String(), "cause": cause}, func(w io.Writer) {
			_, _ = fmt.Fprintf(w, "telemetry is %s: %s\n", mode, cause)
			switch {
			case mode != m:
				_, _ = fmt.Fprintf(w, "Your answer, %s, is kept for when that no longer holds.\n", m)
			case m == telemetry.On:
				_, _ = fmt.Fprintln(w, "What is recorded from now on is sent, from the next run on. What was recorded before stays here.")
			default:
				_, _ = fmt.Fprintf(w, "What was recorded before stays here; `%s delete` removes it.\n", d.path)
			}
		})
	}
}

func (d *door) reset(cmd *cobra.Command, _ []string) error {
	old, err := inspect.ForgetID(d.service, d.dir)
	if err != nil {
		return err
	}
	return d.print(cmd, map[string]string{"forgotten": old}, func(w io.Writer) {
		if old == "" {
			_, _ = fmt.Fprintln(w, "There is no id: nothing was sent yet.")
			return
		}
		_, _ = fmt.Fprintf(w, "The id %s is forgotten. When something is sent again, it is under a new one.\n", old)
	})
}

func (d *door) export() *cobra.Command {
	cmd := d.command("export [FOLDER]", "All that is kept on this machine, as files to take along", nil)
	cmd.Long = `Writes all that is kept into two files in FOLDER (here, if none is given):
one that programs read (JSON) and one that people read. Files that are there
already are left alone. --json prints the first on stdout instead.`
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		all, err := d.everything(cmd.Context())
		if err != nil {
			return err
		}
		if d.json {
			return writeJSON(cmd.OutOrStdout(), all)
		}
		base := filepath.Join(append(args, strings.ReplaceAll(d.service, string(filepath.Separator), "_")+"-telemetry")...)
		if err := writeFile(base+".json", func(w io.Writer) error { return writeJSON(w, all) }); err != nil {
			return err
		}
		if err := writeFile(base+".txt", func(w io.Writer) error { writeEverything(w, all); return nil }); err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s.json\n%s.txt\n", base, base)
		return err
	}
	return cmd
}

// writeFile makes a file that only its owner reads.
func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("exporting: %s is there already: remove it, or name another folder", path)
	}
	if err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	out := bufio.NewWriter(file)
	if err := errors.Join(write(out), out.Flush(), file.Close()); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	return nil
}

// confirmed asks on the terminal; the default is no.
func confirmed(cmd *cobra.Command, question string) bool {
	if in, ok := cmd.InOrStdin().(*os.File); ok {
		if info, err := in.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
			return false // a script, whose author has not said --yes
		}
	}
	_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s [y/N] ", question)
	answer, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// print writes data to stdout, as JSON if that was asked for.
func (d *door) print(cmd *cobra.Command, v any, text func(io.Writer)) error {
	if d.json {
		return writeJSON(cmd.OutOrStdout(), v)
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	text(out)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(v); err != nil {
		return fmt.Errorf("printing JSON: %w", err)
	}
	return nil
}
