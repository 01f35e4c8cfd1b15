//go:build unix

package agent

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
)

// running is a service: testdata/prog, which looks every fifth of a second instead
// of every minute whether it is time to send.
type running struct {
	t     *testing.T
	say   io.WriteCloser
	hear  *bufio.Scanner
	ended func() error
}

func (p *place) service() *running {
	p.t.Helper()
	binary, err := hasty()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := p.command(binary, "serve")
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	cmd.Stderr = os.Stderr
	if inErr != nil || outErr != nil {
		p.t.Fatal(inErr, outErr)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	r := &running{p.t, in, bufio.NewScanner(out), cmd.Wait}
	p.t.Cleanup(func() { in.Close() })
	return r
}

// does lets the service obey, and returns how many milliseconds that took it.
func (r *running) does(line string) (took int) {
	r.t.Helper()
	if _, err := fmt.Fprintln(r.say, line); err != nil || !r.hear.Scan() {
		r.t.Fatalf("%s: the service is gone: %v, %v", line, err, r.hear.Err())
	}
	var word string
	if _, err := fmt.Sscan(r.hear.Text(), &word, &took); err != nil || word != line {
		r.t.Fatalf("%s: it answers %q (%v)", line, r.hear.Text(), err)
	}
	return took
}

func (r *running) ends() {
	r.t.Helper()
	r.say.Close()
	if err := r.ended(); err != nil {
		r.t.Errorf("the service: %v", err)
	}
}

func (r *real) calls() uint64 {
	r.t.Helper()
	u, err := r.Usage(r.t.Context(), analytics.Query{Org: "acme", App: "prog"})
	if err != nil {
		r.t.Error(err)
	}
	return u.Total.Calls
}

// A program that runs for long sends from within: to a real server, while it goes
// on recording, when there is something for the first time and again when much has
// come since. No process is started, and everything is counted once.
func TestServiceSends(t *testing.T) {
	srv := realServer(t)
	p := there(t, srv.dsn.String())
	if err := os.RemoveAll(p.dir); err != nil { // nothing is due when it starts
		t.Fatal(err)
	}
	s := p.service()
	s.does("10")
	until(t, "the first events", func() bool { return srv.calls() > 0 })
	const much = 2000 // events of more than 256 KiB
	for range 4 {
		s.does(strconv.Itoa(much / 4))
	}
	until(t, "those that came since", func() bool { return srv.calls() > much/4 })
	if runs, children := p.diary(); len(runs) != 1 || len(children) != 0 {
		t.Errorf("processes: %+v, children: %+v, want the service alone", runs, children)
	}
	s.does("stop")
	s.ends()
	// What was not due is left to a later run.
	if _, err := Sync(t.Context(), Options{Service: "testprog", Dir: p.dir, DSN: p.dsn, Force: true}); err != nil {
		t.Fatal(err)
	}
	srv.counts(10 + much)
}

// A server that takes the request and says nothing does not hold up the end of a
// service for longer than a second, and what it was to have is sent later.
func TestServiceStopsWhileTheServerHangs(t *testing.T) {
	srv := realServer(t)
	var asked atomic.Bool
	srv.behind(func(_ *real, _ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		asked.Store(true)
		<-r.Context().Done()
	})
	p := there(t, srv.dsn.String())
	if err := os.RemoveAll(p.dir); err != nil {
		t.Fatal(err)
	}
	s := p.service()
	s.does("10")
	until(t, "a request", asked.Load)
	s.does("10")
	if took := s.does("stop"); took > 1500 {
		t.Errorf("Stop took %d ms, want a second at most", took)
	}
	s.ends()
	srv.behind(nil)
	if _, err := Sync(t.Context(), Options{Service: "testprog", Dir: p.dir, DSN: p.dsn, Force: true}); err != nil {
		t.Fatal(err)
	}
	srv.counts(20)
	if _, children := p.diary(); len(children) != 0 {
		t.Errorf("children: %+v", children)
	}
}
