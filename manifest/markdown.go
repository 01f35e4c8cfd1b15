package manifest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Markdown is the page for the people who run the program: what it records about
// how it is used, when, and what they can do about it.
func (m Manifest) Markdown() []byte {
	w := &page{Manifest: m, name: m.program()}
	w.say("<!-- Written by `tkgen manifest --markdown`; DO NOT EDIT. -->\n\n# What %s records about its use\n", w.name)
	w.short()
	w.events()
	w.always()
	w.never()
	w.yours()
	w.kept()
	return []byte(w.text.String())
}

// program is what people know the program as.
func (m Manifest) program() string {
	if len(m.Services) == 1 {
		return m.Services[0]
	}
	return path.Base(m.Module)
}

type page struct {
	Manifest
	name string
	text strings.Builder
}

func (w *page) say(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

func (w *page) short() {
	w.say("## In short\n")
	if len(w.Events) == 0 {
		w.say("%s records nothing about its use.\n", w.name)
		return
	}
	if !w.Sends {
		w.say("- **Nothing leaves your machine.** %s has no code that sends what it records.", w.name)
	} else {
		w.say("- **Nothing leaves your machine before you have said yes.** Silence is no yes, and what\n  was recorded before it is never sent.")
	}
	switch w.Default {
	case "off":
		w.say("- Before your yes, nothing is written down either.")
	case "local":
		w.say("- Until you decide, what is listed here is written down on your machine and stays there.")
	default:
		w.say("- Whether it is written down on your machine before you decide depends on how the\n  program is set up; the command for the status says so.")
	}
	w.say("- One command shows all of it, one stops it, one deletes it.\n- What is not on this page is not recorded: the page is made from the program's source.\n")
}

func (w *page) events() {
	if len(w.Events) == 0 {
		return
	}
	w.say("## What is recorded, and when\n\n| what | when | with it |\n|---|---|---|")
	for _, e := range w.Events {
		w.say("| %s | %s | %s |", e.what(), e.when(), e.with())
	}
	w.say("")
	if slices.ContainsFunc(w.Events, func(e Event) bool { return slices.Contains(e.Outcomes, "error") }) {
		w.say("Of an error its kind is recorded (`*fs.PathError`, or a word that the program has for\nit), never its text.\n")
	}
}

func (e Event) what() string {
	switch e.From {
	case "telemetrycobra", "telemetryurfave":
		return "the command that you ran, by its name (`cluster.deploy`)"
	case "telemetryhttp":
		return "requests that the server answers, by the route `" + e.Name + "`"
	case "telemetrygrpc":
		return "calls by the names of their methods, `" + e.Name + "`"
	default:
		return "`" + e.Name + "`"
	}
}

func (e Event) when() string {
	switch {
	case e.Kind == Command:
		return "each time it begins and ends"
	case e.Kind == Feature && e.Each:
		return "each time"
	case e.Kind == Feature:
		return "counted; the counts are written every now and then"
	case e.Kind == Track:
		return "each time it happens"
	case e.Kind == Count:
		return "a total, written every now and then"
	default:
		return "how values spread (smallest, largest, sum, shares), every now and then"
	}
}

func (e Event) with() string {
	var parts []string
	switch {
	case e.Kind == Command:
		parts = append(parts, "how it ended, how long it took, the exit code")
	case e.Kind == Feature && e.Each:
		parts = append(parts, "how it ended, how long it took")
	case e.Kind == Feature:
		parts = append(parts, "how many calls, how they ended, how long they took")
	case e.Kind == Measure:
		parts = append(parts, "in "+unitWords(e.Unit))
	}
	for _, a := range e.Attributes {
		parts = append(parts, a.people())
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, "; ")
}

func unitWords(unit string) string {
	words := map[string]string{
		"1": "numbers", "%": "percent", "By": "bytes", "By/s": "bytes a second", "bit": "bits", "ns": "nanoseconds", "us": "microseconds",
		"ms": "milliseconds", "s": "seconds", "min": "minutes", "h": "hours", "d": "days", "Hz": "hertz",
	}
	if word := words[unit]; word != "" {
		return word
	}
	return unit
}

// people is an attribute in words.
func (a Attribute) people() string {
	if a.Key == "flag_*" {
		return "the names of the flags that you set, never their values"
	}
	return "`" + a.Key + "`: " + typeWords(a)
}

// known tells what members of every event are, to those who do not read JSON. Those
// that are about the sending alone are left out.
var known = []struct{ member, words string }{
	{"timestamp", "when it happened, to the millisecond"},
	{"service.name", "the name of the program"},
	{"service.version", "the version of the program"},
	{"service.revision", "the revision of the source that it was built from"},
	{"service.language", "that it is written in Go"},
	{"service.language_version", "the version of Go"},
	{"environment.os", "the operating system"},
	{"environment.os_version", "the version of the operating system"},
	{"environment.arch", "the kind of processor"},
	{"environment.ci", "whether a build server runs it"},
	{"environment.shell", "the name of the shell, of a closed list"},
	{"environment.container", "the kind of container, of a closed list"},
	{"environment.terminal", "the name of the terminal program, of a closed list"},
	{"environment.ai_agent", "the name of the AI agent that runs it for you, of a closed list"},
	{"session_id", "a random number for this run of the program"},
	{"user_id", "a random number for this install: made when something is first sent, another one for every program, and never made of anything about you or the machine"},
	{"marks.install_week", "the week of the first use"},
	{"marks.day", "whether it is the first event of its day"},
	{"marks.week", "whether it is the first of its week"},
	{"marks.month", "whether it is the first of its month"},
	{"event_id", "a random number for the event, so that none counts twice"},
}

func (w *page) always() {
	if len(w.Events) == 0 {
		return
	}
	w.say("## What goes with all of it\n")
	told := map[string]bool{}
	for _, k := range known {
		if told[k.member] = true; k.member == "user_id" && !w.Sends {
			continue // it is made when something is sent
		}
		if slices.Contains(w.Always, k.member) {
			w.say("- %s", k.words)
		}
	}
	for _, member := range w.Always {
		if !told[member] && !strings.HasPrefix(member, "metadata.") && member != "schema_version" {
			w.say("- `%s`", member)
		}
	}
	if w.Identity == "no_id" {
		w.say("\nThere is no number by which your events could be told from those of others.")
	}
	w.say("")
}

func (w *page) never() {
	w.say("## What is never recorded\n")
	w.say("- what you type: arguments, values of flags, contents and names of files\n- who and where you are: names of people, users and machines, addresses, serial numbers\n- the texts of errors and of messages")
	if free := w.typed(Text, Word); len(free) > 0 {
		w.say("\nFree text is recorded in %s. Before it is written down, what looks like an address, a\npath, a name of this machine or a secret is taken out; that finds what has a shape, and\nnot a name in a sentence.", strings.Join(free, ", "))
	}
	w.say("")
}

// typed are the attributes of some types: "`note` of `app.upload`".
func (w *page) typed(kinds ...string) (list []string) {
	for _, e := range w.Events {
		for _, a := range e.Attributes {
			if slices.ContainsFunc(a.Types, func(t string) bool { return slices.Contains(kinds, t) }) {
				list = append(list, "`"+a.Key+"` of `"+e.Name+"`")
			}
		}
	}
	return list
}

// yours are the commands, the program's own if it has a tree that got them.
func (w *page) yours() {
	own := w.commands()
	command := func(verb, tool string) string {
		if own {
			return w.name + " telemetry " + verb
		}
		return "tkgen " + tool + " --service " + w.name
	}
	w.say("## What you can do\n\n| to | run |\n|---|---|")
	w.say("| see what holds, and why | `%s` |", command("status", "consent status"))
	w.say("| see what was recorded | `%s` |", command("show", "events"))
	w.say("| see what would be sent, as it happens | set `%s=log` and use the program |", w.variable())
	w.say("| take a copy along | `%s` |", command("export", "export"))
	w.say("| stop it | `%s`, or set `%s=off` or `DO_NOT_TRACK=1` |", command("off", "consent deny"), w.variable())
	w.say("| delete it | `%s` |", command("delete", "clean"))
	if w.Sends {
		w.say("| say yes | `%s` |", command("on", "consent grant"))
	}
	w.say("")
	if !own {
		w.say("`tkgen` is a tool of telemetry-kit: `go install github.com/telemetry-kit/telemetry-kit-go/cmd/tkgen@latest`.\n")
	}
}

// commands reports whether the program has the command `telemetry`.
func (w *page) commands() bool {
	return slices.ContainsFunc(w.Events, func(e Event) bool { return e.From == "telemetrycobra" || e.From == "telemetryurfave" })
}

// variable is the program's own, as the runtime reads it.
func (w *page) variable() string {
	return strings.ToUpper(letters(w.name, "")) + "_TELEMETRY"
}

func (w *page) kept() {
	if len(w.Events) == 0 {
		return
	}
	w.say("## How long it is kept\n")
	if !w.Sends {
		w.say("On your machine for 30 days at most, or until you delete it; the oldest goes first.")
		return
	}
	w.say("On your machine for 30 days and up to 50 MB; the oldest goes first. What was sent after\nyour yes is kept by those who make %s, until they delete it or you ask them to.", w.name)
	if w.commands() {
		w.say("Deleting asks their server, too.")
	}
}
