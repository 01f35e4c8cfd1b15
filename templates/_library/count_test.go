package library___test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetrytest"

	"{{.Module}}"
)

func ExampleCount() {
	n, err := library__.Count(strings.NewReader("to be\nor not"))
	fmt.Println(n, err)
	// Output: 4 <nil>
}

// TestRecorded is about a program that has telemetry.
func TestRecorded(t *testing.T) {
	recorded := telemetrytest.Start(t)
	if _, err := library__.Count(strings.NewReader("to be")); err != nil {
		t.Error(err)
	}
	if _, err := library__.Count(iotest.ErrReader(errors.New("broken"))); err == nil {
		t.Error("an error of the reader is gone")
	}
	if got := recorded.Features()["{{.Package}}.count"]; got.Calls != 2 || got.Errors != 1 {
		t.Errorf("recorded %+v, want 2 calls with an error", got)
	}
}

// TestStartsNothing is about all the others: telemetry is the program's decision.
func TestStartsNothing(t *testing.T) {
	if _, err := library__.Count(strings.NewReader("to be")); err != nil {
		t.Error(err)
	}
	if telemetry.Recording() {
		t.Error("the library has started telemetry for its importer")
	}
}
