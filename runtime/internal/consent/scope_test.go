package consent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestScopeOfAYes(t *testing.T) {
	f := Folders{Config: t.TempDir(), State: filepath.Join(t.TempDir(), "made", "by", "bind")}
	a, b := Scope{"https://a.example", "1.2.0"}, Scope{"https://b.example", "1.2.0"}
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	decide := func(s Scope) Decision {
		return Decide(Question{Service: "x", Folders: f, Getenv: getenv(), Scope: s})
	}
	check := func(about string, s Scope, want Mode, unbound bool) {
		t.Helper()
		if d := decide(s); d.Mode != want || d.Unbound != unbound || d.Renew != (want == Local) {
			t.Errorf("%s: %+v", about, d)
		}
	}
	save := func(m Mode, s Scope) {
		t.Helper()
		if err := Save(f, m, now, s); err != nil {
			t.Fatal(err)
		}
	}
	save(On, a)
	if text, err := os.ReadFile(filepath.Join(f.Config, "mode")); err != nil || string(text) != "on 2026-11-23T10:00:00Z https://a.example 1.2\n" {
		t.Errorf("the file says %q (%v)", text, err)
	}
	check("given for a", a, On, false)
	check("who sends nowhere needs no endpoint", Scope{Schema: "1.2.9"}, On, false)
	check("b was not asked for", b, Local, false)
	save(On, b)
	check("renewed", b, On, false)
	save(On, Scope{})
	check("an answer without a scope", b, On, true)
	if err := Bind(f, now, a); err != nil {
		t.Fatal(err)
	}
	check("bound to the first", a, On, false)
	check("and to no other", b, Local, false)
	now = now.Add(time.Minute)
	save(On, Scope{})
	check("renewed without a scope", b, On, true)
	save(Off, a)
	if text, _ := os.ReadFile(filepath.Join(f.Config, "mode")); strings.Contains(string(text), "example") {
		t.Errorf("a no is for everything, and the file says %q", text)
	}
}

// A question that was answered does not keep the person from being asked for what
// goes beyond the answer; one that was not does.
func TestClaimAfterAnAnswer(t *testing.T) {
	f := Folders{Config: t.TempDir()}
	asked := time.Now().Add(-48 * time.Hour)
	if err := Claim(f, asked, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := Claim(f, time.Now(), asked.Add(-time.Hour)); err == nil {
		t.Error("asked again although the last question was not answered")
	}
	if err := Claim(f, time.Now(), asked.Add(time.Second)); err != nil {
		t.Errorf("not asked again although the last question was answered: %v", err)
	}
}
