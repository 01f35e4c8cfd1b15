package ingest

import (
	"bytes"
	"testing"
)

// BenchmarkRead is what a batch of 100 costs before the store: inflating,
// splitting and checking.
func BenchmarkRead(b *testing.B) {
	events := make([]string, 100)
	for i := range events {
		events[i] = okCall(i)
	}
	body := zip(b, bytes.NewReader(batch(events...)))
	limits := Limits{}.withDefaults()
	b.ReportAllocs()
	for b.Loop() {
		raws, err := decode(body, "gzip", limits)
		if err != nil {
			b.Fatal(err)
		}
		if taken, _ := checkAll(raws, limits.EventBytes, start); len(taken) != len(events) {
			b.Fatal("refused")
		}
	}
	b.ReportMetric(float64(b.N*len(events))/b.Elapsed().Seconds(), "events/s")
}
