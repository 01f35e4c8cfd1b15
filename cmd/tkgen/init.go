package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/adopt"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"golang.org/x/term"
)

// initFlags are those of tkgen init that are none of adopt.Options.
type initFlags struct{ yes, undo, json bool }

func initCommand() *cobra.Command {
	o := adopt.Options{Version: version()}
	var flags initFlags
	cmd := &cobra.Command{
		Use:     "init [folder]",
		GroupID: "start",
		Short:   "Bring telemetry into a program that is there already",
		Long: `Init finds the program in the folder (default: this one), and how it runs:

  cobra   root.Execute() or root.ExecuteContext(ctx), in main or in a package of
          the module that it imports, becomes telemetrycobra.Execute: every command
          is recorded, and the people who run the program have its command telemetry
  http    main starts telemetry, and what http.Server and http.ListenAndServe
          answer with is counted by routes
  plain   main starts telemetry in its first line

It shows what it would change as a diff and asks; without a terminal --yes says it.
All files are written, or none. Of a Go file the rest of the bytes stay as they are.
go.mod requires telemetry-kit and has tkgen as a tool; nothing is fetched: go mod
tidy does that afterwards. --replace takes telemetry-kit from a checkout, as tkgen
scaffold does, without a network.

tkgen init --undo gives the files the bytes that they had. One that was edited since
is named, and then nothing is undone; of go.mod and go.sum, which the go command
changes, it takes back what init added.`,
		Example: `  tkgen init
  tkgen init ./cmd/app --service app --sync --yes
  tkgen init --undo`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := instrument.Folder(strings.Join(append(args, "."), "/"))
			if err != nil {
				return fmt.Errorf("finding the program: %w", err)
			}
			if flags.undo {
				return undo(cmd, dir, flags)
			}
			o.Dir = dir
			return initialize(cmd, o, flags)
		},
	}
	cmd.Flags().StringVar(&o.Service, "service", "", "the program's name in what it records (default: that of its folder or module)")
	cmd.Flags().BoolVar(&o.Sync, "sync", false, "let the program send, to a DSN from its environment")
	cmd.Flags().BoolVar(&o.TemplateFiles, "template-files", false, "also write TELEMETRY.md, if there is none")
	cmd.Flags().StringVar(&o.Replace, "replace", "", "the folder of a checkout of telemetry-kit, to use instead of a released version")
	cmd.Flags().BoolVar(&flags.yes, "yes", false, "write without asking")
	cmd.Flags().BoolVar(&flags.undo, "undo", false, "take back what tkgen init wrote")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print what is done as JSON instead of a diff")
	_ = cmd.MarkFlagDirname("replace")
	return cmd
}

func initialize(cmd *cobra.Command, o adopt.Options, flags initFlags) error {
	ask := newAsker(cmd, flags.yes)
	plan, err := adopt.New(o)
	if err != nil {
		return err
	}
	if ask.terminal && !flags.json {
		_, _ = fmt.Fprintf(ask.out, "%s:%d runs a program of kind %s.\n", relative(plan.File), plan.Line, plan.Kind)
		if !cmd.Flags().Changed("service") {
			o.Service = ask.text("Its name in what it records", plan.Service)
		}
		if !cmd.Flags().Changed("sync") {
			o.Sync = ask.yes("Shall it be able to send, once whoever runs it has said yes?")
		}
		if plan, err = adopt.New(o); err != nil {
			return err
		}
	}
	if err := ask.write(cmd, plan.Changes, plan.Write, initReport{Plan: plan, Notes: plan.Notes}, flags); err != nil {
		return err
	}
	if !flags.json {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s changed\n%sNext:\n\n  %s\n", count(len(plan.Changes), "file"), notes(plan.Notes), strings.Join(plan.Next, "\n  "))
	}
	return nil
}

func undo(cmd *cobra.Command, dir string, flags initFlags) error {
	plan, err := adopt.Undo(dir)
	if err != nil {
		return fmt.Errorf("undoing: %w", err)
	}
	if err := newAsker(cmd, flags.yes).write(cmd, plan.Changes, plan.Write, initReport{Notes: plan.Notes}, flags); err != nil {
		return err
	}
	if !flags.json {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s as before\n%s", count(len(plan.Changes), "file"), notes(plan.Notes))
	}
	return nil
}

func notes(all []string) (text string) {
	if len(all) > 0 {
		text = "note: " + strings.Join(all, "\nnote: ") + "\n"
	}
	return text
}

// initReport is what init prints with --json.
type initReport struct {
	*adopt.Plan
	Notes   []string `json:"notes,omitempty"`
	Changed []string `json:"changed"`
	Written bool     `json:"written"`
}

// asker asks on the terminal, if there is one and --yes has not said everything.
type asker struct {
	terminal bool
	in       *bufio.Reader
	out      io.Writer
}

func newAsker(cmd *cobra.Command, yes bool) *asker {
	file, ok := cmd.InOrStdin().(*os.File)
	terminal := ok && !yes && term.IsTerminal(int(file.Fd()))
	return &asker{terminal, bufio.NewReader(cmd.InOrStdin()), cmd.ErrOrStderr()}
}

// text asks for a line; Enter alone takes what is proposed.
func (a *asker) text(question, proposed string) string {
	_, _ = fmt.Fprintf(a.out, "%s [%s]: ", question, proposed)
	line, _ := a.in.ReadString('\n') // the end of input is an Enter
	if line = strings.TrimSpace(line); line != "" {
		return line
	}
	return proposed
}

// yes asks; Enter alone is no.
func (a *asker) yes(question string) bool {
	_, _ = fmt.Fprintf(a.out, "%s [y/N] ", question)
	line, _ := a.in.ReadString('\n') // the end of input is a no
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}

// write shows the changes and, after a yes, has them written.
func (a *asker) write(cmd *cobra.Command, changes []instrument.Change, write func() error, report initReport, flags initFlags) error {
	out := cmd.OutOrStdout()
	for _, c := range changes {
		report.Changed = append(report.Changed, c.Path)
		if flags.json {
			continue
		}
		if _, err := out.Write(unified(c)); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
	}
	report.Written = flags.yes || a.terminal && !flags.json && a.yes("Write this?")
	if report.Written {
		if err := write(); err != nil {
			return err
		}
	}
	if flags.json {
		if err := printJSON(out, report); err != nil {
			return err
		}
	}
	if !report.Written {
		if !flags.json {
			_, _ = fmt.Fprintln(a.out, "nothing written; --yes writes it")
		}
		return exitCode(exitFound)
	}
	return nil
}
