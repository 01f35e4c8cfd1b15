package corpus

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const dir = "../../../../testdata/privacy"

// What lies in the repository is what the generator makes, and reads back as it.
func TestGenerated(t *testing.T) {
	for _, half := range []string{Tune, Report} {
		got, err := os.ReadFile(filepath.Join(dir, half+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		if want := File(half); string(got) != want {
			t.Errorf("%s.tsv is not what is generated: go run ./internal/bench/privacy -generate", half)
		}
	}
	cases, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	generated := append(Generate(Tune), Generate(Report)...)
	for i, want := range generated {
		got := cases[i]
		if got.ID = ""; got != want {
			t.Errorf("case %d: want %+v, got %+v", i, want, got)
		}
	}
	positives := 0
	for _, c := range cases {
		if c.Positive {
			positives++
		}
	}
	if negatives := len(cases) - positives; positives < 2000 || negatives < 2000 {
		t.Errorf("%d positives and %d negatives, want 2000 of each", positives, negatives)
	}
}

// The fresh corpus was divided by nobody's choice.
func TestHalves(t *testing.T) {
	cases, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, c := range cases {
		fresh := strings.HasPrefix(c.ID, "fresh.tsv")
		if fresh != (c.Half == Fresh || c.Half == HeldOut) || fresh && c.Half != HalfOf(c.Text) {
			t.Errorf("%s stands in %s", c.ID, c.Half)
		}
		n[c.Half]++
	}
	if n[Fresh] < 750 || n[HeldOut] < 750 {
		t.Errorf("%d fresh and %d held-out texts, want 750 of each", n[Fresh], n[HeldOut])
	}
}

// Nothing in the files looks like a live credential to a scanner of repositories.
func TestNoCredentials(t *testing.T) {
	live := regexp.MustCompile(`gh[pousr]_[0-9A-Za-z]{36}|AKIA[0-9A-Z]{16}|xox[bp]-[0-9]{10}|sk_live_[0-9A-Za-z]{10}|eyJ[\w-]{17,}\.eyJ|-----BEGIN [A-Z ]*PRIVATE KEY-----|hooks\.slack\.com/services/T|AIza[\w-]{35}`)
	for _, name := range Names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if found := live.FindString(line); found != "" {
				t.Errorf("%s:%d: %s: write it in parts, with %s between them", name, i+1, found, part)
			}
		}
	}
}

func TestScore(t *testing.T) {
	cases := []Case{
		{Half: Tune, Class: "x", Positive: true, Text: "a secret b", Secret: "secret"},
		{Half: Tune, Class: "x", Positive: true, Text: "a secret2 b", Secret: "secret2"},
		{Half: Tune, Class: "x", Positive: true, Text: "a secret3 b", Secret: "secret3"},
		{Half: Tune, Class: "x", Text: "fine"},
		{Half: Tune, Class: "x", Text: "changed"},
	}
	rows, failures := Score(cases, func(s string) string {
		return map[string]string{"a secret b": "a <secret> b", "a secret2 b": "a <x>ret2 b", "a secret3 b": "<x>", "fine": "fine", "changed": "<x>"}[s]
	})
	if want := (Row{Tune, "x", 3, 2, 1, 2, 1}); rows[0] != want {
		t.Errorf("want %+v, got %+v", want, rows[0])
	}
	if len(failures) != 2 || rows[0].Precision() != 2.0/3 || rows[1].Found != 2 || rows[1].Class != All {
		t.Errorf("%v, %v", failures, rows)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, line := range []string{"", "tune\temail\t+", "half\temail\t+\t\"x\"", "tune\temail\t+\tx", "tune\temail\t+\t\"x\"", "tune\temail\t-\t\"⟦x⟧\""} {
		if c, err := parse(line); err == nil {
			t.Errorf("%q is read as %+v", line, c)
		}
	}
}

func TestLeaks(t *testing.T) {
	for kept, want := range map[string]bool{"alice@exa": true, "<email>": false, "ample.com": true, "alic": false, "ALICE@EXAM": true} {
		if got := Leaks(kept, "alice@example.com"); got != want {
			t.Errorf("%q: want %v, got %v", kept, want, got)
		}
	}
}
