package manifest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Difference is one thing in which a program collects something else than before.
type Difference struct {
	// Event is its name; empty for what is about all of them.
	Event string `json:"event,omitempty"`
	// More says that the program collects more than before.
	More bool `json:"more"`
	// Text says it to a person.
	Text string `json:"text"`
}

// Compare says what a release collects that the one before it did not, and what it
// does no longer. Events come in the order of their names.
func Compare(before, after Manifest) []Difference {
	c := comparison{before: before, after: after}
	c.program()
	for _, e := range after.Events {
		if was, ok := before.covers(e); ok {
			c.event(was, e)
		} else {
			c.arrived(e)
		}
	}
	for _, e := range before.Events {
		if !c.stays(e) {
			c.say(e.Name, false, "%s is no longer collected", e.title())
		}
	}
	slices.SortStableFunc(c.found, func(a, b Difference) int { return strings.Compare(a.Event, b.Event) })
	return c.found
}

// More reports whether any of the differences is that more is collected.
func More(list []Difference) bool {
	return slices.ContainsFunc(list, func(d Difference) bool { return d.More })
}

type comparison struct {
	before, after Manifest
	found         []Difference
}

func (c *comparison) say(event string, more bool, format string, args ...any) {
	c.found = append(c.found, Difference{event, more, fmt.Sprintf(format, args...)})
}

// covers returns the event that e was before: that of its name and kind, or one
// whose name has a "*" and stands for it.
func (m Manifest) covers(e Event) (was Event, ok bool) {
	for _, exact := range []bool{true, false} {
		for _, was := range m.Events {
			if was.Kind == e.Kind && was.Unit == e.Unit && (was.Name == e.Name || !exact && matches(was.Name, e.Name)) {
				return was, true
			}
		}
	}
	return Event{}, false
}

// matches reports whether a name, or all that a pattern stands for, fits a pattern.
func matches(pattern, name string) bool {
	if !strings.Contains(pattern, "*") {
		return pattern == name
	}
	ok, err := path.Match(pattern, name) // names hold none of the other signs of patterns
	return ok && err == nil
}

// stays reports whether what an event recorded still is, if maybe otherwise.
func (c *comparison) stays(e Event) bool {
	return slices.ContainsFunc(c.after.Events, func(now Event) bool {
		return now.Kind == e.Kind && now.Unit == e.Unit && matches(now.Name, e.Name) || now.Name == e.Name && now.calls() && e.calls()
	})
}

func (e Event) calls() bool { return e.Kind == Command || e.Kind == Feature }

// program compares what holds for all events.
func (c *comparison) program() {
	b, a := c.before, c.after
	if b.Sends != a.Sends {
		text := "the program can no longer send: nothing leaves the machine"
		if a.Sends {
			text = "the program can send now, after a yes: before, nothing left the machine"
		}
		c.say("", a.Sends, "%s", text)
	}
	if b.Identity != a.Identity {
		c.say("", a.Identity != "no_id", "installs are told apart by %s, and were by %s", identityWords(a.Identity), identityWords(b.Identity))
	}
	if b.Default != a.Default {
		c.say("", a.Default != "off", "before anybody is asked, %s; it was: %s", defaultWords(a.Default), defaultWords(b.Default))
	}
	added, gone := without(a.Always, b.Always), without(b.Always, a.Always)
	if len(added) > 0 {
		c.say("", true, "every event newly holds %s", strings.Join(added, ", "))
	}
	if len(gone) > 0 {
		c.say("", false, "no event holds %s any more", strings.Join(gone, ", "))
	}
	if b.SchemaVersion != a.SchemaVersion {
		c.say("", false, "events have schema version %s, and had %s", a.SchemaVersion, b.SchemaVersion)
	}
	if strings.Join(b.Services, " ") != strings.Join(a.Services, " ") {
		c.say("", false, "events are recorded as those of %s, and were as those of %s", listed(a.Services), listed(b.Services))
	}
}

func listed(words []string) string {
	if len(words) == 0 {
		return "no name that is known"
	}
	return strings.Join(words, ", ")
}

func identityWords(identity string) string {
	switch identity {
	case "no_id":
		return "nothing"
	case "install_id":
		return "a random number"
	default:
		return "what the program decides when it runs"
	}
}

func defaultWords(mode string) string {
	switch mode {
	case "off":
		return "nothing is recorded"
	case "local":
		return "events are recorded on the machine and stay there"
	default:
		return "the program decides when it runs"
	}
}

// arrived tells of an event that no entry stood for before. One that had been
// recorded in another way has only changed.
func (c *comparison) arrived(e Event) {
	for _, was := range c.before.Events {
		if was.Name != e.Name || !was.calls() || !e.calls() {
			continue
		}
		if e.Kind == Command {
			c.say(e.Name, true, "%s was counted, and now each call is recorded, its beginning too", e.Name)
		} else {
			c.say(e.Name, false, "each call of %s was recorded, and now calls are counted", e.Name)
		}
		c.event(was, e)
		return
	}
	text := e.title() + " is new"
	if len(e.Attributes) > 0 {
		var all []string
		for _, a := range e.Attributes {
			all = append(all, a.words())
		}
		text += ", with " + strings.Join(all, "; ")
	}
	c.say(e.Name, true, "%s", text)
}

// title is the event in words: "the command cluster.deploy".
func (e Event) title() string {
	noun := map[Kind]string{Command: "the command ", Feature: "the feature ", Track: "the event ", Count: "the count ", Measure: "the measure "}[e.Kind]
	title := noun + e.Name
	if e.Kind == Measure {
		title += " in " + e.Unit
	}
	return title
}

func (c *comparison) event(was, e Event) {
	if was.Kind == e.Kind && was.Each != e.Each {
		if e.Each {
			c.say(e.Name, true, "calls of %s were counted, and now each one is recorded", e.Name)
		} else {
			c.say(e.Name, false, "each call of %s was recorded, and now calls are counted", e.Name)
		}
	}
	if added := without(e.Outcomes, was.Outcomes); len(added) > 0 {
		c.say(e.Name, true, "of %s it is newly recorded whether it ended with: %s", e.Name, strings.Join(added, ", "))
	}
	if gone := without(was.Outcomes, e.Outcomes); len(gone) > 0 && was.Name == e.Name {
		c.say(e.Name, false, "%s no longer ends with: %s", e.Name, strings.Join(gone, ", "))
	}
	for _, a := range e.Attributes {
		old, ok := attributeOf(was, a.Key)
		if !ok {
			c.say(e.Name, true, "%s newly has %s", e.Name, a.words())
			continue
		}
		c.attribute(e, old, a)
	}
	for _, old := range was.Attributes {
		stays := slices.ContainsFunc(e.Attributes, func(a Attribute) bool { return matches(a.Key, old.Key) || matches(old.Key, a.Key) })
		if !stays && was.Name == e.Name {
			c.say(e.Name, false, "%s no longer has %s", e.Name, old.Key)
		}
	}
}

func attributeOf(e Event, key string) (Attribute, bool) {
	for _, exact := range []bool{true, false} {
		for _, a := range e.Attributes {
			if a.Key == key || !exact && matches(a.Key, key) {
				return a, true
			}
		}
	}
	return Attribute{}, false
}

// freedom orders the types of strings: each can say all that those before it can.
var freedom = []string{OneOf, Word, Text}

func (c *comparison) attribute(e Event, was, a Attribute) {
	if added := without(a.Types, was.Types); len(added) > 0 && !freer(was.Types, added) {
		c.say(e.Name, true, "%s of %s was %s, and can now be %s", a.Key, e.Name, typeWords(was), typeWords(a))
		return
	}
	if gone := without(was.Types, a.Types); len(gone) > 0 {
		c.say(e.Name, false, "%s of %s was %s, and is only %s now", a.Key, e.Name, typeWords(was), typeWords(a))
		return
	}
	wider := slices.Contains(was.Types, Word) || slices.Contains(was.Types, Text) // and said all of these, too
	if added := without(a.Values, was.Values); len(added) > 0 && !wider {
		c.say(e.Name, true, "%s of %s can newly be %s", a.Key, e.Name, strings.Join(added, ", "))
	}
	if gone := without(was.Values, a.Values); len(gone) > 0 {
		c.say(e.Name, false, "%s of %s can no longer be %s", a.Key, e.Name, strings.Join(gone, ", "))
	}
}

// freer reports whether types that were there before could say all that the added
// ones can.
func freer(was, added []string) bool {
	most := -1
	for _, t := range was {
		most = max(most, slices.Index(freedom, t))
	}
	return !slices.ContainsFunc(added, func(t string) bool {
		i := slices.Index(freedom, t)
		return i < 0 || i > most
	})
}

// words is the attribute with its type: "format (one of json, yaml)".
func (a Attribute) words() string { return a.Key + " (" + typeWords(a) + ")" }

func typeWords(a Attribute) string {
	var list []string
	for _, t := range a.Types {
		switch t {
		case Boolean:
			list = append(list, "yes or no")
		case Integer, Number:
			list = append(list, "a number")
		case Duration:
			list = append(list, "a duration")
		case OneOf:
			list = append(list, "one of "+strings.Join(a.Values, ", "))
		case Word:
			list = append(list, "a word")
		case Text:
			list = append(list, "free text")
		default:
			list = append(list, t)
		}
	}
	return strings.Join(slices.Compact(list), " or ")
}

func without(list, other []string) (rest []string) {
	for _, s := range list {
		if !slices.Contains(other, s) {
			rest = append(rest, s)
		}
	}
	return rest
}
