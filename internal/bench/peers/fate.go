package main

import (
	"context"
	"fmt"
	"time"
)

// fate is what became of events.
type fate struct{ recorded, sent, kept int64 }

func (f *fate) add(g fate) {
	f.recorded += g.recorded
	f.sent += g.sent
	f.kept += g.kept
}

func (f fate) lost() int64 { return f.recorded - f.sent - f.kept }

// String is three columns of a table.
func (f fate) String() string {
	if f.recorded == 0 {
		return "-\t-\t-"
	}
	share := func(n int64) string { return fmt.Sprintf("%.4g %%", 100*float64(n)/float64(f.recorded)) }
	return share(f.sent) + "\t" + share(f.kept) + "\t" + share(f.lost())
}

// patience is for how long a process that sends behind the program may take.
const patience = 5 * time.Second

// find looks where the events are that a program has recorded which has ended.
func find(ctx context.Context, p peer, recorded int64, server *sink, h home) (f fate, err error) {
	began := time.Now()
	for {
		f = fate{recorded: recorded, sent: server.got.Load()}
		if f.kept, err = h.kept(ctx); err != nil {
			return f, fmt.Errorf("looking for the events of %s: %w", p.name, err)
		}
		if problem := server.err.Load(); problem != nil {
			return f, fmt.Errorf("%s: %w", p.name, *problem)
		}
		// Only our agent sends behind the program; the others have had their say.
		if f.lost() == 0 || p.with != "kitagent" || time.Since(began) > patience {
			return f, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
}
