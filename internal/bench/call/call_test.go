package main

import (
	"strings"
	"testing"
)

// A few rounds, from the first call to the table; what was called is looked for
// in the records by the program itself.
func TestMeasure(t *testing.T) {
	var out, errs strings.Builder
	if code := run([]string{"-n", "2"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	for _, s := range shapes() {
		if !strings.Contains(out.String(), " "+s.name+" ") {
			t.Errorf("%q is missing in\n%s", s.name, out.String())
		}
	}
	if code := run([]string{"-n", "1"}, &out, &errs); code != 2 {
		t.Errorf("-n 1: exit code %d, want 2", code)
	}
}
