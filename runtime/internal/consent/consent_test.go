package consent

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func getenv(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if k, v, _ := strings.Cut(p, "="); k == name {
				return v
			}
		}
		return ""
	}
}

// TestDecide goes through the order of precedence: each line names what is said
// and which of it wins.
func TestDecide(t *testing.T) {
	would := Scope{Endpoint: "https://a.example", Schema: "1.2.0"}
	const scoped, elsewhere, narrow, wide = "on 2026-11-23T10:00:00Z https://a.example 1.2\n", "on 2026-11-23T10:00:00Z https://b.example 1.2\n",
		"on 2026-11-23T10:00:00Z https://a.example 1.1\n", "on 2026-11-23T10:00:00Z https://a.example 1.10\n"
	const yes, no, local = "on 2026-11-23T10:00:00Z\n", "off 2026-11-23T10:00:00Z\n", "local 2026-11-23T10:00:00Z\n"
	for _, c := range []struct {
		about  string
		env    []string
		saved  string
		author Mode
		want   Mode
		log    bool
		cause  string // part of it
		bound  string // the file "scope"
		renew  bool
	}{
		{about: "nobody said anything", want: Local, cause: "default"},
		{about: "the author chose off", author: Off, want: Off, cause: "program's default"},
		{about: "the author cannot choose on", author: On, want: Local, cause: "default"},
		{about: "a saved yes", saved: yes, want: On, cause: "saved answer"},
		{about: "a saved yes beats the author", saved: yes, author: Off, want: On, cause: "saved answer"},
		{about: "a yes to this server and schema", saved: scoped, want: On, cause: "saved answer"},
		{about: "a yes to another server", saved: elsewhere, want: Local, cause: "for https://b.example, and the program would send to https://a.example", renew: true},
		{about: "a yes to a schema that could say less", saved: narrow, want: Local, cause: "for event schema 1.1, and that of the program is 1.2", renew: true},
		{about: "a yes to a schema that could say more", saved: wide, want: On, cause: "saved answer"},
		{about: "a yes without its server holds for the one that was first sent to", saved: yes, bound: "2026-11-23T10:00:00Z https://a.example 1.2", want: On, cause: "saved answer"},
		{about: "and not for another", saved: yes, bound: "2026-11-23T10:00:00Z https://b.example 1.2", want: Local, cause: "https://b.example", renew: true},
		{about: "a new yes is not bound to the server of the old one", saved: yes, bound: "2026-11-22T10:00:00Z https://b.example 1.2", want: On, cause: "saved answer"},
		{about: "the variable is said now, and for this program", env: []string{"MY_TOOL_TELEMETRY=on"}, saved: elsewhere, want: On, cause: "MY_TOOL_TELEMETRY=on"},
		{about: "CI beats a yes to another server", env: []string{"CI=1"}, saved: elsewhere, want: Off, cause: "CI"},
		{about: "a saved no", saved: no, want: Off, cause: "saved answer"},
		{about: "saved local", saved: local, author: Off, want: Local, cause: "saved answer"},
		{about: "a saved file that makes no sense is a no", saved: "perhaps", want: Off, cause: "unreadable"},
		{about: "a yes without its time is a no", saved: "on", want: Off, cause: "unreadable"},
		{about: "an empty file is a no", saved: "\n", want: Off, cause: "unreadable"},
		{about: "CI beats a saved yes", env: []string{"CI=true"}, saved: yes, want: Off, cause: "CI"},
		{about: "CI=false is not CI", env: []string{"CI=false"}, saved: yes, want: On, cause: "saved answer"},
		{about: "another build server", env: []string{"GITHUB_ACTIONS=1"}, want: Off, cause: "GITHUB_ACTIONS"},
		{about: "a pair", env: []string{"BUILD_ID=7", "BUILD_URL=x"}, want: Off, cause: "BUILD_ID"},
		{about: "half a pair", env: []string{"BUILD_ID=7"}, want: Local, cause: "default"},
		{about: "the variable beats CI", env: []string{"CI=true", "MY_TOOL_TELEMETRY=on"}, want: On, cause: "MY_TOOL_TELEMETRY=on"},
		{about: "the variable beats a saved no", env: []string{"MY_TOOL_TELEMETRY=local"}, saved: no, want: Local, cause: "MY_TOOL_TELEMETRY=local"},
		{about: "off", env: []string{"MY_TOOL_TELEMETRY=OFF "}, saved: yes, want: Off, cause: "MY_TOOL_TELEMETRY=off"},
		{about: "0", env: []string{"MY_TOOL_TELEMETRY=0"}, saved: yes, want: Off, cause: "MY_TOOL_TELEMETRY=0"},
		{about: "log", env: []string{"MY_TOOL_TELEMETRY=log"}, saved: yes, want: Local, log: true, cause: "MY_TOOL_TELEMETRY=log"},
		{about: "a value nobody knows is a no", env: []string{"MY_TOOL_TELEMETRY=perhaps"}, saved: yes, want: Off, cause: "none of"},
		{about: "DO_NOT_TRACK beats all", env: []string{"DO_NOT_TRACK=1", "MY_TOOL_TELEMETRY=on"}, saved: yes, want: Off, cause: "DO_NOT_TRACK=1"},
		{about: "DO_NOT_TRACK=yes", env: []string{"DO_NOT_TRACK=yes"}, want: Off, cause: "DO_NOT_TRACK"},
		{about: "DO_NOT_TRACK=0 says nothing", env: []string{"DO_NOT_TRACK=0"}, want: Local, cause: "default"},
		{about: "DO_NOT_TRACK=False says nothing", env: []string{"DO_NOT_TRACK= False "}, want: Local, cause: "default"},
	} {
		t.Run(c.about, func(t *testing.T) {
			dir := t.TempDir()
			if c.saved != "" {
				if err := os.WriteFile(filepath.Join(dir, "mode"), []byte(c.saved), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.bound != "" {
				if err := os.WriteFile(filepath.Join(dir, "scope"), []byte(c.bound), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got := Decide(Question{Service: "my-tool", Default: c.author, Folders: Folders{Config: dir, State: dir}, Getenv: getenv(c.env...), Scope: would})
			if got.Renew != c.renew {
				t.Errorf("to be renewed: %v", got.Renew)
			}
			if got.Mode != c.want || got.Log != c.log || !strings.Contains(got.Cause, c.cause) {
				t.Errorf("want %s (log %v) because of %q, got %s (log %v) because of %q", c.want, c.log, c.cause, got.Mode, got.Log, got.Cause)
			}
			if want := strings.Contains(c.cause, "default"); got.Unanswered != want {
				t.Errorf("unanswered is %v", got.Unanswered)
			}
			if wantSince := c.renew || c.want == On && strings.Contains(c.cause, "saved"); got.Since.IsZero() == wantSince {
				t.Errorf("since is %v", got.Since)
			}
		})
	}
}

func TestVariable(t *testing.T) {
	for service, want := range map[string]string{
		"helm": "HELM_TELEMETRY", "my-tool": "MY_TOOL_TELEMETRY", "a.b/c 2": "A_B_C_2_TELEMETRY", "größe": "GR____E_TELEMETRY",
	} {
		if got := Variable(service); got != want {
			t.Errorf("%q: want %s, got %s", service, want, got)
		}
	}
}

func TestSaveAndReadBack(t *testing.T) {
	f := Folders{Config: filepath.Join(t.TempDir(), "app", "telemetry")}
	now := time.Date(2026, 11, 23, 11, 0, 0, 0, time.FixedZone("", 3600))
	for _, m := range []Mode{On, Off, Local, On} {
		if err := Save(f, m, now, Scope{}); err != nil {
			t.Fatal(err)
		}
		got := Decide(Question{Service: "x", Folders: f, Getenv: getenv()})
		if got.Mode != m || m == On && !got.Since.Equal(now) {
			t.Errorf("saved %s, read %s since %s", m, got.Mode, got.Since)
		}
	}
	text, err := os.ReadFile(filepath.Join(f.Config, "mode"))
	if err != nil || string(text) != "on 2026-11-23T10:00:00Z\n" {
		t.Errorf("the file says %q (%v)", text, err)
	}
	entries, err := os.ReadDir(f.Config)
	if err != nil || len(entries) != 1 {
		t.Errorf("beside it lie %v (%v)", entries, err)
	}
	for path, want := range map[string]os.FileMode{f.Config: 0o700, filepath.Join(f.Config, "mode"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
}

func TestSaveNowhere(t *testing.T) {
	if err := Save(Folders{}, On, time.Now(), Scope{}); !errors.Is(err, ErrNoHome) {
		t.Errorf("want ErrNoHome, got %v", err)
	}
	if err := Save(Folders{Config: "/dev/null/x"}, On, time.Now(), Scope{}); err == nil {
		t.Error("saved below a file")
	}
	if d := Decide(Question{Folders: Folders{Config: "/dev/null/x"}, Getenv: getenv()}); d.Mode != Local {
		t.Errorf("below a file there is no answer, got %+v", d)
	}
}

// TestClaim asks, and asks again: only when it is time, and one process only.
func TestClaim(t *testing.T) {
	f := Folders{Config: filepath.Join(t.TempDir(), "app", "telemetry")}
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		about string
		after time.Duration
		want  error
	}{
		{"the first time", 0, nil},
		{"at once", 0, ErrAsked},
		{"a day before the time is over", AskAgain - 24*time.Hour, ErrAsked},
		{"when it is over", AskAgain, nil},
		{"a clock set back by an hour", AskAgain - time.Hour, ErrAsked},
		{"a clock that was years ahead", -AskAgain, nil},
	} {
		if err := Claim(f, now.Add(c.after), time.Time{}); !errors.Is(err, c.want) {
			t.Errorf("%s: want %v, got %v", c.about, c.want, err)
		}
	}
	path := filepath.Join(f.Config, askedFile)
	if err := os.WriteFile(path, nil, 0o600); err != nil { // as another process has it for a moment
		t.Fatal(err)
	}
	if err := Claim(f, time.Now(), time.Time{}); !errors.Is(err, ErrAsked) {
		t.Errorf("beside a process that asks: want ErrAsked, got %v", err)
	}
	if err := Claim(f, time.Now().Add(AskAgain), time.Time{}); err != nil {
		t.Errorf("over an old file that makes no sense: %v", err)
	}
	if err := Claim(Folders{}, now, time.Time{}); !errors.Is(err, ErrNoHome) {
		t.Errorf("want ErrNoHome, got %v", err)
	}
	if err := Claim(Folders{Config: "/dev/null/x"}, now, time.Time{}); err == nil {
		t.Error("claimed below a file")
	}
}

// TestClaimIsOfOneProcess starts with no file, as all of a person's first runs do.
func TestClaimIsOfOneProcess(t *testing.T) {
	f := Folders{Config: t.TempDir()}
	won := make(chan bool)
	for range 8 {
		go func() { won <- Claim(f, time.Now(), time.Time{}) == nil }()
	}
	winners := 0
	for range 8 {
		if <-won {
			winners++
		}
	}
	if winners != 1 {
		t.Errorf("%d of 8 may ask", winners)
	}
}

func TestLocate(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the folders of Linux")
	}
	for _, c := range []struct {
		home, state, config, service, dir string
		want                              Folders
		err                               string
	}{
		{home: "/h", service: "app", want: Folders{"/h/.config/app/telemetry", "/h/.local/state/app/telemetry"}},
		{home: "/h", state: "/s", config: "/c", service: "app", want: Folders{"/c/app/telemetry", "/s/app/telemetry"}},
		{home: "/h", state: "relative", service: "app", want: Folders{"/h/.config/app/telemetry", "/h/.local/state/app/telemetry"}},
		{state: "/s", service: "app", want: Folders{"", "/s/app/telemetry"}},
		{service: "app", err: "set HOME"},
		{home: "relative", service: "app", err: "set HOME"},
		{home: "/h", err: "has no name"},
		{home: "/h", service: "../..", want: Folders{"/h/.config/_../telemetry", "/h/.local/state/_../telemetry"}},
		{home: "/h", service: "..", err: "has no name"},
		{home: "/h", service: "../a b", want: Folders{"/h/.config/_a_b/telemetry", "/h/.local/state/_a_b/telemetry"}},
		{service: "app", dir: "/d", want: Folders{"/d", "/d"}},
	} {
		t.Setenv("HOME", c.home)
		t.Setenv("XDG_STATE_HOME", c.state)
		t.Setenv("XDG_CONFIG_HOME", c.config)
		got, err := Locate(c.service, c.dir)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%+v: want an error with %q, got %v", c, c.err, err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%+v: %v\n%s", c, err, diff)
		}
	}
}
