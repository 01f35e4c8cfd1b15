package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	metrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	traces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// sink is a server that answers 200 to everything, and counts the events in it.
type sink struct {
	*httptest.Server
	got atomic.Int64
	err atomic.Pointer[error] // what it did not understand
}

func newSink() *sink {
	s := &sink{}
	s.Server = httptest.NewServer(s)
	return s
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := received(r)
	if err != nil {
		err = fmt.Errorf("reading %s: %w", r.URL.Path, err)
		s.err.Store(&err)
	}
	s.got.Add(n)
	// What each peer takes for a success; the others do not look.
	if strings.HasPrefix(r.URL.Path, "/v1/ingest/") {
		fmt.Fprintf(w, `{"status":"success","accepted":%d,"duplicates":0,"rejected":0}`, n)
		return
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		fmt.Fprint(w, "{}")
	}
}

// received is how many events a request brings.
func received(r *http.Request) (int64, error) {
	body, err := plain(r)
	if err != nil {
		return 0, err
	}
	switch path := r.URL.Path; {
	case path == "/v1/traces":
		return spans(body)
	case path == "/v1/metrics":
		return points(body)
	case strings.HasSuffix(path, "/envelope/"):
		return int64(bytes.Count(body, []byte(`"type":"event"`))), nil
	default:
		// Segment's and posthog's batch, and our events.
		var batch struct{ Batch, Events []json.RawMessage }
		err := json.Unmarshal(body, &batch)
		return int64(len(batch.Batch) + len(batch.Events)), err
	}
}

func plain(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	zip, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zip)
}

func spans(body []byte) (n int64, err error) {
	var request traces.ExportTraceServiceRequest
	err = proto.Unmarshal(body, &request)
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			n += int64(len(scope.GetSpans()))
		}
	}
	return n, err
}

// points adds up what was counted. Counts are those since the start, and a process
// of this benchmark ends before it would tell them twice.
func points(body []byte) (n int64, err error) {
	var request metrics.ExportMetricsServiceRequest
	err = proto.Unmarshal(body, &request)
	for _, resource := range request.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			for _, metric := range scope.GetMetrics() {
				for _, point := range metric.GetSum().GetDataPoints() {
					n += point.GetAsInt()
				}
				for _, point := range metric.GetHistogram().GetDataPoints() {
					n += int64(point.GetCount())
				}
			}
		}
	}
	return n, err
}
