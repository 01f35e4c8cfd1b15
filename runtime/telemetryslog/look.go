package telemetryslog

import (
	"log/slog"
	"reflect"
	"slices"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// track records an event and returns the record that next is to have: r itself,
// or, if a slog.LogValuer was asked, a copy with its answer.
func (h *handler) track(d *declared, r slog.Record) slog.Record {
	l := look{plan: h.plan, found: slices.Clip(h.bound)}
	if h.prefix == "" || h.plan.groups[h.prefix] {
		r = l.record(h.prefix, r)
	}
	telemetry.Track(d.name, d.attrs(l.found)...)
	return r
}

// attrs are those of an event. Of a key that was given twice the last one counts.
func (d *declared) attrs(all []found) []slog.Attr {
	var values [maxKeys]slog.Attr
	for _, f := range all {
		if i, ok := d.keys[f.path]; ok {
			values[i] = d.list[i].attr(f.value)
		}
	}
	return slices.DeleteFunc(values[:len(d.list)], func(a slog.Attr) bool { return a.Key == "" })
}

// look is one look at attributes, for declared keys. Inv: what is neither declared
// nor a group of declared keys is passed by.
type look struct {
	plan  *plan
	found []found
}

// record looks at those of a record.
func (l *look) record(prefix string, r slog.Record) slog.Record {
	i, answers := 0, map[int]slog.Value(nil)
	r.Attrs(func(a slog.Attr) bool {
		if v, asked := l.one(prefix, a); asked {
			if answers == nil {
				answers = map[int]slog.Value{}
			}
			answers[i] = v
		}
		i++
		return true
	})
	if answers == nil {
		return r
	}
	attrs := make([]slog.Attr, 0, i)
	r.Attrs(func(a slog.Attr) bool {
		if v, asked := answers[len(attrs)]; asked {
			a.Value = v
		}
		attrs = append(attrs, a)
		return true
	})
	r = slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.AddAttrs(attrs...)
	return r
}

// list looks at attributes and returns them: a copy, with true, if a
// slog.LogValuer was asked.
func (l *look) list(prefix string, attrs []slog.Attr) (_ []slog.Attr, asked bool) {
	for i, a := range attrs {
		v, changed := l.one(prefix, a)
		if !changed {
			continue // the slice is the caller's, and others may read it
		}
		if !asked {
			attrs, asked = slices.Clone(attrs), true
		}
		attrs[i].Value = v
	}
	return attrs, asked
}

// one looks at an attribute and returns its value: another one, with true, if a
// slog.LogValuer was asked.
func (l *look) one(prefix string, a slog.Attr) (v slog.Value, asked bool) {
	v = a.Value
	path, below := prefix+a.Key, prefix
	wanted, group := l.plan.keys[path], v.Kind() == slog.KindGroup // one without a name is no group of its own
	if a.Key != "" {
		below = path + "."
		group = l.plan.groups[below]
	}
	if !wanted && !group {
		return v, false
	}
	if v.Kind() == slog.KindLogValuer {
		v, asked = v.Resolve(), true
	}
	switch {
	case v.Kind() == slog.KindGroup && group:
		if attrs, changed := l.list(below, v.Group()); changed {
			return slog.GroupValue(attrs...), true
		}
	case wanted:
		l.found = append(l.found, found{path, v})
	}
	return v, asked
}

// attr is what is recorded of a value: no Attr, if that is nothing.
func (k key) attr(v slog.Value) slog.Attr {
	s, isWord := word(v)
	switch {
	case len(k.choices) > 0 && isWord:
		return telemetry.OneOf(k.name, s, k.choices...)
	case len(k.choices) > 0:
		return slog.Attr{}
	case isWord:
		return telemetry.OneOf(k.name, s) // there is no list, so it is "other"
	}
	return plain(k.name, v)
}

// word returns the string that a value is, of whatever type over string.
func word(v slog.Value) (string, bool) {
	switch v.Kind() {
	case slog.KindString:
		return v.String(), true
	case slog.KindAny:
		if r := reflect.ValueOf(v.Any()); r.Kind() == reflect.String {
			return r.String(), true
		}
	}
	return "", false
}

// plain returns a boolean, a number or a duration, of whatever type over these. No
// method of the value is called.
func plain(name string, v slog.Value) slog.Attr {
	switch v.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindDuration:
		return slog.Attr{Key: name, Value: v}
	case slog.KindAny:
	default:
		return slog.Attr{}
	}
	switch r := reflect.ValueOf(v.Any()); {
	case !r.IsValid():
		return slog.Attr{}
	case r.Kind() == reflect.Bool:
		return telemetry.Value(name, r.Bool())
	case r.CanInt():
		return telemetry.Value(name, r.Int())
	case r.CanUint():
		return telemetry.Value(name, r.Uint())
	case r.CanFloat():
		return telemetry.Value(name, r.Float())
	}
	return slog.Attr{}
}
