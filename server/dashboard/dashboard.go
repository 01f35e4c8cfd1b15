// Package dashboard shows answers to people.
//
// In comes a browser with a session; out go pages, rendered here, that need no
// script and load nothing from anywhere else. They show what package query
// answers as JSON, and nothing more.
package dashboard

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
	"github.com/telemetry-kit/telemetry-kit-go/server/query"
	"github.com/telemetry-kit/telemetry-kit-go/server/reply"
	"github.com/telemetry-kit/telemetry-kit-go/server/session"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// Source is what pages are read from.
type Source interface {
	analytics.Source
	Apps(ctx context.Context) ([]store.App, error)
}

// Sessions says who may look.
type Sessions interface {
	Valid(r *http.Request) bool
	Open(w http.ResponseWriter, r *http.Request, token string) error
	Leave(w http.ResponseWriter)
}

// Config tells the dashboard what to work with. All of it must be given.
type Config struct {
	Source   Source
	Sessions Sessions
	Now      func() time.Time
	Logger   *slog.Logger
}

// Register adds the dashboard's routes.
func Register(mux *http.ServeMux, c Config) {
	d := &dashboard{c}
	mux.Handle("GET /{$}", d.page(d.private(d.index)))
	mux.Handle("GET /apps/{org}/{app}", d.page(d.private(d.app)))
	mux.Handle("GET /login", d.page(d.login))
	mux.Handle("POST /logout", d.page(d.logout))
	mux.Handle("GET /assets/{file}", http.HandlerFunc(asset))
	mux.Handle("/", d.page(func(http.ResponseWriter, *http.Request) error {
		return &reply.Error{Status: http.StatusNotFound, Code: "no_route", Message: "There is no such page."}
	}))
}

type dashboard struct{ Config }

// page answers the errors of h as a page.
func (d *dashboard) page(h reply.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protect(w.Header())
		err := h(w, r)
		if err == nil {
			return
		}
		refusal := reply.Refusal(err)
		if refusal.Status >= http.StatusInternalServerError {
			d.Logger.Error("page failed", "route", r.Pattern, "error", err)
		}
		m := message{Status: refusal.Status, Title: http.StatusText(refusal.Status), Text: refusal.Message}
		if refusal.Status == http.StatusUnauthorized {
			m.Title, m.Login = "Not logged in", true
		}
		// The error of a broken connection is nobody's to read any more.
		_ = render(w, refusal.Status, "message.html", m)
	})
}

// protect keeps pages to themselves: no script, no frame, nothing from
// elsewhere, no address of a page told to anybody, no copy in a cache.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

func (d *dashboard) private(h reply.HandlerFunc) reply.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !d.Sessions.Valid(r) {
			return &reply.Error{
				Status: http.StatusUnauthorized, Code: "no_session",
				Message: "This dashboard opens with a link that works once.",
			}
		}
		return h(w, r)
	}
}

// login swaps a one-time link for a cookie. It answers with a page that moves
// on, not with a redirect: a browser that came from elsewhere (a chat, a mail)
// would not send a SameSite=Strict cookie after a redirect.
func (d *dashboard) login(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if r.Method == http.MethodHead { // a preview must not use the link up
		return nil
	}
	err := session.ErrLink
	if token != "" {
		err = d.Sessions.Open(w, r, token)
	}
	if errors.Is(err, session.ErrLink) {
		return &reply.Error{Status: http.StatusUnauthorized, Code: "bad_link", Message: "This link was opened before, or is older than an hour."}
	}
	if err != nil {
		return err
	}
	return render(w, http.StatusOK, "welcome.html", nil)
}

func (d *dashboard) logout(w http.ResponseWriter, _ *http.Request) error {
	d.Sessions.Leave(w)
	return render(w, http.StatusOK, "message.html", message{
		Title: "Logged out", Text: "This browser can no longer open the dashboard.", Login: true,
	})
}

func (d *dashboard) index(w http.ResponseWriter, r *http.Request) error {
	apps, err := d.Source.Apps(r.Context())
	if err != nil {
		return err
	}
	view := indexView{Days: analytics.Days}
	for _, app := range apps {
		q := analytics.Query{Org: app.Org, App: app.Name}
		report, err := analytics.ReadReport(r.Context(), d.Source, q, d.Now())
		if err != nil {
			return err
		}
		if err := view.add(app, report); err != nil {
			return err
		}
	}
	return render(w, http.StatusOK, "index.html", view)
}

// app shows one application over the days that ?days= or ?from=&to= say.
func (d *dashboard) app(w http.ResponseWriter, r *http.Request) error {
	q, days, err := period(r, store.DayOf(d.Now()))
	if err != nil {
		return err
	}
	report, err := analytics.ReadReport(r.Context(), d.Source, q, d.Now())
	if errors.Is(err, store.ErrNotFound) {
		return query.NoApp(q.Org, q.App)
	}
	if err != nil {
		return err
	}
	view := appView{Org: q.Org, App: q.App, Days: days, From: q.From, To: q.To, Base: base(r)}
	if err := view.read(report); err != nil {
		return err
	}
	return render(w, http.StatusOK, "app.html", view)
}

// periods are those that the page offers, in days.
var periods = []int{7, 30, 90}

// period reads the days to show; days is zero if they are not one of periods.
func period(r *http.Request, today store.Day) (q analytics.Query, days int, err error) {
	v := r.URL.Query()
	span := url.Values{"from": {v.Get("from")}, "to": {cmp.Or(v.Get("to"), today.String())}}
	if q, err = query.Parse(r.PathValue("org"), r.PathValue("app"), span); err != nil {
		return q, 0, err
	}
	if q.From != 0 {
		return q, 0, nil
	}
	days = analytics.Days
	for _, offered := range periods {
		if v.Get("days") == number(uint64(offered)) {
			days = offered
		}
	}
	q.From = q.To - store.Day(days) + 1
	return q, days, nil
}

// base is the URL that the browser sees the server at.
func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
