package main

import (
	"strings"
	"testing"
)

// The go command speaks to a vet tool; to tkgen as a tool of the build it speaks
// with vet's own arguments, which end in the same way.
func TestAsVettool(t *testing.T) {
	for line, want := range map[string]bool{
		"-V=full":                       true,
		"-flags":                        true,
		"/tmp/b001/vet.cfg":             true,
		"-json /tmp/b001/vet.cfg":       true,
		"-recommend=true -json vet.cfg": true,
		"toolexec overlay.json 0 /go/pkg/tool/vet -json vet.cfg": false,
		"build ./...":  false,
		"config x.cfg": false,
		"":             false,
	} {
		if got := asVettool(strings.Fields(line)); got != want {
			t.Errorf("%q: got %v, want %v", line, got, want)
		}
	}
}
