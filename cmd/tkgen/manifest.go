package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"
	"github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen/internal/config"
	"github.com/telemetry-kit/telemetry-kit-go/instrument"
	"github.com/telemetry-kit/telemetry-kit-go/manifest"
)

type manifestFlags struct {
	output          string
	check, markdown bool
	match           []string
	service, tags   string
}

func manifestCommand() *cobra.Command {
	var flags manifestFlags
	cmd := &cobra.Command{
		Use:     "manifest [packages]",
		GroupID: "rewrite",
		Short:   "List every event that a program can send",
		Long: `Manifest lists every event that the program, the packages that it imports
included, can ever send: its name and kind, how its calls can end, its attributes
with their types or the values that they can have, units, and where in the source
it is recorded. Directives, points, calls of package telemetry and adapters count;
the program does not run, and its files stay as they are.

What cannot be known before the program runs is an error with its position: a name
that is no constant, an attribute out of nowhere. Then nothing is written, and the
exit code is 2.

Packages are named as for the go command; the default is ./... A program's manifest
is that of its main package. docs/manifest.md tells what each field means.`,
		Example: `  tkgen manifest ./cmd/app
  tkgen manifest -o telemetry.json ./cmd/app
  tkgen manifest --check -o telemetry.json ./cmd/app    # in CI: exit 1 if it is stale
  tkgen manifest --markdown -o TELEMETRY.md ./cmd/app   # for the people who run it
  tkgen manifest diff v1/telemetry.json telemetry.json  # what a release newly collects`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runManifest(cmd, args, flags)
		},
	}
	cmd.Flags().StringVarP(&flags.output, "output", "o", "", "write to this file instead of standard output")
	cmd.Flags().BoolVar(&flags.markdown, "markdown", false, "write the page for the people who run the program: what is collected, how to see and to stop it")
	cmd.Flags().BoolVar(&flags.check, "check", false, "write nothing; exit 1 and print a diff if the file of -o says something else is collected")
	cmd.Flags().StringArrayVar(&flags.match, "match", nil, "also functions without a directive, as in the build: "+matchUsage+" (repeatable)")
	cmd.Flags().StringVar(&flags.service, "service", "", "the name under which the build starts telemetry (tkgen build --service)")
	cmd.Flags().StringVar(&flags.tags, "tags", "", "build tags, separated by commas, as in the build")
	cmd.AddCommand(manifestDiffCommand())
	return cmd
}

func runManifest(cmd *cobra.Command, args []string, flags manifestFlags) error {
	if flags.check && flags.output == "" {
		return errors.New("--check compares with a file: name it with -o")
	}
	m, left, err := collect(cmd.Context(), args, flags)
	if err != nil {
		return err
	}
	for _, file := range left {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "tkgen: what %s records is not in it: no build with these tags has that file (--tags)\n", file)
	}
	text := m.Markdown()
	if !flags.markdown {
		if text, err = m.JSON(); err != nil {
			return err
		}
	}
	switch {
	case flags.check:
		return checkManifest(cmd, flags, m, text)
	case flags.output != "":
		return writeWhole(flags.output, text)
	}
	if _, err := cmd.OutOrStdout().Write(text); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

// collect reads the program as the build has it: with the overlay of marked
// functions, and the runtime in it where the module does not require it.
func collect(ctx context.Context, args []string, flags manifestFlags) (m manifest.Manifest, left []string, err error) {
	dir, err := instrument.Folder(".")
	if err != nil {
		return m, nil, err
	}
	module, err := instrument.FindModule(dir)
	if err != nil {
		return m, nil, err
	}
	c, err := config.Read(module.Dir)
	if err != nil {
		return m, nil, err
	}
	if flags.service == "" {
		flags.service = c.Service
	}
	modules, err := instrument.Modules(dir, os.Getenv("GOWORK"))
	if err != nil {
		return m, nil, err
	}
	overlay, err := instrument.MakeOverlay(instrument.OverlayOptions{
		Dir: dir, Modules: modules, Packages: args, Trimpath: true,
		Match: append(flags.match, c.Match...), Service: flags.service, Vendored: true,
	})
	if err != nil {
		return m, nil, err
	}
	return manifest.Collect(ctx, manifest.Options{
		Dir: dir, Root: module.Dir, Module: module.Path, Patterns: args, Overlay: overlay.Files, Service: flags.service, Tags: flags.tags,
	})
}

// checkManifest compares what is collected. Lines that moved are no difference.
func checkManifest(cmd *cobra.Command, flags manifestFlags, m manifest.Manifest, text []byte) error {
	old, err := os.ReadFile(flags.output)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("checking manifest: %w", err)
	}
	if was, err := manifest.Parse(old); bytes.Equal(old, text) || !flags.markdown && err == nil && was.Same(m) {
		return nil
	}
	name := filepath.ToSlash(relative(flags.output))
	if _, err := cmd.OutOrStdout().Write(diff.Diff("a/"+name, old, "b/"+name, text)); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return exitCode(exitFound)
}

func writeWhole(path string, text []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("writing manifest: %w", err)
	}
	return nil
}

func manifestDiffCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say in words what a release newly collects",
		Long: `Diff compares two manifests and says what the second one collects that the first
did not ("+"), and what it does no longer or only says otherwise ("-"). The exit code
is 1 if it collects more: a new event or attribute, more values, each call instead of
counts. Then the people who run the program want to be told.`,
		Example: `  git show v1.2.0:telemetry.json > before.json
  tkgen manifest diff before.json telemetry.json`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			before, err := readManifest(args[0])
			if err != nil {
				return err
			}
			after, err := readManifest(args[1])
			if err != nil {
				return err
			}
			list := manifest.Compare(before, after)
			if err := printDifferences(cmd, list, asJSON); err != nil {
				return err
			}
			if manifest.More(list) {
				return exitCode(exitFound)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the differences as JSON")
	return cmd
}

func readManifest(path string) (manifest.Manifest, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return manifest.Manifest{}, fmt.Errorf("reading manifest: %w", err)
	}
	m, err := manifest.Parse(text)
	if err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func printDifferences(cmd *cobra.Command, list []manifest.Difference, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), struct {
			More        bool                  `json:"more"`
			Differences []manifest.Difference `json:"differences"`
		}{manifest.More(list), append([]manifest.Difference{}, list...)})
	}
	for _, d := range list {
		sign := "-"
		if d.More {
			sign = "+"
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), sign, d.Text); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
	}
	return nil
}
