package telemetry

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A pipe where the spool's segment should be is nothing that a program waits for.
func TestPipeInTheWay(t *testing.T) {
	s, dir := start(t, Config{})
	defer s.Stop()
	spool := filepath.Join(dir, "spool")
	if err := os.Mkdir(spool, 0o700); err != nil {
		t.Fatal(err)
	}
	for h := range 2 {
		name := "ev1-" + time.Now().UTC().Add(time.Duration(h)*time.Hour).Format("2006010215") + ".tks"
		if err := syscall.Mkfifo(filepath.Join(spool, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	_ = end(&tkCommand, "ok")
	_ = end(&tkFeature, "ok")
	s.Stop()
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s", took)
	}
	if s.spool.Err() == nil {
		t.Error("what was written into a pipe is taken for kept")
	}
}

// So it is with the small files, of which each program that prints its events reads
// two.
func TestPipeForAnID(t *testing.T) {
	s, dir := start(t, Config{})
	defer s.Stop()
	for _, name := range []string{installFile, weekFile} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := make(chan string, 1)
	go func() {
		user, _ := s.identity()
		read <- user
	}()
	select {
	case user := <-read:
		if user != noInstall {
			t.Errorf("the id is %q", user)
		}
	case <-time.After(5 * time.Second):
		t.Error("it waits for a pipe")
	}
}
