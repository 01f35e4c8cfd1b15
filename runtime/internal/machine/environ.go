// Package machine says on what, and in what, a program runs, in words of closed
// lists.
//
// In come the environment of a process, and what the system says about its own
// version; out go words that stand in this package, or "other", and versions of
// digits and dots. Of no variable's value anything else gets out. What is free to
// find out a program says of itself when it records (this file); what takes a short
// program too long is filled in when its records are read ([Describe]).
package machine

import "strings"

// Other stands for what is not in a list.
const Other = "other"

var shells = [...]string{"bash", "zsh", "fish", "sh", "dash", "ksh", "tcsh", "csh", "nu", "elvish", "xonsh", "pwsh", "powershell", "cmd"}

// Shell names the shell that the person works in; empty if no variable says it.
func Shell(getenv func(string) string) string {
	path := getenv("SHELL")
	if path == "" {
		path = getenv("ComSpec") // Windows
	}
	if path == "" {
		return ""
	}
	name := strings.ToLower(path[strings.LastIndexAny(path, `/\`)+1:])
	name = strings.TrimSuffix(name, ".exe")
	for _, known := range shells {
		if name == known {
			return known
		}
	}
	return Other
}

// sign is a variable that tells a word: by its value, or by being set if that is
// empty.
type sign struct{ variable, value, word string }

func first(signs []sign, getenv func(string) string) string {
	for i := range signs {
		s := &signs[i]
		if v := getenv(s.variable); v != "" && (s.value == "" || v == s.value) {
			return s.word
		}
	}
	return ""
}

// terminals are in the order of trust: TERM_PROGRAM is set by the innermost one, the
// others are inherited by what is started in them.
var terminals = [...]sign{
	{"TERM_PROGRAM", "Apple_Terminal", "apple_terminal"},
	{"TERM_PROGRAM", "iTerm.app", "iterm2"},
	{"TERM_PROGRAM", "vscode", "vscode"},
	{"TERM_PROGRAM", "WezTerm", "wezterm"},
	{"TERM_PROGRAM", "ghostty", "ghostty"},
	{"TERM_PROGRAM", "WarpTerminal", "warp"},
	{"TERM_PROGRAM", "Hyper", "hyper"},
	{"TERM_PROGRAM", "Tabby", "tabby"},
	{"TERM_PROGRAM", "zed", "zed"},
	{"TERM_PROGRAM", "mintty", "mintty"},
	{"TERM_PROGRAM", "rio", "rio"},
	{"TERM_PROGRAM", "tmux", "tmux"},
	{"TERM_PROGRAM", "", Other},
	{"TMUX", "", "tmux"},
	{"STY", "", "screen"},
	{"TERMINAL_EMULATOR", "JetBrains-JediTerm", "jetbrains"},
	{"KITTY_WINDOW_ID", "", "kitty"},
	{"ALACRITTY_WINDOW_ID", "", "alacritty"},
	{"KONSOLE_VERSION", "", "konsole"},
	{"VTE_VERSION", "", "vte"}, // GNOME's, Xfce's and more
	{"ConEmuPID", "", "conemu"},
	{"WT_SESSION", "", "windows_terminal"},
}

// Terminal names the program that the person types into; empty if no variable says
// it.
func Terminal(getenv func(string) string) string { return first(terminals[:], getenv) }

// assistants are known by what they set for the commands that they run. AI_AGENT is
// what their makers begin to agree on; its value is theirs, and not kept.
var assistants = [...]sign{
	{"CLAUDECODE", "", "claude_code"},
	{"CLAUDE_CODE", "", "claude_code"},
	{"CODEX_SANDBOX", "", "codex"},
	{"CODEX_SANDBOX_NETWORK_DISABLED", "", "codex"},
	{"CODEX_THREAD_ID", "", "codex"},
	{"CODEX_CI", "", "codex"},
	{"CURSOR_AGENT", "", "cursor"},
	{"GEMINI_CLI", "", "gemini_cli"},
	{"OPENCODE", "", "opencode"},
	{"OPENCODE_CLIENT", "", "opencode"},
	{"CLINE_ACTIVE", "", "cline"},
	{"AUGMENT_AGENT", "", "augment"},
	{"ANTIGRAVITY_AGENT", "", "antigravity"},
	{"AI_AGENT", "", Other},
}

// Assistant names the AI agent that runs the program; empty if none is known to.
func Assistant(getenv func(string) string) string { return first(assistants[:], getenv) }

// containers: the variable "container" is systemd's convention, which podman and
// LXC keep. Docker keeps none: see [Describe].
var containers = [...]sign{
	{"KUBERNETES_SERVICE_HOST", "", "kubernetes"},
	{"container", "podman", "podman"},
	{"container", "docker", "docker"},
	{"container", "lxc", "lxc"},
	{"container", "", Other},
	{"WSL_DISTRO_NAME", "", "wsl"},
	{"WSL_INTEROP", "", "wsl"},
}

// Container names what the process is held in, as far as variables say.
func Container(getenv func(string) string) string { return first(containers[:], getenv) }
