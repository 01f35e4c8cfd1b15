package sanitize

import (
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/privacy/corpus"
)

const corpusDir = "../../../testdata/privacy"

// corpusMachine is the machine that the corpus speaks of.
func corpusMachine() *machine {
	env := map[string]string{"USER": corpus.User, "HOSTNAME": corpus.Host}
	return newMachine(func(name string) string { return env[name] }, "")
}

// TestCorpus holds recall and precision on the halves of the corpora. Of those that
// detectors are written on it names the texts that came out wrong; of the others
// only where they stand: who looks at them moves them over first.
func TestCorpus(t *testing.T) {
	cases, err := corpus.Read(corpusDir)
	if err != nil {
		t.Fatal(err)
	}
	rows, failures := corpus.Score(cases, corpusMachine().clean)
	wrong := false
	for _, r := range rows {
		recall, precision, least := 0.97, 0.95, 0 // of a class: half of one text in eighty, and what chance adds
		switch {
		case r.Class == corpus.All && r.Half == corpus.HeldOut:
			recall, precision, least = 0.97, 0.98, 350 // what it is, and not what it should be
		case r.Class == corpus.All && r.Half == corpus.Fresh:
			recall, precision, least = 0.99, 0.98, 350
		case r.Class == corpus.All:
			recall, precision, least = 0.99, 0.98, 1000
		case !corpus.Shown(r.Half) && r.Half != corpus.Report, r.Half == corpus.Second:
			continue // of twenty texts a class, one says little
		}
		if r.Positives < least || r.Negatives < least {
			t.Errorf("%s: %d positives and %d negatives are too few", r.Half, r.Positives, r.Negatives)
		}
		if r.Recall() < recall || r.Precision() < precision {
			wrong = true
			t.Errorf("%s, %s: recall %.4f (want %.2f), precision %.4f (want %.2f)", r.Half, r.Class, r.Recall(), recall, r.Precision(), precision)
		}
	}
	for _, f := range failures {
		switch {
		case !wrong && !testing.Verbose():
		case corpus.Shown(f.Half):
			t.Logf("%s %s\n\t%q\n\t%q", f.ID, f.Class, f.Text, f.Got)
		default:
			t.Logf("%s %s", f.ID, f.Class)
		}
	}
}
