package machine

import (
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// set is an environment: "NAME=value NAME=value".
func set(environ string) func(string) string {
	vars := map[string]string{}
	for v := range strings.FieldsSeq(environ) {
		name, value, _ := strings.Cut(v, "=")
		vars[name] = value
	}
	return func(name string) string { return vars[name] }
}

func TestEnvironment(t *testing.T) {
	words := func(environ string) string {
		getenv := set(environ)
		return strings.Join([]string{Shell(getenv), Terminal(getenv), Assistant(getenv), Container(getenv)}, ",")
	}
	for environ, want := range map[string]string{
		"":                          ",,,",
		"SHELL=/bin/bash":           "bash,,,",
		"SHELL=/usr/local/bin/fish": "fish,,,",
		"SHELL=/home/bob/my-shell":  "other,,,",
		`ComSpec=C:\Windows\System32\cmd.exe WT_SESSION=1c8a0e2d-0000`: "cmd,windows_terminal,,",
		"TERM_PROGRAM=vscode TERM_PROGRAM_VERSION=1.2":                 ",vscode,,",
		"TERM_PROGRAM=Apple_Terminal":                                  ",apple_terminal,,",
		"TERM_PROGRAM=tmux KITTY_WINDOW_ID=1":                          ",tmux,,",
		"TERM_PROGRAM=bobs-own":                                        ",other,,",
		"TERMINAL_EMULATOR=JetBrains-JediTerm":                         ",jetbrains,,",
		"TERMINAL_EMULATOR=bobs-own":                                   ",,,",
		"TERM=xterm-256color VTE_VERSION=7600":                         ",vte,,",
		"CLAUDECODE=1 AI_AGENT=x":                                      ",,claude_code,",
		"CODEX_SANDBOX=seatbelt":                                       ",,codex,",
		"AI_AGENT=bobs-own":                                            ",,other,",
		"container=podman":                                             ",,,podman",
		"container=systemd-nspawn":                                     ",,,other",
		"KUBERNETES_SERVICE_HOST=10.0.0.1 container=docker":            ",,,kubernetes",
		"WSL_DISTRO_NAME=Bobs-Ubuntu":                                  ",,,wsl",
	} {
		if got := words(environ); got != want {
			t.Errorf("%s: want %s, got %s", environ, want, got)
		}
	}
}

// Whatever a variable says, nothing comes out but a word of the lists.
func TestNoValueGetsOut(t *testing.T) {
	known := map[string]bool{"": true, Other: true}
	for _, s := range shells {
		known[s] = true
	}
	variables := []string{"SHELL", "ComSpec"}
	for _, list := range [][]sign{terminals[:], assistants[:], containers[:]} {
		for _, s := range list {
			known[s.word] = true
			variables = append(variables, s.variable)
		}
	}
	for _, variable := range variables {
		for _, secret := range []string{"ghp_secretsecretsecretsecretsecretsecret", "/home/bob/bin/zsh-bob", "bob@example.org", "vscode bob", "\x00\xff", "podman;bob"} {
			getenv := func(name string) string {
				if name == variable {
					return secret
				}
				return ""
			}
			for _, word := range []string{Shell(getenv), Terminal(getenv), Assistant(getenv), Container(getenv)} {
				if !known[word] {
					t.Errorf("%s=%q gives %q", variable, secret, word)
				}
			}
		}
	}
}

func TestDistribution(t *testing.T) {
	for release, want := range map[string]string{
		"": "",
		"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n": "debian 12",
		"ID=ubuntu\nVERSION_ID='24.04'\n":                                                "ubuntu 24.04",
		"ID=\"opensuse-leap\"\r\nVERSION_ID=\"15.6\"\r\n":                                "opensuse-leap 15.6",
		"ID=arch\n":                                         "arch",
		"ID=fedora\nVERSION_ID=41-bob-secret":               "fedora 41",
		"ID=fedora\nVERSION_ID=bob":                         "fedora",
		"ID=debian\nVERSION_ID=" + strings.Repeat("1", 100): "debian " + strings.Repeat("1", maxVersion),
		"ID=bobs-own-linux\nVERSION_ID=3\n":                 "other",
		"ID_LIKE=debian\n":                                  "other",
		"\x00\xff":                                          "other",
	} {
		if got := distribution(release); got != want {
			t.Errorf("%q: want %q, got %q", release, want, got)
		}
	}
	if runtime.GOOS == "linux" {
		if _, err := os.Stat("/etc/os-release"); err == nil && osVersion() == "" {
			t.Error("this machine has an os-release and no version")
		}
	}
}

func TestDigits(t *testing.T) {
	for version, want := range map[string]string{"14.1-RELEASE-p5": "14.1", "15.2": "15.2", "": "", "rolling": "", "..7..": "7"} {
		if got := digits(version); got != want {
			t.Errorf("%q: want %q, got %q", version, want, got)
		}
	}
}

func TestDescribe(t *testing.T) {
	inDocker, inPodman, onHost := place{"debian 12", docker}, place{"debian 12", "podman"}, place{"debian 12", ""}
	for _, test := range []struct {
		name string
		in   place
		says event.Environment
		want event.Environment
	}{
		{"on the host", onHost, event.Environment{OS: "linux", Shell: "zsh"}, event.Environment{OS: "linux", OSVersion: "debian 12", Shell: "zsh"}},
		{"in docker", inDocker, event.Environment{OS: "linux"}, event.Environment{OS: "linux", OSVersion: "debian 12", Container: docker}},
		{"in podman", inPodman, event.Environment{Container: "podman"}, event.Environment{OSVersion: "debian 12", Container: "podman"}},
		{"of a container, read outside", onHost, event.Environment{Container: "podman"}, event.Environment{Container: "podman"}},
		{"of the host, read in podman", inPodman, event.Environment{OS: "linux"}, event.Environment{OS: "linux"}},
		{"known already", onHost, event.Environment{OSVersion: "fedora 41"}, event.Environment{OSVersion: "fedora 41"}},
		{"docker, version unknown", place{"", docker}, event.Environment{}, event.Environment{Container: docker}},
		{"nothing known", place{}, event.Environment{}, event.Environment{}},
	} {
		// What the program says of itself looks like what is looked for.
		want := event.Event{Environment: test.want, Body: event.Body{Type: event.TypeCustom, Data: event.AppendCustom(nil, `,"environment":{"os":"x"}`, nil)}}
		want.Service.Name = `,"environment":{"os":"x"}`
		e := want
		e.Environment = test.says
		records := []event.Record{{JSON: e.AppendJSON(nil)}}
		test.in.describe(records)
		var got event.Event
		if err := json.Unmarshal(records[0].JSON, &got); err != nil {
			t.Fatalf("%s: %v in %s", test.name, err, records[0].JSON)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	for _, text := range []string{``, `{}`, `{"a":1,"environment":`, `{"a":1,"environment":7}`} {
		if got := onHost.fill([]byte(text)); string(got) != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}
