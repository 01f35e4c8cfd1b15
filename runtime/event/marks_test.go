package event

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWeek(t *testing.T) {
	for day, want := range map[string]string{
		"2026-11-23": "2026-W48", "2026-11-22": "2026-W47", "2027-01-03": "2026-W53", "2027-01-04": "2027-W01", "2024-12-30": "2025-W01", "2021-01-03": "2020-W53",
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := Week(at.Add(23 * time.Hour)); got != want {
			t.Errorf("%s: want %s, got %s", day, want, got)
		}
		monday, err := ParseWeek(want)
		if err != nil || monday.Weekday() != time.Monday || at.Sub(monday) < 0 || at.Sub(monday) >= 7*24*time.Hour {
			t.Errorf("%s begins on %s (%v)", want, monday, err)
		}
	}
	for _, bad := range []string{"", "2026-48", "2026-W00", "2026-W54", "2025-W53", "2026-w48", "2026-W4x", "+026-W48", "2026-W048"} {
		if monday, err := ParseWeek(bad); err == nil {
			t.Errorf("%q is read as %s", bad, monday)
		}
	}
}

// Fill says what reading, filling in and writing would say, also of texts that
// look like the places where something is filled in.
func TestFill(t *testing.T) {
	for _, text := range []string{"", "x", `","environment":{`, `,"marks":{}`, `,"session_id":`, `"metadata":{"sdk_version":""`} {
		for _, marks := range []*Marks{nil, new(Marks)} {
			e := sample(text)
			e.UserID, e.Marks, e.Metadata = "", marks, Metadata{}
			if marks != nil {
				e.SessionID = ""
			}
			meta := Metadata{SDKVersion: "v1", TransmissionTimestamp: noon, BatchSize: 1}
			given := Marks{InstallWeek: "2026-W48", Day: true, Month: true}
			got := Fill(e.AppendJSON(nil), "client_00", given, meta)
			e.Metadata = meta
			if marks == nil {
				e.UserID = "client_00"
			} else {
				e.Marks = &given
			}
			if diff := cmp.Diff(string(e.AppendJSON(nil)), string(got)); diff != "" {
				t.Errorf("%q, marks %v (-want +got):\n%s", text, marks, diff)
			}
		}
	}
}

func TestMarksAsJSON(t *testing.T) {
	for _, m := range []*Marks{nil, {}, {InstallWeek: "2026-W48"}, {Day: true}, {Week: true, Month: true}, {InstallWeek: "2026-W48", Day: true, Week: true, Month: true}} {
		e := sample("x")
		e.Marks = m
		want, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(e.AppendJSON(nil))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
