package query

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/reply"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

var now = time.Date(2026, 3, 14, 15, 0, 0, 0, time.UTC)

// source has one application with one cell today.
type source struct{}

func (source) App(_ context.Context, org, name string) (store.App, error) {
	if org != "acme" {
		return store.App{}, store.ErrNotFound
	}
	return store.App{ID: 1, Org: org, Name: name}, nil
}

func (source) Actives(context.Context, store.AppID, store.Span, store.Day, store.Day) ([]store.Active, error) {
	return nil, nil
}

func (source) Cells(_ context.Context, _ store.AppID, from, to store.Day) ([]store.Cell, error) {
	if from == 1 {
		return nil, store.ErrUnavailable
	}
	c := store.Cell{CellKey: store.CellKey{Day: to, Version: "v1", Kind: store.KindCommand, Name: "deploy"}}
	c.Calls, c.Successes, c.Errors = 4, 3, 1
	return []store.Cell{c}, nil
}

func TestUsage(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /v1/query/{org}/{app}/usage", reply.Handler(slog.New(slog.DiscardHandler), Usage(source{}, func() time.Time { return now })))
	for target, want := range map[string]struct {
		status int
		text   string
	}{
		"/v1/query/acme/tool/usage":                               {200, `"calls":4`},
		"/v1/query/acme/tool/usage?by=day":                        {200, `"day":"2026-03-14"`},
		"/v1/query/acme/tool/usage?by=version":                    {200, `"version":"v1"`},
		"/v1/query/acme/tool/usage?from=2026-01-01&to=2026-02-01": {200, `"to":"2026-02-01"`},
		"/v1/query/acme/tool/usage?kind=feature":                  {200, `"rows":[]`},
		"/v1/query/other/tool/usage":                              {404, "unknown_application"},
		"/v1/query/acme/tool/usage?by=hour":                       {400, "bad_query"},
		"/v1/query/acme/tool/usage?from=yesterday":                {400, "bad_query"},
		"/v1/query/acme/tool/usage?to=2026-02-30":                 {400, "bad_query"},
		"/v1/query/acme/tool/usage?from=2026-02-01&to=2026-01-01": {400, "bad_query"},
		"/v1/query/acme/tool/usage?from=0001-01-01&to=9999-12-31": {400, "bad_query"},
		"/v1/query/acme/tool/usage?kind=%00":                      {400, "bad_query"},
		"/v1/query/acme/tool/usage?from=1970-01-02&to=1970-01-03": {503, "unavailable"},
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.text) || !json.Valid(w.Body.Bytes()) {
			t.Errorf("GET %s: %d %s, want %d with %s", target, w.Code, w.Body, want.status, want.text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("by=day&from=2026-01-01&to=2026-02-01&kind=command")
	f.Add("from=%00&to=-1")
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		q, err := Parse("acme", "tool", values)
		if err != nil {
			return
		}
		if q.From != 0 && q.To != 0 && (q.From > q.To || q.To-q.From > maxDays) {
			t.Errorf("it took the span %s to %s", q.From, q.To)
		}
		if _, err := analytics.ReadUsage(t.Context(), source{}, q, now); err != nil && q.From != 1 {
			t.Errorf("%q: %v", raw, err)
		}
	})
}
