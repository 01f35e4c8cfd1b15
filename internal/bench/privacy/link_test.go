package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const linking = `package main

import "github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"

func main() {
	defer telemetry.Start(telemetry.Config{Service: "linking"}).Stop()
	telemetry.Track("a"%s)
}
`

// Programs without free text do not link what cleans it: the linker leaves it out,
// as long as nothing that they call names it.
func TestLinked(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	for attr, want := range map[string]bool{"": false, `, telemetry.Text("text", "x")`: true} {
		dir := t.TempDir()
		source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "linking")
		if err := os.WriteFile(source, fmt.Appendf(nil, linking, attr), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
			t.Fatalf("building: %v\n%s", err, out)
		}
		text, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(text, []byte("sanitize.(*machine).clean")); got != want {
			t.Errorf("with %q: the detectors of free text are linked: %v, want %v", attr, got, want)
		}
	}
}
