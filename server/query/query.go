// Package query answers questions over HTTP, as JSON.
//
// In comes GET /v1/query/{org}/{app}/usage?by=day|version&from=&to=&kind=; out
// goes an [analytics.Usage]. The dashboard shows nothing that is not here.
package query

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/reply"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// maxDays bounds the span of a question: ten years.
const maxDays = 3660

// Usage answers the usage route, as of now.
func Usage(src analytics.Source, now func() time.Time) reply.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := Parse(r.PathValue("org"), r.PathValue("app"), r.URL.Query())
		if err != nil {
			return err
		}
		usage, err := analytics.ReadUsage(r.Context(), src, q, now())
		if errors.Is(err, store.ErrNotFound) {
			return NoApp(q.Org, q.App)
		}
		if err != nil {
			return err
		}
		return reply.JSON(w, http.StatusOK, usage)
	}
}

// NoApp is the refusal of a question about an application that is not there.
func NoApp(org, app string) error {
	return &reply.Error{
		Status: http.StatusNotFound, Code: "unknown_application",
		Message: fmt.Sprintf("there is no application %.63s/%.63s", org, app),
	}
}

// Parse reads a question's parameters; all of them may be left out.
func Parse(org, app string, v url.Values) (q analytics.Query, err error) {
	q = analytics.Query{Org: org, App: app, Kind: store.Kind(v.Get("kind"))}
	if q.By, err = analytics.ParseBy(v.Get("by")); err != nil {
		return q, bad(err)
	}
	if q.From, err = parseDay(v.Get("from")); err != nil {
		return q, bad(err)
	}
	if q.To, err = parseDay(v.Get("to")); err != nil {
		return q, bad(err)
	}
	if q.From != 0 && q.To != 0 && (q.From > q.To || q.To-q.From > maxDays) {
		return q, bad(fmt.Errorf("reading span: from must not be after to, nor more than %d days before it", maxDays))
	}
	switch q.Kind {
	case "", store.KindCommand, store.KindFeature, store.KindCustom:
		return q, nil
	}
	return q, bad(fmt.Errorf("reading kind %.20q: want command, feature or custom", string(q.Kind)))
}

func parseDay(s string) (store.Day, error) {
	if s == "" {
		return 0, nil
	}
	return store.ParseDay(s)
}

func bad(err error) error {
	return &reply.Error{Status: http.StatusBadRequest, Code: "bad_query", Message: err.Error()}
}
