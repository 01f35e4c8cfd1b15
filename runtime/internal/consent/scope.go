package consent

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/internal/folder"
)

// Scope is what a yes is given for.
type Scope struct {
	// Endpoint is the server that gets the events, "https://host". Empty: the
	// program sends nothing, or nobody knows where to.
	Endpoint string
	// Schema is the version of the event schema. A new minor version can say more
	// than the one before it.
	Schema string
}

// beyond returns in what way s goes beyond what was given, in words; empty if it
// does not.
func (s Scope) beyond(given Scope) string {
	switch {
	case s.Endpoint != "" && given.Endpoint != "" && s.Endpoint != given.Endpoint:
		return "for " + given.Endpoint + ", and the program would send to " + s.Endpoint
	case given.Schema != "" && wider(s.Schema, given.Schema):
		return "for event schema " + width(given.Schema) + ", and that of the program is " + width(s.Schema)
	}
	return ""
}

// wider compares major and minor version.
func wider(a, b string) bool {
	majorA, minorA := numbers(a)
	majorB, minorB := numbers(b)
	return majorA > majorB || majorA == majorB && minorA > minorB
}

func numbers(version string) (major, minor int) {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, _ = strconv.Atoi(first)
	minor, _ = strconv.Atoi(second)
	return major, minor
}

// width is a schema's version without what changes nothing that is sent.
func width(version string) string {
	major, minor := numbers(version)
	return strconv.Itoa(major) + "." + strconv.Itoa(minor)
}

// The words behind the date of a saved yes are the endpoint and the width; "-" is
// what was not known. Answers of earlier versions have none.
func (s Scope) words() string {
	if s == (Scope{}) {
		return ""
	}
	endpoint := s.Endpoint
	if endpoint == "" || strings.ContainsAny(endpoint, " \n") {
		endpoint = "-"
	}
	return " " + endpoint + " " + width(s.Schema)
}

func readScope(words string) (s Scope) {
	s.Endpoint, s.Schema, _ = strings.Cut(words, " ")
	if s.Endpoint == "-" {
		s.Endpoint = ""
	}
	return s
}

// scopeFile binds a yes that does not tell its endpoint. It lies in the state
// folder and is not written into the answer: the person may be changing that.
const scopeFile = "scope"

// Bind notes, before anything is sent, what a yes of since is from now on given
// for.
func Bind(f Folders, since time.Time, s Scope) error {
	text := since.UTC().Format(time.RFC3339) + s.words() + "\n"
	if err := folder.WriteFile(filepath.Join(f.State, scopeFile), []byte(text)); err != nil {
		return fmt.Errorf("noting what the yes was given for: %w", err)
	}
	return nil
}

// bound returns what a yes of since was bound to, and whether it was.
func bound(f Folders, since time.Time) (Scope, bool) {
	text, err := folder.ReadFile(filepath.Join(f.State, scopeFile))
	if err != nil {
		return Scope{}, false
	}
	stamp, words, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	at, err := time.Parse(time.RFC3339, stamp)
	return readScope(words), err == nil && at.Equal(since)
}

// yes decides about a saved yes.
func yes(f Folders, cause string, since time.Time, words string, would Scope) Decision {
	d := Decision{Mode: On, Cause: cause, Since: since}
	given := readScope(words)
	if given.Endpoint == "" {
		held, ok := bound(f, since)
		if ok {
			given = held
		}
		d.Unbound = !ok
	}
	if why := would.beyond(given); why != "" {
		d.Mode, d.Renew, d.Gave = Local, true, why
		d.Cause = cause + " was a yes " + why + ": nothing is sent until you say yes again"
	}
	return d
}
