// Package directive is the language in which a maintainer marks functions:
// comments that start with //telemetry:.
//
// In comes the syntax tree of one file, with its comments; out go the marked
// functions, and for every comment that is not right a [Problem] that says
// where it stands, what is wrong and what to write instead. The package knows
// nothing of rewriting and imports the standard library alone, so that the
// analyzers read the same language as the rewriter.
package directive

import (
	"fmt"
	"go/token"
	"strings"
)

// Prefix starts every directive. As for all Go directives there is no space
// behind the slashes (go.dev/doc/comment, "Syntax").
const Prefix = "//telemetry:"

// Kind says how calls are recorded.
type Kind string

// The kinds. A command is what a person asked the program for: each call is
// recorded, and its beginning too. Features are everything beneath: their calls
// are counted and summed up.
const (
	Feature Kind = "feature"
	Command Kind = "command"
)

// Directive is one //telemetry:instrument comment.
type Directive struct {
	// Name of the event; empty for the default (see [DefaultName]).
	Name string
	// Kind is Feature where the comment says nothing.
	Kind Kind
	// Each records every call of a feature by itself, not only the sum.
	Each bool
	// Attributes go with every event.
	Attributes []Attribute
	// Result is what tells success: "" for the last result if that is an error;
	// the name of a result, of type bool or error; [ResultOK] for a bool that is
	// the last result; [ResultIterator] for what happens while the iterator that
	// the function returns is iterated over.
	Result string
}

// Results that need no name.
const (
	ResultOK       = "ok"
	ResultIterator = "iterator"
)

// Problem is one thing wrong with the source, for a person.
type Problem struct {
	Pos     token.Position
	Message string // what is wrong
	Hint    string // what to write instead; may be empty
	// Fix is what mends it where that is certain, otherwise nil.
	Fix *Fix
}

// Fix is text to stand in the place of what is there between two positions.
type Fix struct {
	Pos, End token.Pos
	Text     string
}

func (p Problem) Error() string {
	text := fmt.Sprintf("%s: %s", p.Pos, p.Message)
	if p.Hint != "" {
		text += "\n\t" + p.Hint
	}
	return text
}

const (
	verbInstrument = "instrument"
	verbSkip       = "skip"
	verbWas        = "was" // tkgen's own, behind generated lines
)

const usage = "write //telemetry:instrument [name=NAME] [kind=command|feature] [each] [attr=KEY:EXPR[|a|b]]... [result=NAME]"

// parsed is what one comment says.
type parsed struct {
	Directive
	verb string
}

// flaw is what is wrong with one comment, between two byte offsets of its text.
// instead is what should stand there, if that is certain.
type flaw struct {
	from, to      int
	message, hint string
	instead       *string
}

// parse reads one comment; the flaw is nil if nothing is wrong with it.
func parse(text string) (p parsed, wrong *flaw) {
	p.Kind = Feature
	verb, start := nextField(text, len(Prefix))
	if start != len(Prefix) {
		verb = ""
	}
	rest := text[len(Prefix+verb):]
	p.verb = verb
	switch verb {
	case verbInstrument:
	case verbWas:
		return p, &flaw{0, len(text), "a remark of tkgen's has lost its line", "delete it", new(string)}
	case verbSkip:
		if strings.TrimSpace(rest) != "" {
			return p, &flaw{len(Prefix + verb), len(text), "//telemetry:skip takes nothing behind it", "write //telemetry:skip", new(string)}
		}
		return p, nil
	default:
		hint, near := didYouMean(verb, Prefix, verbInstrument, verbSkip)
		return p, &flaw{len(Prefix), len(Prefix + verb), fmt.Sprintf("unknown directive //telemetry:%s", verb), hint, near}
	}
	seen := map[string]bool{}
	for offset := len(Prefix + verb); ; {
		field, start := nextField(text, offset)
		if field == "" {
			if len(p.Attributes) > 0 && p.Kind == Feature && !p.Each {
				return p, &flaw{0, len(text), "a feature's calls are summed up, and sums have no attributes", "add each, or kind=command", nil}
			}
			return p, nil
		}
		offset = start + len(field)
		key, value, hasValue := strings.Cut(field, "=")
		if seen[key] && key != "attr" {
			return p, &flaw{start, offset, fmt.Sprintf("%s= is given twice", key), "leave one of them", nil}
		}
		seen[key] = true
		if message, hint, instead := p.set(key, value, hasValue); message != "" {
			return p, &flaw{start, offset, message, hint, instead}
		}
	}
}

func nextField(text string, from int) (field string, start int) {
	rest := text[from:]
	trimmed := strings.TrimLeft(rest, " \t\r")
	start = from + len(rest) - len(trimmed)
	if i := strings.IndexAny(trimmed, " \t\r"); i >= 0 {
		trimmed = trimmed[:i]
	}
	return trimmed, start
}

// set takes one key of the directive. On error instead is the whole field as it
// should be, if that is certain.
func (p *parsed) set(key, value string, hasValue bool) (message, hint string, instead *string) {
	switch key {
	case "name":
		if !ValidName(value) {
			return fmt.Sprintf("name=%s is not an event name", value),
				"names are lower-case words joined by dots, such as " + example(value), nil
		}
		p.Name = value
	case "kind":
		if value != string(Feature) && value != string(Command) {
			hint, near := didYouMean(value, "kind=", string(Command), string(Feature))
			return fmt.Sprintf("kind=%s is not a kind", value), hint, prefixed("kind=", near)
		}
		p.Kind = Kind(value)
	case "each":
		if hasValue {
			return "each takes no value", "write each", &key
		}
		p.Each = true
	case "attr":
		message, hint = p.attribute(value)
		return message, hint, nil
	case "result":
		if !token.IsIdentifier(value) || value == "_" {
			return fmt.Sprintf("result=%s names no result", value), "write result=ok for a bool, the name of a result, or result=iterator", nil
		}
		p.Result = value
	default:
		return p.unknown(key, value, hasValue)
	}
	return "", "", nil
}

func (p *parsed) unknown(key, value string, hasValue bool) (message, hint string, instead *string) {
	message, hint = fmt.Sprintf("unknown key %q", key), usage
	if near := nearest(key, "name", "kind", "each", "attr", "result"); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, usage)
		if hasValue {
			near += "=" + value
		}
		instead = &near
	}
	return message, hint, instead
}

// didYouMean names the valid words behind prefix, or the one that is near to what
// was written.
func didYouMean(got, prefix string, valid ...string) (hint string, near *string) {
	if near := nearest(got, valid...); near != "" {
		return "did you mean " + prefix + near + "?", &near
	}
	return "write " + prefix + strings.Join(valid, " or "+prefix), nil
}

func prefixed(prefix string, s *string) *string {
	if s == nil {
		return nil
	}
	return new(prefix + *s)
}

func (p *parsed) attribute(value string) (message, hint string) {
	a, message, hint := parseAttribute(value)
	if message != "" {
		return message, hint
	}
	for _, other := range p.Attributes {
		if other.Key == a.Key {
			return fmt.Sprintf("the attribute %s is given twice", a.Key), "leave one of them"
		}
	}
	p.Attributes = append(p.Attributes, a)
	return "", ""
}
