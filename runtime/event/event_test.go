package event

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 123_000_000, time.UTC)

func sample(text string) Event {
	return Event{
		SchemaVersion: SchemaVersion, ID: NewID(noon), Timestamp: noon,
		Service:     Service{Name: text, Version: "v1", Revision: text, Language: "go", LanguageVersion: text},
		UserID:      text,
		SessionID:   text,
		Environment: Environment{OS: "linux", OSVersion: text, Arch: "amd64", CI: len(text)%2 == 0, Shell: text, Container: text, Terminal: text, AIAgent: text},
		Body:        Body{Type: TypeCustom, Category: text, Data: AppendCustom(nil, text, []slog.Attr{slog.String(text, text)})},
		Metadata:    Metadata{SDKVersion: text, TransmissionTimestamp: noon, BatchSize: len(text), RetryCount: 2},
	}
}

// FuzzAppendJSON holds that AppendJSON writes what encoding/json reads back
// unchanged and what encoding/json itself would say.
func FuzzAppendJSON(f *testing.F) {
	for _, s := range []string{"", "plain", `"quoted\"`, "\x00\x1f\x7f", "größe 世界 \U0001f600", "\xff\xfe", "</script>\u2028", "a\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e := sample(text)
		var back Event
		if err := json.Unmarshal(e.AppendJSON([]byte("x"))[1:], &back); err != nil {
			t.Fatalf("%v in %s", err, e.AppendJSON(nil))
		}
		if utf8.ValidString(text) {
			want := sample(text)
			want.ID = e.ID
			if diff := cmp.Diff(want, back); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		}
		viaReflection, err := json.Marshal(back)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if err := json.Unmarshal(e.AppendJSON(nil), &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(viaReflection, &b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, a); diff != "" {
			t.Fatalf("encoding/json says otherwise (-it +we):\n%s", diff)
		}
	})
}

// The members come in encoding/json's order, so that the two can be compared as
// text, up to how long a time is written.
func TestAppendJSONIsWhatMarshalSays(t *testing.T) {
	e := sample("x")
	want, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.AppendJSON(nil); !bytes.Equal(want, got) {
		t.Errorf("\nwant %s\ngot  %s", want, got)
	}
	var empty Event
	if !json.Valid(empty.AppendJSON(nil)) {
		t.Errorf("an empty event: %s", empty.AppendJSON(nil))
	}
}

func TestAppendCall(t *testing.T) {
	attrs := []slog.Attr{
		slog.Bool("b", true), slog.Int("i", -1), slog.Uint64("u", math.MaxUint64), slog.Float64("f", 1e300), slog.Duration("d", 1500*time.Microsecond),
		slog.Time("t", noon), slog.String("s", "x"), slog.Any("any", 1i), slog.Float64("nan", math.NaN()), slog.Int("", 1), slog.Group("g", slog.Int("n", 1)),
	}
	for want, got := range map[string][]byte{
		`{"command":"a","success":true,"duration_ms":1234.567,"outcome":"ok"}`:                                                           AppendCall(nil, TypeCommand, "a", Ending{Outcome: OK, Took: 1234567 * time.Microsecond}, nil),
		`{"feature":"a","success":false,"duration_ms":0,"outcome":"error","error_type":"*x","error_code":"y","exit_code":0}`:             AppendCall(nil, TypeFeature, "a", Ending{Outcome: Error, Took: 999, ErrorType: "*x", ErrorCode: "y", ExitCode: new(0)}, nil),
		`{"feature":"a","success":false,"duration_ms":1,"outcome":"canceled"}`:                                                           AppendCall(nil, TypeFeature, "a", Ending{Outcome: Canceled, Took: time.Millisecond}, nil),
		`{"command":"a","success":false,"outcome":"unfinished"}`:                                                                         AppendCall(nil, TypeCommand, "a", Ending{Outcome: Unfinished, Took: 7}, nil),
		`{"name":"a","attributes":{"b":true,"i":-1,"u":18446744073709551615,"f":1e+300,"d":1.5,"t":"2026-11-23T12:00:00.123Z","s":"x"}}`: AppendCustom(nil, "a", attrs),
		`{"name":"a"}`: AppendCustom(nil, "a", attrs[7:]),
	} {
		if string(got) != want {
			t.Errorf("\nwant %s\ngot  %s", want, got)
		}
	}
}

func TestAppendSummaryReadsBack(t *testing.T) {
	want := Summary{Feature: "x", WindowStart: noon, WindowEnd: noon.Add(time.Second), Calls: 100, Errors: 3, Canceled: 4, Panics: 2, Goexits: 1}
	for range 100 {
		want.Duration.Add(rand.Uint64N(1 << 40))
	}
	var got Summary
	if err := json.Unmarshal(AppendSummary(nil, want), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var none Summary
	if err := json.Unmarshal(AppendSummary(nil, none), &got); err != nil {
		t.Error(err)
	}
}

func TestID(t *testing.T) {
	seen := map[ID]bool{}
	for i := range 1000 {
		id := NewID(noon.Add(time.Duration(i) * time.Millisecond))
		if seen[id] || id[6]>>4 != 7 || id[8]>>6 != 2 {
			t.Fatalf("%s: twice, or not of version 7", id)
		}
		seen[id] = true
		if want := noon.Add(time.Duration(i) * time.Millisecond); !id.Time().Equal(want) {
			t.Fatalf("%s: time %s, want %s", id, id.Time(), want)
		}
		back, err := ParseID(strings.ToUpper(id.String()))
		if err != nil || back != id {
			t.Fatalf("%s reads back as %s (%v)", id, back, err)
		}
	}
	for _, bad := range []string{"", "x", "0b7a2c4e-5d6f-4a81-9b3c-00000000000", "0b7a2c4e-5d6f-4a81-9b3c-00000000000g", "0b7a2c4e_5d6f-4a81-9b3c-000000000001", "0b7a2c4e5d6f4a819b3c0000000000010000"} {
		if id, err := ParseID(bad); err == nil {
			t.Errorf("%q is read as %s", bad, id)
		}
	}
}

// BucketIndex agrees with the definition: base^i < v <= base^(i+1).
func TestBucketIndex(t *testing.T) {
	check := func(ns uint64) {
		t.Helper()
		i := BucketIndex(ns)
		low, high := math.Exp2(float64(i)/8), math.Exp2(float64(i+1)/8)
		if v := float64(ns); v > high*(1+1e-12) || v <= low*(1-1e-12) {
			t.Errorf("%d is in bucket %d, (%g, %g]", ns, i, low, high)
		}
	}
	for e := uint(1); e < 42; e++ {
		for _, ns := range []uint64{1 << e, 1<<e - 1, 1<<e + 1} {
			if ns > 1 {
				check(ns)
			}
		}
	}
	for range 10000 {
		check(2 + rand.Uint64N(1<<rand.UintN(41)+1))
	}
	for ns, want := range map[uint64]int{0: 0, 1: 0, 1 << 42: Buckets - 1, math.MaxUint64: Buckets - 1} {
		if got := BucketIndex(ns); got != want {
			t.Errorf("%d: want %d, got %d", ns, want, got)
		}
	}
}

// The table's way gives what counting the bounds gives, at every bound of every
// power of two and one to either side.
func TestBucketIndexAtTheBounds(t *testing.T) {
	plainly := func(ns uint64) int {
		e := 0
		for uint64(2)<<e < ns {
			e++
		}
		sub := 0
		for k := range 7 {
			if float64(ns) > math.Exp2(float64(k+1)/8)*float64(uint64(1)<<e) {
				sub++
			}
		}
		return min(e*8+sub, Buckets-1)
	}
	for e := range 43 {
		for k := range 8 {
			at := uint64(math.Exp2(float64(k)/8) * float64(uint64(1)<<e))
			for _, ns := range []uint64{at - 1, at, at + 1} {
				if want, got := plainly(ns), BucketIndex(ns); ns > 1 && ns <= 1<<42 && want != got {
					t.Errorf("%d: want %d, got %d", ns, want, got)
				}
			}
		}
	}
}

// A quantile is within 4.5 % of the one of the sorted values.
func TestQuantile(t *testing.T) {
	var whole, a, b Histogram
	var values []uint64
	for i := range 5000 {
		v := uint64(math.Exp(rand.Float64()*20)) + 2
		values = append(values, v)
		whole.Add(v)
		if i%3 == 0 {
			a.Add(v)
		} else {
			b.Add(v)
		}
	}
	if err := a.Merge(b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, a); diff != "" {
		t.Errorf("merged is not the whole:\n%s", diff)
	}
	slices.Sort(values)
	for _, q := range []float64{0, 0.01, 0.5, 0.9, 0.95, 0.999, 1} {
		want := float64(values[max(0, int(math.Ceil(q*5000))-1)])
		if got := whole.Quantile(q); got < want*0.955 || got > want*1.045 {
			t.Errorf("quantile %g: want %g within 4.5 %%, got %g", q, want, got)
		}
	}
	if got := (Histogram{}).Quantile(0.5); got != 0 {
		t.Errorf("of nothing: %g", got)
	}
}

func TestHistogramCheck(t *testing.T) {
	for name, h := range map[string]Histogram{
		"another scale":      {Scale: 2},
		"beyond the last":    {Scale: Scale, Offset: Buckets - 1, Count: 2, BucketCounts: []uint64{1, 1}},
		"below the first":    {Scale: Scale, Offset: -1, Count: 1, BucketCounts: []uint64{1}},
		"too few counted":    {Scale: Scale, Count: 3, BucketCounts: []uint64{1}},
		"an overflow":        {Scale: Scale, Count: 0, BucketCounts: []uint64{math.MaxUint64, 1}},
		"an offset too high": {Scale: Scale, Offset: Buckets + 1},
	} {
		if err := h.Check(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := new(Histogram).Merge(h); err == nil {
			t.Errorf("%s: merged", name)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	e := sample("some text")
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendJSON(buf[:0])
	}
}
