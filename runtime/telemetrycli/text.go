package telemetrycli

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/inspect"
)

// writeStatus says in words what holds and what is kept.
func writeStatus(w io.Writer, s inspect.Status) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(key string, value any) { _, _ = fmt.Fprintf(table, "%s\t%v\n", key, value) }
	line("telemetry", s.Mode)
	line("because of", s.Cause)
	if !s.Since.IsZero() {
		line("since", s.Since.UTC().Format(time.RFC3339))
	}
	line("variable", s.Variable+"=off|local|log|on")
	line("saved answer in", s.Config)
	line("data in", s.State)
	line("sent under the id", orNone(s.InstallID))
	c := s.Events
	line("kept here only", c.Local+c.Open)
	line("to be sent", c.Pending)
	line("sent and still here", c.Sent)
	line("not taken", c.Rejected)
	line("in the spool", fmt.Sprintf("%d files, %d bytes", s.SpoolFiles, s.SpoolBytes))
	if c.Dropped+c.Expired+c.Torn+c.Rebuilt > 0 {
		line("lost", fmt.Sprintf("%d not written (disk or spool full), %d too old or too many, %d torn by a crash (%d bytes); damaged outboxes: %d",
			c.Dropped, c.Expired, c.Torn, c.TornBytes, c.Rebuilt))
	}
	if !s.Sending.LastSent.IsZero() {
		line("last sent", s.Sending.LastSent.UTC().Format(time.RFC3339))
	}
	if s.Sending.LastError != "" {
		line("last error", s.Sending.LastError)
	}
	if !s.Sending.NextAttempt.IsZero() {
		line("next attempt", s.Sending.NextAttempt.UTC().Format(time.RFC3339))
	}
	for _, d := range s.Deletions {
		line("deletion asked", fmt.Sprintf("%s, of %s; not confirmed by the server yet", d.Asked.Format(time.RFC3339), d.UserID))
		if d.LastError != "" {
			line("", fmt.Sprintf("last error: %s; next attempt %s", d.LastError, d.NextAttempt.Format(time.RFC3339)))
		}
	}
	if s.Problem != "" {
		line("problem", s.Problem)
	}
	_ = table.Flush() // w keeps its errors
}

func orNone(s string) string {
	if s == "" {
		return "none yet"
	}
	return s
}

// places says in words where an event is.
var places = map[string]string{
	"open": "runs now", "local": "stays here", "pending": "to be sent", "sent": "sent", "rejected": "not taken by the server",
}

// writeEverything says it all: the state, and of each event every byte.
func writeEverything(w io.Writer, all everything) {
	writeStatus(w, all.Status)
	if len(all.Events) == 0 {
		_, _ = fmt.Fprintln(w, "\nNo events are kept.")
		return
	}
	_, _ = fmt.Fprintf(w, "\n%d events, the oldest first. Of each: when, where it is, what it is, and all of it as it is sent.\n", len(all.Events))
	for _, e := range all.Events {
		what := "not readable"
		if parsed, err := e.Parse(); err == nil {
			what = string(parsed.Body.Type)
		}
		_, _ = fmt.Fprintf(w, "\n%s  %s  %s\n", e.Time.UTC().Format(time.RFC3339), places[e.State], what)
		if e.Reason != "" {
			_, _ = fmt.Fprintf(w, "  %s\n", e.Reason)
		}
		_, _ = fmt.Fprintf(w, "  %s\n", e.JSON)
	}
}
