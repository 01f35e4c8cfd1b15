package telemetrycli

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

	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// Command is a command for an adapter to put into its library's words.
type Command struct {
	Name        string // "export"
	Argument    string // "[FOLDER]": the one argument that it may have. Empty: none
	Short, Long string
	Flags       []Flag
	Run         func(context.Context, Call) error
	Commands    []Command // below it
}

// Flag is a flag without a value.
type Flag struct{ Name, Usage string }

// Call is one call of a command.
type Call struct {
	Args     []string
	Set      map[string]bool // the flags that are set
	In       io.Reader
	Out, Err io.Writer
}

var jsonFlag = Flag{"json", "print JSON"}

// Command returns the command `telemetry`. Nothing of the program should stand
// between a person and their no, so an adapter calls none of its hooks in front.
func (p *Program) Command() Command {
	plain := func(name, short string, run func(context.Context, Call) error) Command {
		return Command{Name: name, Short: short, Flags: []Flag{jsonFlag}, Run: run}
	}
	return Command{
		Name:  p.options.Command,
		Short: "See, stop, export or delete what " + p.name + " records about its use",
		Long: fmt.Sprintf(`What %s records about its use on this machine, and what becomes of it.

Three modes: off (nothing is recorded), local (recorded here, never sent) and on
(recorded and sent). DO_NOT_TRACK=1 and build servers switch it off;
%s=off|local|log|on decides before the saved answer.`, p.name, p.variable()),
		Flags: []Flag{jsonFlag},
		Run:   p.status,
		Commands: []Command{
			plain("status", "Whether anything is recorded or sent, and who decided that", p.status),
			plain("show", "All that is kept on this machine, in plain text", p.show),
			plain("on", "Record, and send", p.answer(telemetry.On)),
			plain("off", "Record nothing, send nothing", p.answer(telemetry.Off)),
			p.export(),
			p.deletion(),
			plain("reset", "Forget the random id under which events are sent", p.reset),
		},
	}
}

// variable is the environment variable of the program.
func (p *Program) variable() string {
	c, _ := inspect.ConsentOf(p.options.Service, p.options.Dir)
	return c.Variable
}

// state is the state of what is kept, and who decided that.
func (p *Program) state(ctx context.Context) (inspect.Status, error) {
	s, err := inspect.StatusOf(ctx, p.options.Service, p.options.Dir)
	// The session knows the author's default, too.
	mode, cause := telemetry.CurrentMode()
	s.Mode, s.Cause = mode.String(), cause
	return s, err
}

func (p *Program) status(ctx context.Context, c Call) error {
	s, err := p.state(ctx)
	if err != nil {
		return err
	}
	return c.print(s, func(w io.Writer) { writeStatus(w, s) })
}

func (p *Program) show(ctx context.Context, c Call) error {
	all, err := p.everything(ctx)
	if err != nil {
		return err
	}
	return c.print(all, func(w io.Writer) { writeEverything(w, all) })
}

// Everything is what a person gets who asks what is kept about them.
type everything struct {
	Status inspect.Status  `json:"status"`
	Events []inspect.Event `json:"events"`
}

func (p *Program) everything(ctx context.Context) (all everything, err error) {
	all.Events = []inspect.Event{}
	if all.Status, err = p.state(ctx); err != nil {
		return all, err
	}
	data, err := inspect.Open(ctx, p.options.Service, p.options.Dir)
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
func (p *Program) answer(m telemetry.Mode) func(context.Context, Call) error {
	return func(ctx context.Context, c Call) error {
		if err := telemetry.SetMode(m); err != nil {
			return err
		}
		mode, cause := telemetry.CurrentMode()
		return c.print(map[string]string{"mode": mode.String(), "cause": cause}, func(w io.Writer) {
			_, _ = fmt.Fprintf(w, "telemetry is %s: %s\n", mode, cause)
			switch {
			case mode != m:
				_, _ = fmt.Fprintf(w, "Your answer, %s, is kept for when that no longer holds.\n", m)
			case m == telemetry.On:
				_, _ = fmt.Fprintln(w, "What is recorded from now on is sent, from the next run on. What was recorded before stays here.")
			default:
				_, _ = fmt.Fprintf(w, "What was recorded before stays here; `%s delete` removes it.\n", p.Path())
			}
		})
	}
}

func (p *Program) reset(ctx context.Context, c Call) error {
	old, err := inspect.ForgetID(p.options.Service, p.options.Dir)
	if err != nil {
		return err
	}
	return c.print(map[string]string{"forgotten": old}, func(w io.Writer) {
		if old == "" {
			_, _ = fmt.Fprintln(w, "There is no id: nothing was sent yet.")
			return
		}
		_, _ = fmt.Fprintf(w, "The id %s is forgotten. When something is sent again, it is under a new one.\n", old)
	})
}

func (p *Program) export() Command {
	return Command{
		Name: "export", Argument: "[FOLDER]", Short: "All that is kept on this machine, as files to take along",
		Long: `Writes all that is kept into two files in FOLDER (here, if none is given):
one that programs read (JSON) and one that people read. Files that are there
already are left alone. --json prints the first on stdout instead.`,
		Flags: []Flag{jsonFlag},
		Run: func(ctx context.Context, c Call) error {
			all, err := p.everything(ctx)
			if err != nil {
				return err
			}
			if c.Set[jsonFlag.Name] {
				return writeJSON(c.Out, all)
			}
			return p.writeFiles(c, all)
		},
	}
}

func (p *Program) writeFiles(c Call, all everything) error {
	base := filepath.Join(append(c.Args, strings.ReplaceAll(p.options.Service, string(filepath.Separator), "_")+"-telemetry")...)
	if err := writeFile(base+".json", func(w io.Writer) error { return writeJSON(w, all) }); err != nil {
		return err
	}
	if err := writeFile(base+".txt", func(w io.Writer) error { writeEverything(w, all); return nil }); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.Out, "%s.json\n%s.txt\n", base, base)
	return err
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
func (c Call) confirmed(question string) bool {
	if in, ok := c.In.(*os.File); ok {
		if info, err := in.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
			return false // a script, whose author has not said --yes
		}
	}
	_, _ = fmt.Fprintf(c.Err, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(c.In).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// print writes data to stdout, as JSON if that was asked for.
func (c Call) print(v any, text func(io.Writer)) error {
	if c.Set[jsonFlag.Name] {
		return writeJSON(c.Out, v)
	}
	out := bufio.NewWriter(c.Out)
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
