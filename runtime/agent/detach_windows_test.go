package agent

import (
	"testing"

	"golang.org/x/sys/windows"
)

// No window, no Ctrl-C of the starter's console, and not DETACHED_PROCESS, which
// lets the programs that it starts show one.
func TestDetached(t *testing.T) {
	const want = windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP
	if got := detached().CreationFlags; got != want {
		t.Errorf("want flags %#x, got %#x", want, got)
	}
}
