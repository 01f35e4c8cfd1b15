// Package consent decides whether a program may record and send, and names the
// cause that decided.
//
// In comes what the person said (environment variables, the saved answer) and
// what the author chose; out goes a [Decision] and the [Folders] where the
// program's telemetry lives. Nothing here creates a file except [Save], which
// runs only when the person answers, and [Claim], when they are asked.
package consent

import (
	"strings"
	"time"
)

// Mode is what may happen with what a program observes about itself.
type Mode uint8

// The modes. The zero value is Local: recorded on this machine, never sent.
const (
	Local Mode = iota
	Off
	On
)

func (m Mode) String() string {
	switch m {
	case Off:
		return "off"
	case On:
		return "on"
	default:
		return "local"
	}
}

// Question is what [Decide] needs to know.
type Question struct {
	// Service is the program's name.
	Service string
	// Default is the author's choice: Local or Off. On counts as Local, because
	// only the person can say yes.
	Default Mode
	// Folders is where the saved answer is looked for.
	Folders Folders
	// Getenv reads the environment; os.Getenv in programs.
	Getenv func(string) string
	// Scope is what the program would do with a yes.
	Scope Scope
}

// Decision is the mode that holds, and why.
type Decision struct {
	Mode Mode
	// Log asks for the JSON of each event on stderr.
	Log bool
	// Cause names what decided, in words for the person: "DO_NOT_TRACK=1".
	Cause string
	// Since is when the saved yes was given; zero if it was not saved. What was
	// recorded before it stays here.
	Since time.Time
	// Unanswered says that nobody has said anything, neither the person nor
	// their environment: the author's default holds, and the person may be asked.
	Unanswered bool
	// Renew says that the saved yes was given for less than the program would do
	// now. Until the person is asked again, nothing is sent.
	Renew bool
	// Gave says what a yes that is to be renewed was given for, and what the program
	// would do: "for https://a, and the program would send to https://b".
	Gave string
	// Unbound says that the saved yes does not tell what it was given for. It holds
	// for the first scope that something is sent in; see [Bind].
	Unbound bool
}

// Decide walks through everything that has a say, strongest first, and stops
// at the first that says something.
func Decide(q Question) Decision {
	if v := q.Getenv("DO_NOT_TRACK"); truthy(v) {
		// Before the program's own variable: it is a refusal of all telemetry,
		// and where both are set one of them is usually some image's default.
		return Decision{Mode: Off, Cause: "DO_NOT_TRACK=" + v}
	}
	if d, said := fromEnvironment(q); said {
		return d
	}
	if name := CI(q.Getenv); name != "" {
		return Decision{Mode: Off, Cause: "running in CI (" + name + " is set)"}
	}
	if d, said := saved(q.Folders, q.Scope); said {
		return d
	}
	if q.Default == Off {
		return Decision{Mode: Off, Cause: "the program's default", Unanswered: true}
	}
	return Decision{Mode: Local, Cause: "the program's default; nothing is sent without a yes", Unanswered: true}
}

func fromEnvironment(q Question) (Decision, bool) {
	name := Variable(q.Service)
	value := strings.ToLower(strings.TrimSpace(q.Getenv(name)))
	cause := name + "=" + value
	switch value {
	case "":
		return Decision{}, false
	case "on", "1", "true", "yes":
		return Decision{Mode: On, Cause: cause}, true
	case "local":
		return Decision{Mode: Local, Cause: cause}, true
	case "log":
		return Decision{Mode: Local, Log: true, Cause: cause}, true
	case "off", "0", "false", "no":
		return Decision{Mode: Off, Cause: cause}, true
	default: // somebody wanted to say something: the careful reading is a no
		return Decision{Mode: Off, Cause: name + " has a value that is none of off, local, log, on"}, true
	}
}

// Variable is the name of the environment variable that speaks for one
// program: "my-tool" listens to MY_TOOL_TELEMETRY.
func Variable(service string) string {
	name := []byte(strings.ToUpper(service))
	for i, c := range name {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			name[i] = '_'
		}
	}
	return string(name) + "_TELEMETRY"
}

func truthy(v string) bool {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "", "0", "false":
		return false
	default:
		return true
	}
}

// ciAlone are variables each of which says by itself that a build server runs
// the program; ciPairs say it only together. The list is that of the .NET SDK's
// CIEnvironmentDetectorForTelemetry plus Buildkite and Bitbucket.
var (
	ciAlone = [...]string{
		"CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "APPVEYOR", "TRAVIS", "CIRCLECI",
		"TEAMCITY_VERSION", "JB_SPACE_API_URL", "BUILDKITE", "BITBUCKET_BUILD_NUMBER",
	}
	ciPairs = [...][2]string{
		{"CODEBUILD_BUILD_ID", "AWS_REGION"}, {"BUILD_ID", "BUILD_URL"}, {"BUILD_ID", "PROJECT_ID"},
	}
)

// CI returns the variable by which a build server gives itself away, or "".
func CI(getenv func(string) string) string {
	for _, name := range ciAlone {
		if truthy(getenv(name)) {
			return name
		}
	}
	for _, pair := range ciPairs {
		if getenv(pair[0]) != "" && getenv(pair[1]) != "" {
			return pair[0]
		}
	}
	return ""
}
