package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/server"
	"github.com/telemetry-kit/telemetry-kit-go/server/ingest"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
	"github.com/telemetry-kit/telemetry-kit-go/server/store/sqlite"
)

// collector is the real server on loopback, with its data in the round's folder.
type collector struct {
	dir   string
	dsn   string
	shift atomic.Int64 // how much its clock is ahead
	busy  atomic.Int64 // the Retry-After, in seconds, that it answers with; 0: none
	asked atomic.Int64 // how many requests came
	stop  func() error // once
}

func (r *round) collect() (*collector, error) {
	c := &collector{dir: filepath.Join(r.dir, "server")}
	srv, err := server.Open(server.Config{
		Data: c.dir, Limits: ingest.Limits{AddressRate: -1, AppRate: -1},
		Now: func() time.Time { return time.Now().Add(time.Duration(c.shift.Load())) },
	})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listening: %w", err), srv.Close())
	}
	dsn, err := srv.CreateApp(r.ctx, "soak", "soak", "http://"+l.Addr().String())
	if err != nil {
		return nil, errors.Join(err, l.Close(), srv.Close())
	}
	c.dsn = dsn.String()
	web := &http.Server{Handler: c.door(srv.Handler()), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = web.Serve(l) }()
	c.stop = sync.OnceValue(func() error { return errors.Join(web.Close(), srv.Close()) })
	r.server = c
	return c, nil
}

// door turns requests away while the collector is busy.
func (c *collector) door(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		c.asked.Add(1)
		if wait := c.busy.Load(); wait > 0 {
			w.Header().Set("Retry-After", strconv.FormatInt(wait, 10))
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, q)
	})
}

// settle sends until nothing is left, as a program does that runs now and then.
// A run may fail if the next one goes on.
func (r *round) settle(c *collector) error {
	failures := 0
	for range 20 {
		reports, err := r.keep("sync", "-force", "-dir", r.home, "-dsn", c.dsn, "-shift", time.Duration(c.shift.Load()).String())
		if err != nil {
			if failures++; failures > 2 {
				return err
			}
			continue
		}
		if last := reports[len(reports)-1]; last.Sent+last.Rejected == 0 && !last.Later {
			return nil
		}
	}
	return errors.New("sending what is left: there is no end to it")
}

// arrived stops the collector and takes what it has into the ledger. What its
// rollups count has to be what its events say.
func (r *round) arrived(c *collector) error {
	if err := c.stop(); err != nil {
		return fmt.Errorf("stopping the server: %w", err)
	}
	st, err := sqlite.Open(filepath.Join(c.dir, "telemetry.db"))
	if err != nil {
		return err
	}
	defer st.Close()
	app, err := st.App(r.ctx, "soak", "soak")
	if err != nil {
		return err
	}
	days := [2]store.Day{store.DayOf(time.Now()), store.DayOf(time.Now())}
	calls := uint64(0)
	err = st.Events(r.ctx, app.ID, func(e store.Event) error {
		day := store.DayOf(e.Time)
		days[0], days[1] = min(days[0], day), max(days[1], day)
		switch {
		case e.Summary != nil:
			calls += e.Summary.Calls
		case e.Metric != nil:
			calls += e.Metric.Recorded()
		default:
			calls++
		}
		return r.ledger.saw(e.Type, e.Data)
	})
	if err != nil {
		return err
	}
	return r.compareRollups(st, app.ID, days, calls)
}

func (r *round) compareRollups(st store.Reader, app store.AppID, days [2]store.Day, calls uint64) error {
	cells, err := st.Cells(r.ctx, app, days[0], days[1])
	if err != nil {
		return err
	}
	counted := uint64(0)
	for _, cell := range cells {
		counted += cell.Calls
	}
	if counted > calls {
		r.tally.Doubled += int(counted - calls)
	} else {
		r.tally.Lost += int(calls - counted)
	}
	if counted != calls {
		r.tally.Notes = append(r.tally.Notes, fmt.Sprintf("the rollups count %d calls, the events are %d", counted, calls))
	}
	return nil
}

// removing is a clock of keepers at which the hour of what is recorded now is
// over, so that its segments are removed.
const removing = 2 * time.Hour
