package telemetry

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestRevision(t *testing.T) {
	const full = "4e6774312a5b9c0d1e2f30415263748596a7b8c9"
	for rev, want := range map[string]string{
		full: full[:12], full + "+dirty": full[:12] + "+dirty", "4e67743": "4e67743", "": "", "4e6774": "", "12345": "",
		"bob@example.org": "", strings.ToUpper(full): "", full + " bob": "", "+dirty": "",
	} {
		if got := revision(rev); got != want {
			t.Errorf("%q: want %q, got %q", rev, want, got)
		}
	}
	settings := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: full}, {Key: "vcs.modified", Value: "true"}}
	if got := stamped(settings); got != full+"+dirty" {
		t.Errorf("stamped: %q", got)
	}
	if got := stamped(settings[:2]); got != full {
		t.Errorf("stamped, not modified: %q", got)
	}
	if version, rev := builtFrom("v1.2.3", full); version != "v1.2.3" || rev != full[:12] {
		t.Errorf("given: %q %q", version, rev)
	}
	if version, _ := builtFrom("", ""); version == "" {
		t.Error("no version at all")
	}
}

// Of the variables that tell where a program runs, nothing but words of lists gets
// into an event.
func TestEnvironmentHoldsNoSecrets(t *testing.T) {
	const secret = "bobs-s3cret"
	for _, variable := range []string{
		"SHELL", "ComSpec", "TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TMUX", "STY", "TERMINAL_EMULATOR", "KITTY_WINDOW_ID", "VTE_VERSION",
		"WT_SESSION", "AI_AGENT", "CLAUDECODE", "CODEX_THREAD_ID", "KUBERNETES_SERVICE_HOST", "container", "WSL_DISTRO_NAME", "WSL_INTEROP", "HOSTNAME",
	} {
		t.Setenv(variable, "/"+secret+"/"+secret)
	}
	s, dir := start(t, Config{Revision: secret})
	Track("x")
	_ = end(&tkFeature, "ok")
	Count("files", 1)
	s.Stop()
	records := spooled(t, dir)
	for _, r := range records {
		if strings.Contains(string(r.JSON), secret) {
			t.Errorf("a variable's value is in %s", r.JSON)
		}
		if got := parse(t, r).Environment; got.Terminal != "other" || got.AIAgent != "claude_code" || got.Container != "kubernetes" || got.Shell != "other" {
			t.Errorf("recorded %+v", got)
		}
	}
	if len(records) != 3 {
		t.Errorf("%d events, want 3", len(records))
	}
}
