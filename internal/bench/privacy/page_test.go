package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/internal/bench/privacy/corpus"
)

const (
	repository = "../../.."
	page       = repository + "/docs/privacy.md"
)

// The tests that docs/privacy.md names are there.
func TestPageNamesTests(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	named, room := 0, ""
	for line := range strings.SplitSeq(string(text), "\n") {
		for _, code := range regexp.MustCompile("`[^`]+`").FindAllString(line, -1) {
			code = strings.Trim(code, "`")
			if info, err := os.Stat(filepath.Join(repository, code)); err == nil && info.IsDir() {
				room = code
			}
			if !strings.HasPrefix(code, "Test") {
				continue
			}
			if named++; !defines(t, room, code) {
				t.Errorf("there is no %s in %s", code, room)
			}
		}
	}
	if named < 20 {
		t.Errorf("%d tests are named: the page has another form", named)
	}
}

func defines(t *testing.T, room, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository, room, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "func "+test+"(t ") {
			return true
		}
	}
	return false
}

// The numbers that docs/privacy.md quotes are those that the command prints.
func TestPageQuotesWhatIsHeldOut(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Read(repository + "/testdata/privacy")
	if err != nil {
		t.Fatal(err)
	}
	restore(t)
	kept, err := record(cases)
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := corpus.Score(cases, func(text string) string { return kept[text] })
	flat := strings.Join(strings.Fields(string(text)), " ")
	for _, r := range rows {
		if r.Half != corpus.Third {
			continue
		}
		wants := []string{fmt.Sprintf("| %s | %d | %d |", r.Class, r.Positives, r.Found), fmt.Sprintf("| %d | %d |", r.Negatives, r.Mistaken)}
		if r.Positives > 0 {
			wants = append(wants, fmt.Sprintf("| %s | %d | %d | %.4f | %d | %d | %.4f |", r.Class, r.Positives, r.Found, r.Recall(), r.Negatives, r.Mistaken, r.Precision()))
		}
		if r.Class == corpus.All {
			wants = append(wants, fmt.Sprintf("%d of %d secrets", r.Found, r.Positives), fmt.Sprintf("%d of %d harmless", r.Mistaken, r.Negatives))
		}
		for _, want := range wants {
			if !strings.Contains(flat, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
	}
}
