package telemetrycli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
)

// deleted is what `telemetry delete` did.
type deleted struct {
	inspect.Cleaned
	// Sent is the id under which events were sent; those stay at the server.
	Sent string `json:"sent_as,omitempty"`
}

func (p *Program) deletion() Command {
	return Command{
		Name: "delete", Short: "Remove all that is kept on this machine",
		Long: `Removes everything that was recorded on this machine, sent or not, and the id
under which events were sent. Your answer stays. It asks first; --yes is the
answer where there is no terminal.

What was sent before is at the server, under that id, which this command prints:
name it to those who run the server, and they can remove it there.`,
		Flags: []Flag{jsonFlag, {"yes", "do not ask"}},
		Run: func(ctx context.Context, c Call) error {
			if !c.Set["yes"] && !c.confirmed("Remove all that is kept on this machine?") {
				return errors.New("nothing is removed: answer y, or say --yes")
			}
			done, err := p.remove(ctx)
			if err != nil {
				return err
			}
			return c.print(done, func(w io.Writer) {
				_, _ = fmt.Fprintf(w, "Removed: %d events in %d files (%d bytes).\n", done.Events, len(done.Files), done.Bytes)
				if done.Sent != "" {
					_, _ = fmt.Fprintf(w, "What was sent before stays at the server, as that of %s: name this to those who run it.\n", done.Sent)
				}
			})
		},
	}
}

func (p *Program) remove(ctx context.Context) (done deleted, err error) {
	done.Files = []string{}
	data, err := p.open(ctx)
	if data == nil || err != nil {
		return done, err
	}
	s, err := data.Status(ctx)
	if err != nil {
		return done, errors.Join(err, data.Close())
	}
	done.Sent = s.InstallID
	done.Cleaned, err = data.Clean(ctx) // closes data
	return done, err
}
