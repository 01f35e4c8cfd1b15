package telemetry

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/consent"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/spool"
)

// A no in the middle of a command: nothing of the command, of what was counted
// or of the session's end is written any more.
func TestOffWithinACall(t *testing.T) {
	s, dir := start(t, Config{})
	running := tkCommand.Begin()
	_ = end(&tkFeature, "ok")
	_ = end(&tkFeature, "ok")
	if err := SetMode(Off); err != nil {
		t.Fatal(err)
	}
	reader := spool.Reader{Dir: filepath.Join(dir, "spool")}
	if names, err := reader.Segments(); err != nil || len(names) != 1 {
		t.Fatal(names, err)
	} else if gone, _, err := reader.Remove(names[0], reader.Size(), time.Now().Add(2*time.Hour)); !gone || err != nil {
		t.Errorf("after the no the segment is still open (%v)", err)
	}
	if err := os.RemoveAll(reader.Dir); err != nil {
		t.Fatal(err)
	}
	feature := tkFeature.Begin()
	feature.End(nil)
	running.End(nil)
	s.Stop()
	if _, err := os.Stat(filepath.Join(dir, "spool")); !os.IsNotExist(err) {
		t.Errorf("after the no there is a spool again: %v", err)
	}
}

// The person answers in another process, while this one runs for long.
func TestAnswerElsewhere(t *testing.T) {
	dir := t.TempDir()
	folders, err := consent.Locate("testprog", dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := consent.Save(folders, consent.On, time.Now().Add(-time.Hour), consent.Scope{}); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := Start(Config{Service: "testprog", Dir: dir})
		defer s.Stop()
		_ = end(&tkCommand, "ok")
		before := len(spooled(t, dir))
		if before == 0 {
			t.Fatal("nothing was recorded while the mode was on")
		}
		if err := consent.Save(folders, consent.Off, time.Now(), consent.Scope{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * askEvery)
		Track("while.off")
		_ = end(&tkCommand, "ok")
		if got := len(spooled(t, dir)); got != before {
			t.Errorf("%d records were written after the no", got-before)
		}
		if s.Mode() != Off {
			t.Errorf("mode is %s, want off", s.Mode())
		}
	})
}
