package main

import (
	"strings"
	"testing"
)

// A few rounds, from building to the table.
func TestMeasure(t *testing.T) {
	var out, progress strings.Builder
	if code := run([]string{"-n", "3"}, &out, &progress); code != 0 {
		t.Fatalf("exit code %d: %s", code, progress.String())
	}
	for _, want := range []string{"bare", "linked", "off", "recording over linked"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if code := run([]string{"-n", "1"}, &out, &progress); code != 2 {
		t.Errorf("-n 1: exit code %d, want 2", code)
	}
}
