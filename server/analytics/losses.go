package analytics

import (
	"fmt"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// Losses tell how complete the numbers are: what programs had to give up on people's
// machines, as far as they found an occasion to say so, beside what came. They count
// events: a command is one, and so is all that was counted of a feature between two
// moments.
type Losses struct {
	// Events is Unwritten and Expired together.
	Events uint64 `json:"events"`
	// Unwritten: the disk or the spool was full, or could not be written to.
	Unwritten uint64 `json:"unwritten"`
	// Expired: they were too old or too many before they could be sent.
	Expired uint64 `json:"expired"`
	// Arrived is how many events came in the same days.
	Arrived uint64 `json:"arrived"`
	// ArrivedRate is Arrived over Arrived and Events; nil if there are neither.
	ArrivedRate *float64 `json:"arrived_rate"`
}

// lossOf returns which of the losses a cell counts, nil if none.
func (l *Losses) lossOf(key store.CellKey) *uint64 {
	switch {
	case key.Kind != store.KindMetric:
		return nil
	case key.Name == event.LostUnwritten:
		return &l.Unwritten
	case key.Name == event.LostExpired:
		return &l.Expired
	}
	return nil
}

// add counts a cell, and reports whether it is one of losses.
func (l *Losses) add(c store.Cell) bool {
	if loss := l.lossOf(c.CellKey); loss != nil {
		*loss = store.Add(*loss, c.Calls)
		return true
	}
	l.Arrived = store.Add(l.Arrived, c.Events)
	return false
}

func (l *Losses) finish() {
	l.Events = store.Add(l.Unwritten, l.Expired)
	if all := store.Add(l.Events, l.Arrived); all > 0 {
		l.ArrivedRate = new(float64(l.Arrived) / float64(all))
	}
}

// Words say it in a sentence; empty if nothing was lost.
func (l Losses) Words() string {
	if l.Events == 0 {
		return ""
	}
	var parts []string
	for _, p := range []struct {
		n   uint64
		why string
	}{
		{l.Unwritten, "could not be written (disk or spool full)"},
		{l.Expired, "were too old or too many before they could be sent"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.why))
		}
	}
	return fmt.Sprintf("%s of the events arrived; lost on people's machines: %s", FormatRate(l.ArrivedRate), strings.Join(parts, ", "))
}
