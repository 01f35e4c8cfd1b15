//go:build unix

package agent

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/upload"
)

// entry is a line of the diary that the processes of testdata/prog keep.
type entry struct {
	PID, Parent int
	Args        []string
	Guard       string
	Dir         string
	Null        [3]bool
}

func (e entry) child() bool { return slices.Equal(e.Args, []string{childArg}) }

// place is a state folder with something to send, and a diary of the processes
// that run there.
type place struct {
	t                 *testing.T
	dir, dsn          string
	diaryFile, gate   string
	binary, directory string // of the program, and where it is started
}

// there makes a place. Its children wait for open.
func there(t *testing.T, dsn string) *place {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	beside := t.TempDir()
	p := &place{
		t: t, dir: t.TempDir(), dsn: dsn, binary: binary, directory: filepath.Join(beside, "work"),
		diaryFile: filepath.Join(beside, "diary"), gate: filepath.Join(beside, "gate"),
	}
	if err := os.Mkdir(p.directory, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TESTPROG_TELEMETRY", "on")
	recordSome(t, p.dir)
	t.Cleanup(func() { p.open(); p.ended() })
	return p
}

// command is the program there; the consent of the environment is the first of env.
func (p *place) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(p.t.Context(), name, args...)
	cmd.Dir = p.directory
	cmd.Env = append(os.Environ(), "TESTPROG_DIR="+p.dir, "TESTPROG_DSN="+p.dsn, "TESTPROG_DIARY="+p.diaryFile, "TESTPROG_GATE="+p.gate, "TESTPROG_TELEMETRY=on")
	return cmd
}

// run runs the program once, with more of an environment.
func (p *place) run(env ...string) {
	p.t.Helper()
	cmd := p.command(p.binary)
	cmd.Env = append(cmd.Env, env...)
	if out, _ := cmd.CombinedOutput(); string(out) != "took true\n" {
		p.t.Errorf("with %q the program says: %s", env, out)
	}
}

func (p *place) open() {
	if err := os.WriteFile(p.gate, nil, 0o600); err != nil {
		p.t.Error(err)
	}
}

// diary tells the children from the runs of the program.
func (p *place) diary() (runs, children []entry) {
	p.t.Helper()
	text, err := os.ReadFile(p.diaryFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		p.t.Error(err)
	}
	for line := range strings.Lines(string(text)) {
		var e entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			p.t.Errorf("%s: %v", line, err)
		}
		if e.child() {
			children = append(children, e)
		} else {
			runs = append(runs, e)
		}
	}
	return runs, children
}

// child waits for the one child there.
func (p *place) child() entry {
	p.t.Helper()
	var children []entry
	until(p.t, "a child", func() bool { _, children = p.diary(); return len(children) > 0 })
	if len(children) != 1 {
		p.t.Fatalf("%d children: %+v, want one", len(children), children)
	}
	return children[0]
}

// ended waits until no child runs.
func (p *place) ended() {
	p.t.Helper()
	_, children := p.diary()
	for _, c := range children {
		until(p.t, "the child to end", func() bool { return over(c.PID) })
	}
}

// over reports that a process runs no more. One that nobody has waited for yet, as
// in a container without an init, is over.
func over(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z")
}

// A child needs nothing of its starter: no terminal or session, no pipe, no folder.
// While it runs there is no second one, however many want to start it.
func TestChildIsOnItsOwn(t *testing.T) {
	c := collect(t)
	p := there(t, c.dsn())
	// cat ends when nobody has its pipe open any more.
	if out, err := p.command("/bin/sh", "-c", `"$0" 2>&1 | cat`, p.binary).CombinedOutput(); err != nil || string(out) != "took true\n" {
		t.Errorf("%v: %s", err, out)
	}
	child := p.child()
	if over(child.PID) {
		t.Fatalf("the child %+v has not waited: nothing is shown", child)
	}
	if child.Null != [3]bool{true, true, true} || child.Guard != "1" {
		t.Errorf("the child has other streams than the null device, or no guard: %+v", child)
	}
	if want, err := filepath.EvalSymlinks(p.dir); err != nil || child.Dir != want {
		t.Errorf("it runs in %s, want %s (%v)", child.Dir, want, err)
	}
	if err := os.Remove(p.directory); err != nil {
		t.Errorf("the folder that the program was started in: %v", err)
	}
	if sid, err := unix.Getsid(child.PID); err != nil || sid != child.PID {
		t.Errorf("the child %d is of session %d (%v), want its own", child.PID, sid, err)
	}
	p.directory = ""
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { p.run() })
	}
	all.Wait()
	p.open()
	p.ended()
	if p.child(); c.len() < 3 || !gone(filepath.Join(p.dir, claimFile)) {
		t.Errorf("the server has %d events, want 3 at least; claim gone: %t", c.len(), gone(filepath.Join(p.dir, claimFile)))
	}
	for id, n := range c.seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

// Of programs that start at the same moment one starts a child.
func TestOneAtATime(t *testing.T) {
	c := collect(t)
	p := there(t, c.dsn())
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() { p.run() })
	}
	all.Wait()
	p.child()
	p.open()
	p.ended()
	p.child()
}

// No process is started where the person, a build server or a test forbids it, nor
// by a child, whatever its variable looks like; and one set by hand does not keep
// the program from doing its work.
func TestNoChild(t *testing.T) {
	p := there(t, collect(t).dsn())
	p.open()
	forbidden := []string{
		"TESTPROG_TELEMETRY=local", "TESTPROG_TELEMETRY=off", "DO_NOT_TRACK=1", "CI=true", "GITHUB_ACTIONS=1",
		"TESTPROG_TELEMETRY_CHILD=0", "TESTPROG_TELEMETRY_CHILD=1", "TESTPROG_TELEMETRY_CHILD= 1", "TESTPROG_TELEMETRY_CHILD=2",
		"TESTPROG_TELEMETRY_CHILD=yes", "TESTPROG_TELEMETRY_CHILD=false", "TESTPROG_TELEMETRY_CHILD=\t",
	}
	for _, env := range forbidden {
		p.run(env)
		if !gone(filepath.Join(p.dir, claimFile)) || !gone(filepath.Join(p.dir, tokenFile)) {
			t.Errorf("%q: a process was to be started", env)
		}
	}
	test := filepath.Join(filepath.Dir(p.binary), "prog.test")
	if err := os.Link(p.binary, test); err != nil {
		t.Fatal(err)
	}
	untouched := p.binary
	p.binary = test
	p.run()
	p.binary = untouched
	if _, children := p.diary(); len(children) != 0 {
		t.Errorf("children: %+v", children)
	}
	p.run() // nothing but these has kept it from starting one
	p.child()
	p.ended()
	p.child()
}

// A process that was started to send while the answer was a yes asks again: what
// the person said in between holds, and it leaves no trace.
func TestChildAsksAgain(t *testing.T) {
	c := collect(t)
	p := there(t, c.dsn())
	folders := consent.Folders{Config: p.dir, State: p.dir}
	if err := consent.Save(folders, consent.On, time.Now().Add(-time.Hour), consent.Scope{}); err != nil {
		t.Fatal(err)
	}
	p.run("TESTPROG_TELEMETRY=")
	child := p.child()
	if err := consent.Save(folders, consent.Off, time.Now(), consent.Scope{}); err != nil {
		t.Fatal(err)
	}
	p.open()
	until(t, "the child to end", func() bool { return over(child.PID) })
	for _, name := range []string{"events.db", "install-id", claimFile} {
		if !gone(filepath.Join(p.dir, name)) {
			t.Errorf("it left %s", name)
		}
	}
	if c.len() != 0 {
		t.Errorf("it sent %d events after the no", c.len())
	}
}

// A child ends when its time is up, whatever holds it up: a server, which it is
// told of by its context, or a lock that is not given back, of which only the end of
// the process frees it.
func TestChildHasALimit(t *testing.T) {
	never := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-never }))
	defer server.Close()
	defer close(never)
	dsn := "http://tok:secret@" + server.Listener.Addr().String() + "/acme/prog"
	for name, c := range map[string]struct {
		dsn     string
		prepare func(*testing.T, string)
		claim   bool // stays: there was nobody to remove it
	}{
		"a server that does not answer": {dsn, func(*testing.T, string) {}, false},
		"a lock":                        {collect(t).dsn(), lockOldSpool, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := there(t, c.dsn)
			var err error
			if p.binary, err = hasty(); err != nil {
				t.Fatal(err)
			}
			p.run()
			c.prepare(t, p.dir)
			child := p.child()
			p.open()
			began := time.Now()
			until(t, "the child to end", func() bool { return over(child.PID) })
			// Without a limit it waits ten seconds for the server, and for ever for the lock.
			if took := time.Since(began); took > 9*time.Second {
				t.Errorf("it ended after %s, with a limit of one second and three more", took)
			}
			if _, err := os.Stat(filepath.Join(p.dir, claimFile)); (err == nil) != c.claim {
				t.Errorf("the claim: %v, want it there: %t", err, c.claim)
			}
		})
	}
}

// A pipe in the place of what a program notes for its next run holds nobody up: it
// is not waited for when it is read, and replaced when it is written.
func TestPipeForTheToken(t *testing.T) {
	c := collect(t)
	p := there(t, c.dsn())
	if err := unix.Mkfifo(filepath.Join(p.dir, tokenFile), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run()
	if _, children := p.diary(); len(children) != 0 {
		t.Errorf("nobody knows whether it is time to send, and there are %d children", len(children))
	}
	// A deletion does not ask the token, and what is sent with it writes one.
	if err := upload.AskDeletion(p.dir, "client_"+strings.Repeat("ab", 32), time.Now()); err != nil {
		t.Fatal(err)
	}
	p.run()
	p.child()
	if _, err := folder.ReadFile(filepath.Join(p.dir, tokenFile)); err != nil {
		t.Error(err)
	}
}

// lockOldSpool lets what was recorded look like that of an earlier hour, so that it
// is removed once it is sent, and locks the folder from which that is.
func lockOldSpool(t *testing.T, dir string) {
	t.Helper()
	spool := filepath.Join(dir, "spool")
	segments, err := filepath.Glob(filepath.Join(spool, "ev1-*.tks"))
	if err != nil || len(segments) == 0 {
		t.Fatal(segments, err)
	}
	for i, path := range segments {
		name := "ev1-" + time.Now().UTC().Add(-time.Duration(i+3)*time.Hour).Format("2006010215") + ".tks"
		if err := os.Rename(path, filepath.Join(spool, name)); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Open(spool)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
}
