package telemetrycli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// deleted is what `telemetry delete` did.
type deleted struct {
	inspect.Deleted
	// Asked says that the server has something to delete; Confirmed that it has done
	// so, and how many events those were; Later why it has not yet.
	Asked     bool   `json:"server_asked"`
	Confirmed bool   `json:"server_confirmed"`
	AtServer  int    `json:"server_events"`
	Later     string `json:"server_later,omitempty"`
}

func (p *Program) deletion() Command {
	return Command{
		Name: "delete", Short: "Remove all that is kept, here and at the server",
		Long: `Removes everything that was recorded on this machine, sent or not, and the id
under which events were sent. A yes that you gave becomes a no. It asks first;
--yes is the answer where there is no terminal.

If anything was sent before, the server is asked to remove that, too. If it cannot
be reached, later runs of the program ask again until it has confirmed that all is
gone. This request is the one thing that is sent without a yes; it holds the id
and nothing else.`,
		Flags: []Flag{jsonFlag, {"yes", "do not ask"}},
		Run: func(ctx context.Context, c Call) error {
			if !c.Set["yes"] && !c.confirmed("Remove all that is kept, here and at the server?") {
				return errors.New("nothing is removed: answer y, or say --yes")
			}
			done, err := p.remove(ctx)
			if err != nil {
				return err
			}
			return c.print(done, func(w io.Writer) { p.tell(w, done) })
		},
	}
}

// remove removes everything here and then asks the server, which may take as long
// as a request: the person waits for it.
func (p *Program) remove(ctx context.Context) (done deleted, err error) {
	if done.Deleted, err = inspect.Delete(ctx, p.options.Service, p.options.Dir); err != nil {
		return done, err
	}
	s, err := inspect.StatusOf(ctx, p.options.Service, p.options.Dir)
	if err != nil || len(s.Deletions) == 0 {
		return done, err
	}
	done.Asked = true
	if done.UserID == "" { // of an earlier time
		done.UserID = s.Deletions[0].UserID
	}
	a, ok := p.options.Agent.(interface {
		Delete(context.Context, telemetry.Place) (int, error)
	})
	if !ok {
		return done, nil
	}
	done.AtServer, err = a.Delete(ctx, telemetry.Place{Service: p.options.Service, Dir: p.options.Dir, State: s.State})
	if err == nil {
		done.Confirmed = true
	} else {
		done.Later = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return done, nil
}

func (p *Program) tell(w io.Writer, done deleted) {
	_, _ = fmt.Fprintf(w, "Removed: %d events in %d files (%d bytes).\n", done.Events, len(done.Files), done.Bytes)
	switch {
	case done.Confirmed:
		_, _ = fmt.Fprintf(w, "The server has removed what was sent as %s: %d events.\n", done.UserID, done.AtServer)
	case done.Asked && done.Later == "":
		_, _ = fmt.Fprintf(w, "What was sent as %s is still at the server, which this program cannot ask by itself: name that id to those who run it.\n", done.UserID)
	case done.Asked:
		_, _ = fmt.Fprintf(w, "The server has not yet removed what was sent as %s (%s).\n", done.UserID, done.Later)
		_, _ = fmt.Fprintln(w, "Later runs of this program ask it again until it has.")
	default:
		_, _ = fmt.Fprintln(w, "Nothing was sent before, so that the server has nothing to remove.")
	}
	if c, err := inspect.ConsentOf(p.options.Service, p.options.Dir); err == nil {
		_, _ = fmt.Fprintf(w, "Telemetry is %s now: %s\n", c.Mode, c.Cause)
	}
}
