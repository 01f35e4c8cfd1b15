package event

import (
	"encoding/json"
	"log/slog"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the event's JSON to dst. It says what encoding/json would
// say, without its reflection: a program that lives for five milliseconds
// records through here.
func (e *Event) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"schema_version":`...)
	dst = appendString(dst, e.SchemaVersion)
	dst = append(dst, `,"event_id":"`...)
	dst = e.ID.append(dst)
	dst = append(dst, `","timestamp":`...)
	dst = appendTime(dst, e.Timestamp)
	dst = append(dst, `,"service":{"name":`...)
	dst = appendString(dst, e.Service.Name)
	dst = append(dst, `,"version":`...)
	dst = appendString(dst, e.Service.Version)
	dst = appendMember(dst, "revision", e.Service.Revision)
	dst = append(dst, `,"language":`...)
	dst = appendString(dst, e.Service.Language)
	dst = appendMember(dst, "language_version", e.Service.LanguageVersion)
	dst = append(dst, '}')
	dst = appendMember(dst, "user_id", e.UserID)
	dst = e.Marks.append(dst)
	dst = appendMember(dst, "session_id", e.SessionID)
	dst = e.Environment.AppendJSON(append(dst, `,"environment":`...))
	dst = append(dst, `,"event":{"type":`...)
	dst = appendString(dst, string(e.Body.Type))
	dst = appendMember(dst, "category", e.Body.Category)
	dst = append(dst, `,"data":`...)
	if len(e.Body.Data) == 0 {
		dst = append(dst, "null"...)
	} else {
		dst = append(dst, e.Body.Data...)
	}
	dst = append(dst, '}')
	return append(e.Metadata.append(dst), '}')
}

// AppendJSON appends the environment's JSON to dst.
func (e *Environment) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"os":`...)
	dst = appendString(dst, e.OS)
	dst = appendMember(dst, "os_version", e.OSVersion)
	dst = appendMember(dst, "arch", e.Arch)
	if e.CI {
		dst = append(dst, `,"ci":true`...)
	}
	dst = appendMember(dst, "shell", e.Shell)
	dst = appendMember(dst, "container", e.Container)
	dst = appendMember(dst, "terminal", e.Terminal)
	dst = appendMember(dst, "ai_agent", e.AIAgent)
	return append(dst, '}')
}

func (m *Metadata) append(dst []byte) []byte {
	dst = append(dst, `,"metadata":{"sdk_version":`...)
	dst = appendString(dst, m.SDKVersion)
	dst = append(dst, `,"transmission_timestamp":`...)
	dst = appendTime(dst, m.TransmissionTimestamp)
	dst = append(dst, `,"batch_size":`...)
	dst = strconv.AppendInt(dst, int64(m.BatchSize), 10)
	dst = append(dst, `,"retry_count":`...)
	dst = strconv.AppendInt(dst, int64(m.RetryCount), 10)
	return append(dst, '}')
}

// Ending is how a call ended, for [AppendCall]; see [Call] for its parts.
type Ending struct {
	Outcome              Outcome
	Took                 time.Duration
	ErrorType, ErrorCode string
	ExitCode             *int // nil: not known
}

// AppendCall appends the JSON of one finished call as a [Call]. Attributes of
// kind bool, int64, uint64, float64, duration (in milliseconds), time and
// string are written; other kinds are left out, as are empty keys.
func AppendCall(dst []byte, t Type, name string, end Ending, attrs []slog.Attr) []byte {
	if t == TypeCommand {
		dst = append(dst, `{"command":`...)
	} else {
		dst = append(dst, `{"feature":`...)
	}
	dst = appendString(dst, name)
	dst = append(dst, `,"success":`...)
	dst = strconv.AppendBool(dst, end.Outcome == OK)
	if end.Outcome != Unfinished {
		dst = append(dst, `,"duration_ms":`...)
		dst = appendMilliseconds(dst, end.Took)
	}
	dst = append(dst, `,"outcome":`...)
	dst = appendString(dst, string(end.Outcome))
	dst = appendMember(dst, "error_type", end.ErrorType)
	dst = appendMember(dst, "error_code", end.ErrorCode)
	if end.ExitCode != nil {
		dst = strconv.AppendInt(append(dst, `,"exit_code":`...), int64(*end.ExitCode), 10)
	}
	return append(appendAttributes(dst, attrs), '}')
}

// AppendCustom appends the JSON of a [Custom], attributes as in [AppendCall].
func AppendCustom(dst []byte, name string, attrs []slog.Attr) []byte {
	dst = append(dst, `{"name":`...)
	dst = appendString(dst, name)
	return append(appendAttributes(dst, attrs), '}')
}

// AppendSummary appends the JSON of a [Summary].
func AppendSummary(dst []byte, s Summary) []byte {
	dst = append(dst, `{"feature":`...)
	dst = appendString(dst, s.Feature)
	dst = append(dst, `,"window_start":`...)
	dst = appendTime(dst, s.WindowStart)
	dst = append(dst, `,"window_end":`...)
	dst = appendTime(dst, s.WindowEnd)
	dst = append(dst, `,"calls":`...)
	dst = strconv.AppendUint(dst, s.Calls, 10)
	dst = appendCount(dst, "errors", s.Errors)
	dst = appendCount(dst, "canceled", s.Canceled)
	dst = appendCount(dst, "panics", s.Panics)
	dst = appendCount(dst, "goexits", s.Goexits)
	dst = append(dst, `,"duration_ns":{"scale":`...)
	dst = strconv.AppendInt(dst, int64(s.Duration.Scale), 10)
	dst = append(dst, `,"count":`...)
	dst = strconv.AppendUint(dst, s.Duration.Count, 10)
	dst = append(dst, `,"sum":`...)
	dst = strconv.AppendUint(dst, s.Duration.Sum, 10)
	dst = append(dst, `,"max":`...)
	dst = strconv.AppendUint(dst, s.Duration.Max, 10)
	dst = appendCount(dst, "zero_count", s.Duration.ZeroCount)
	dst = appendCount(dst, "offset", uint64(s.Duration.Offset))
	dst = appendBuckets(dst, s.Duration.BucketCounts)
	return append(dst, "}}"...)
}

// AppendMetric appends the JSON of a [Metric].
func AppendMetric(dst []byte, m Metric) []byte {
	dst = append(dst, `{"metric":`...)
	dst = appendString(dst, m.Name)
	dst = append(dst, `,"unit":`...)
	dst = appendString(dst, m.Unit)
	dst = append(dst, `,"window_start":`...)
	dst = appendTime(dst, m.WindowStart)
	dst = append(dst, `,"window_end":`...)
	dst = appendTime(dst, m.WindowEnd)
	dst = appendCount(dst, "total", m.Total)
	if m.Values != nil {
		dst = appendDistribution(append(dst, `,"values":`...), m.Values)
	}
	dst = appendCount(dst, "invalid", m.Invalid)
	return append(dst, '}')
}

func appendDistribution(dst []byte, d *Distribution) []byte {
	dst = append(dst, `{"scale":`...)
	dst = strconv.AppendInt(dst, int64(d.Scale), 10)
	dst = append(dst, `,"count":`...)
	dst = strconv.AppendUint(dst, d.Count, 10)
	dst = appendFloat(append(dst, `,"sum":`...), d.Sum)
	dst = appendFloat(append(dst, `,"min":`...), d.Min)
	dst = appendFloat(append(dst, `,"max":`...), d.Max)
	dst = appendCount(dst, "zero_count", d.ZeroCount)
	dst = appendSide(dst, `,"positive":`, d.Positive)
	dst = appendSide(dst, `,"negative":`, d.Negative)
	return append(dst, '}')
}

func appendSide(dst []byte, key string, s Side) []byte {
	if s.IsZero() {
		return dst
	}
	dst = append(append(dst, key...), `{"offset":`...)
	dst = strconv.AppendInt(dst, int64(s.Offset), 10)
	return append(appendBuckets(dst, s.BucketCounts), '}')
}

func appendBuckets(dst []byte, counts []uint64) []byte {
	for i, n := range counts {
		if i == 0 {
			dst = append(dst, `,"bucket_counts":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, n, 10)
	}
	if len(counts) > 0 {
		dst = append(dst, ']')
	}
	return dst
}

func appendAttributes(dst []byte, attrs []slog.Attr) []byte {
	open := false
	for _, a := range attrs {
		if a.Key == "" || !writable(a.Value) {
			continue
		}
		if !open {
			dst, open = append(dst, `,"attributes":{`...), true
		} else {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, a.Key), ':')
		dst = appendValue(dst, a.Value)
	}
	if open {
		dst = append(dst, '}')
	}
	return dst
}

func writable(v slog.Value) bool {
	switch v.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindDuration, slog.KindString, slog.KindTime:
		return true
	case slog.KindFloat64:
		return !math.IsNaN(v.Float64()) && !math.IsInf(v.Float64(), 0)
	default: // Any, Group and LogValuer can hold what nobody declared
		return false
	}
}

func appendValue(dst []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool())
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10)
	case slog.KindFloat64:
		return appendFloat(dst, v.Float64())
	case slog.KindDuration:
		return appendMilliseconds(dst, v.Duration())
	case slog.KindTime:
		return appendTime(dst, v.Time())
	default:
		return appendString(dst, v.String())
	}
}

func appendMember(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(append(append(dst, `,"`...), key...), `":`...)
	return appendString(dst, value)
}

func appendCount(dst []byte, key string, n uint64) []byte {
	if n == 0 {
		return dst
	}
	dst = append(append(append(dst, `,"`...), key...), `":`...)
	return strconv.AppendUint(dst, n, 10)
}

// appendMilliseconds keeps microseconds: three decimals.
func appendMilliseconds(dst []byte, d time.Duration) []byte {
	return strconv.AppendFloat(dst, float64(d.Microseconds())/1000, 'f', -1, 64)
}

// appendFloat keeps to what JSON and encoding/json know: no exponent without
// digits, no special values (the caller has left these out).
func appendFloat(dst []byte, f float64) []byte {
	b, err := json.Marshal(f)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, b...)
}

// appendTime writes RFC 3339 in UTC with milliseconds, which is as exact as the
// event's id. Not time's AppendFormat: it needs so much stack that a short
// program's would have to grow for it, which takes longer than all the rest.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = appendDigits(append(dst, '"'), year, 4)
	dst = appendDigits(append(dst, '-'), int(month), 2)
	dst = appendDigits(append(dst, '-'), day, 2)
	dst = appendDigits(append(dst, 'T'), hour, 2)
	dst = appendDigits(append(dst, ':'), minute, 2)
	dst = appendDigits(append(dst, ':'), second, 2)
	dst = appendDigits(append(dst, '.'), t.Nanosecond()/1e6, 3)
	return append(dst, 'Z', '"')
}

// appendDigits writes the last width digits of n.
func appendDigits(dst []byte, n, width int) []byte {
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= len(dst)-width; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	return dst
}

// appendString writes a JSON string (RFC 8259, section 7); bytes that are not
// UTF-8 become U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
			i++
		case c < 0x20 || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			i++
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
		}
	}
	return append(dst, '"')
}
