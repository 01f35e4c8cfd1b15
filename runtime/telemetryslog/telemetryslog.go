// Package telemetryslog records what a program already says in its log: the
// messages that its author names, with the keys that its author names.
//
// In comes a slog.Handler; out goes one that does the same, and tracks an event
// for each record with a declared message:
//
//	log := slog.New(telemetryslog.Handler(slog.NewTextHandler(os.Stderr, nil),
//		telemetryslog.Event{Message: "deploy finished", Keys: map[string][]string{
//			"format": {"json", "yaml"}, "replicas": nil,
//		}}))
//	log.Info("deploy finished", "format", format, "replicas", 3, "user", user)
//
// is the event "deploy_finished" with format and replicas. All other messages and
// keys are never looked at, and everything is passed on to the handler inside.
package telemetryslog

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// Event declares what is recorded of a program's log.
type Event struct {
	// Message is that of the log record, to the letter.
	Message string
	// Name is that of the event. Empty: the message in the alphabet of names,
	// "deploy_finished".
	Name string
	// Keys are the attributes that are read: of a key with a list, the words in it
	// (everything else is "other"); of one without, booleans, numbers and durations.
	// "request.took" is took in the group request and recorded as request_took. Of
	// more than 16 keys the first in alphabetical order are kept.
	Keys map[string][]string
	// Level is the one at which the program says the message, so that it is recorded
	// even if the handler inside does not want to hear of that level.
	Level slog.Level
}

// Handler returns a handler that does what next does, and tracks events. Of events
// with the same message the last one holds.
//
// A slog.LogValuer under a declared key is asked once, and next gets its answer.
func Handler(next slog.Handler, events ...Event) slog.Handler {
	p := &plan{events: map[string]*declared{}, keys: map[string]bool{}, groups: map[string]bool{}}
	for _, e := range events {
		p.declare(e)
	}
	return &handler{next: next, plan: p}
}

// plan is what was declared. It does not change.
type plan struct {
	events map[string]*declared
	keys   map[string]bool // of all events
	groups map[string]bool // those that hold such keys, with a dot behind
	levels []slog.Level
}

// declared is an event in the form in which it is looked up.
type declared struct {
	name string
	keys map[string]int // its place in the event
	list []key
}

// key is an attribute of an event.
type key struct {
	name    string // as it is recorded
	choices []string
}

// maxKeys is how many attributes of an event are kept.
const maxKeys = 16

func (p *plan) declare(e Event) {
	d := &declared{name: e.Name, keys: map[string]int{}}
	if d.name == "" {
		d.name = strings.Trim(telemetry.Letters(e.Message, "-."), "_")
	}
	for i, path := range slices.Sorted(maps.Keys(e.Keys)) {
		if i == maxKeys {
			break
		}
		d.keys[path] = i
		d.list = append(d.list, key{name: telemetry.Letters(path, ""), choices: slices.Clone(e.Keys[path])})
		p.keys[path] = true
		for at := range len(path) {
			if path[at] == '.' {
				p.groups[path[:at+1]] = true
			}
		}
	}
	p.events[e.Message], p.levels = d, append(p.levels, e.Level)
}

// handler is the plan at one place of a program's log.
type handler struct {
	next   slog.Handler
	plan   *plan
	prefix string  // of the open groups, with a dot behind
	bound  []found // by WithAttrs
}

// found is an attribute under a declared key.
type found struct {
	path  string
	value slog.Value
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level) || telemetry.Recording() && slices.Contains(h.plan.levels, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if telemetry.Recording() {
		if d := h.plan.events[r.Message]; d != nil {
			r = h.track(d, r)
		}
	}
	if slices.Contains(h.plan.levels, r.Level) && !h.next.Enabled(ctx, r.Level) {
		return nil // it came for the event alone
	}
	return h.next.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	l := look{plan: h.plan, found: slices.Clip(h.bound)}
	attrs, _ = l.list(h.prefix, attrs)
	return &handler{next: h.next.WithAttrs(attrs), plan: h.plan, prefix: h.prefix, bound: l.found}
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &handler{next: h.next.WithGroup(name), plan: h.plan, prefix: h.prefix + name + ".", bound: h.bound}
}
