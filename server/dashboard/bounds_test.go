package dashboard

import (
	"fmt"
	"testing"

	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// TestBounds: however many names and versions a sender makes up, the page stays
// a page, and says what it leaves out.
func TestBounds(t *testing.T) {
	var rows []analytics.Row
	for i := range maxRows + 7 {
		rows = append(rows, analytics.Row{Kind: store.KindCommand, Name: fmt.Sprint("made.up.", i)})
	}
	got := tables(rows, nil)
	if len(got) != 1 || len(got[0].Rows) != maxRows || got[0].More != 7 {
		t.Errorf("got %d tables, %d rows and %d more, want 1, %d and 7", len(got), len(got[0].Rows), got[0].More, maxRows)
	}
	var v appView
	for i := range maxVersions + 3 {
		v.Versions.Groups = append(v.Versions.Groups, analytics.Group{Version: fmt.Sprint(i)})
	}
	if len(v.ShownVersions()) != maxVersions || v.MoreVersions() != 3 {
		t.Errorf("shows %d versions and %d more, want %d and 3", len(v.ShownVersions()), v.MoreVersions(), maxVersions)
	}
}
