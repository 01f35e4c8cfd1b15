package dashboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/server/session"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

var now = time.Date(2026, 3, 14, 15, 0, 0, 0, time.UTC)

// fake is a source and a keeper of sessions.
type fake struct {
	apps  []store.App
	cells []store.Cell
	fail  error
	out   bool // nobody is logged in
	left  bool
}

func (f *fake) Apps(context.Context) ([]store.App, error) { return f.apps, f.fail }

func (f *fake) App(_ context.Context, org, name string) (store.App, error) {
	for _, a := range f.apps {
		if a.Org == org && a.Name == name {
			return a, nil
		}
	}
	return store.App{}, store.ErrNotFound
}

// Actives are 4711 installs, of which 815 came back two weeks later.
func (*fake) Actives(_ context.Context, app store.AppID, span store.Span, from, to store.Day) (found []store.Active, _ error) {
	today := store.DayOf(now)
	cohort := (today - 14).StartOf(store.SpanWeek)
	for _, a := range []store.Active{{Start: (today - 14).StartOf(span), Cohort: cohort, Installs: 4711}, {Start: today.StartOf(span), Cohort: cohort, Installs: 815}} {
		if app == 1 && a.Start >= from && a.Start <= to {
			found = append(found, a)
		}
	}
	return found, nil
}

func (f *fake) Cells(_ context.Context, app store.AppID, from, to store.Day) (found []store.Cell, _ error) {
	for _, c := range f.cells {
		if app == 1 && c.Day >= from && c.Day <= to {
			found = append(found, c)
		}
	}
	return found, f.fail
}

func (f *fake) Valid(*http.Request) bool { return !f.out }

func (f *fake) Open(w http.ResponseWriter, _ *http.Request, token string) error {
	if token != "right" {
		return session.ErrLink
	}
	return f.fail
}

func (f *fake) Leave(http.ResponseWriter) { f.left = true }

func newFake() *fake {
	f := &fake{apps: []store.App{{ID: 1, Org: "acme", Name: "tool"}, {ID: 2, Org: "acme", Name: "quiet.one"}, {ID: 3, Org: "beta", Name: "x"}}}
	add := func(daysAgo int, version string, kind store.Kind, name string, outcomes ...event.Outcome) {
		c := store.Cell{CellKey: store.CellKey{Day: store.DayOf(now) - store.Day(daysAgo), Version: version, Kind: kind, Name: name}}
		for _, o := range outcomes {
			e := store.Event{Outcome: o, Duration: 20 * time.Millisecond}
			if err := c.AddEvent(&e); err != nil {
				panic(err)
			}
		}
		f.cells = append(f.cells, c)
	}
	add(60, "v0.1.0", "command", "ancient", event.OK)
	add(3, "v1.0.0", "command", "deploy", event.OK, event.Error, event.Panic)
	add(1, "v1.2.0", "command", "deploy", event.OK, event.OK)
	add(1, "v1.2.0", "feature", "store.bucket_put", event.OK, event.Unfinished)
	add(0, "v1.2.0", "custom", `<script>alert("&")</script>`, "")
	lost := store.Cell{CellKey: store.CellKey{Day: store.DayOf(now) - 3, Version: "v1.0.0", Kind: store.KindMetric, Name: event.LostUnwritten}}
	lost.Events, lost.Calls = 1, 2
	f.cells = append(f.cells, lost)
	return f
}

func (f *fake) get(t *testing.T, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	Register(mux, Config{Source: f, Sessions: f, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestPages(t *testing.T) {
	for _, test := range []struct {
		path   string
		status int
		has    []string
		hasNot []string
	}{
		{"/", 200, []string{"acme", "beta", `href="/apps/acme/tool"`, "<dd>5</dd>", "60.0 %"}, nil},
		{"/apps/acme/tool", 200, []string{
			"<dd>5</dd>", "60.0 %", "20 ms", "1\u00a0error, 1\u00a0panic", "store.<wbr>bucket_<wbr>put", "1\u00a0unfinished",
			"v1.2.0", "v1.0.0", "13 Feb 2026 to 14 Mar 2026", `aria-current="page">30 days`, "&lt;script&gt;",
			"<dt>Active installs, last day</dt><dd>815</dd>", "Installs that came back", `<th scope="row">2026-W09</th><td class="n">4,711</td><td class="n">0</td><td class="n">815</td>`,
			"80.0 % of the events arrived; lost on people&#39;s machines: 2 could not be written",
		}, []string{"ancient", "<script", "three lines", "telemetry.<wbr>lost"}},
		{"/apps/acme/tool?days=90", 200, []string{"ancient", `aria-current="page">90 days`}, nil},
		{"/apps/acme/tool?days=31", 200, []string{`aria-current="page">30 days`}, []string{"ancient"}},
		{"/apps/acme/tool?from=2026-03-13&to=2026-03-13", 200, []string{"13 Mar 2026 to 13 Mar 2026"}, []string{"aria-current", "v1.0.0", "lost"}},
		{"/apps/acme/tool?from=x", 400, []string{"want YYYY-MM-DD"}, nil},
		{"/apps/acme/tool?from=0001-01-01", 400, []string{"3660 days"}, nil},
		{"/apps/acme/tool?from=2026-03-15", 400, []string{"from must not be after to"}, nil},
		{"/apps/acme/quiet.one", 200, []string{"Nothing came", "http://TOKEN:SECRET@example.com/acme/quiet.one", "QUIET_ONE_TELEMETRY=on"}, []string{"By day", "Active installs"}},
		{"/apps/acme/none", 404, []string{"no application acme/none"}, nil},
		{"/none", 404, []string{"no such page"}, nil},
		{"/login", 401, []string{"tkserver login"}, []string{"Log out"}},
		{"/login?token=wrong", 401, []string{"opened before"}, nil},
		{"/login?token=right", 200, []string{`content="0; url=/"`}, nil},
	} {
		w := newFake().get(t, "GET", test.path)
		page := w.Body.String()
		if w.Code != test.status {
			t.Errorf("GET %s: %d, want %d:\n%s", test.path, w.Code, test.status, page)
		}
		for _, text := range test.has {
			if !strings.Contains(page, text) {
				t.Errorf("GET %s: no %q in\n%s", test.path, text, page)
			}
		}
		for _, text := range test.hasNot {
			if strings.Contains(page, text) {
				t.Errorf("GET %s: %q is in\n%s", test.path, text, page)
			}
		}
		checkHeaders(t, test.path, w.Header())
		checkMarkup(t, test.path, page)
	}
}

func checkHeaders(t *testing.T, path string, h http.Header) {
	t.Helper()
	csp := h.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script") {
		t.Errorf("GET %s: policy %q", path, csp)
	}
	if h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("GET %s: headers %v", path, h)
	}
}

var (
	tags = regexp.MustCompile(`<(/?)([a-z][a-z0-9]*)[^>]*>`)
	void = map[string]bool{"meta": true, "link": true, "img": true, "wbr": true}
)

var elsewhere = regexp.MustCompile(`(src|href)="(https?:)?//`)

// checkMarkup holds pages to what the policy and people without a mouse or eyes
// need: elements nested right, nothing inline, nothing from elsewhere, tables
// with captions and scopes, charts with words.
func checkMarkup(t *testing.T, path, page string) {
	t.Helper()
	var open []string
	for _, tag := range tags.FindAllStringSubmatch(page, -1) {
		name := tag[2]
		switch {
		case void[name] || strings.HasSuffix(tag[0], "/>"):
		case tag[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Fatalf("GET %s: </%s> closes %v in\n%s", path, name, open, page)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("GET %s: %v are never closed", path, open)
	}
	if strings.Contains(page, "style=") || strings.Contains(page, "onclick") || elsewhere.MatchString(page) {
		t.Errorf("GET %s: inline style or script, or something from elsewhere", path)
	}
	if strings.Count(page, "<table>") != strings.Count(page, "<caption") || strings.Contains(page, "<th>") {
		t.Errorf("GET %s: a table without a caption or a header without a scope", path)
	}
	if strings.Count(page, "<svg") != strings.Count(page, `role="img" aria-label="`) {
		t.Errorf("GET %s: a chart without words", path)
	}
	if strings.Count(page, "<h1>") != 1 {
		t.Errorf("GET %s: %d headings of the first rank", path, strings.Count(page, "<h1>"))
	}
}

func TestNobodyLooksIn(t *testing.T) {
	f := newFake()
	f.out = true
	for _, path := range []string{"/", "/apps/acme/tool", "/apps/acme/none", "/apps/acme/tool?from=x"} {
		if w := f.get(t, "GET", path); w.Code != 401 || strings.Contains(w.Body.String(), "acme") {
			t.Errorf("GET %s without a session: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestPreviewUsesNoLinkUp(t *testing.T) {
	f := newFake()
	f.fail = errors.New("the link was opened")
	if w := f.get(t, "HEAD", "/login?token=right"); w.Code != 200 {
		t.Errorf("HEAD: %d", w.Code)
	}
	if w := f.get(t, "GET", "/login?token=right"); w.Code != 500 || strings.Contains(w.Body.String(), "was opened") {
		t.Errorf("GET with a failing store: %d %s", w.Code, w.Body)
	}
}

func TestLogout(t *testing.T) {
	f := newFake()
	if w := f.get(t, "GET", "/logout"); f.left || w.Code == 200 {
		t.Errorf("GET logs out: %d", w.Code)
	}
	if w := f.get(t, "POST", "/logout"); !f.left || w.Code != 200 {
		t.Errorf("POST does not log out: %d", w.Code)
	}
}

func TestEmptyIndexTeaches(t *testing.T) {
	if page := new(fake).get(t, "GET", "/").Body.String(); !strings.Contains(page, "tkserver app create --org") {
		t.Errorf("page:\n%s", page)
	}
}

func TestUnavailable(t *testing.T) {
	f := newFake()
	f.fail = fmt.Errorf("disk: %w", store.ErrUnavailable)
	for _, path := range []string{"/", "/apps/acme/tool"} {
		if w := f.get(t, "GET", path); w.Code != 503 || strings.Contains(w.Body.String(), "disk") {
			t.Errorf("GET %s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestAssets(t *testing.T) {
	page := newFake().get(t, "GET", "/").Body.String()
	for _, url := range regexp.MustCompile(`/assets/[^"]+`).FindAllString(page, -1) {
		w := newFake().get(t, "GET", url)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("GET %s: %d %v", url, w.Code, w.Header())
		}
	}
	for _, url := range []string{"/assets/frame.html", "/assets/none.css", "/assets/"} {
		if w := newFake().get(t, "GET", url); w.Code != 404 {
			t.Errorf("GET %s: %d, want 404", url, w.Code)
		}
	}
}

func TestChart(t *testing.T) {
	c := newChart(10, 12, map[store.Day]bar{10: {calls: 1000}, 12: {calls: 4000, failed: 1}})
	if len(c.Bars) != 2 || c.Days != 3 || c.Max != 4000 {
		t.Fatalf("chart %+v", c)
	}
	for _, b := range c.Bars {
		if b.OKY < 0 || b.FailY < 0 || b.OKY+b.OK > 100.001 || b.X < 0 || b.X > 3 {
			t.Errorf("bar %+v leaves the chart", b)
		}
	}
	if one := c.Bars[1]; one.Fail < 2 || one.X != 2.1 {
		t.Errorf("a single failure among 4,000 calls is not to be seen: %+v", one)
	}
	if want := "5,000 calls in 3 days; most on 13 Jan 1970: 4,000"; c.Label != want {
		t.Errorf("label %q, want %q", c.Label, want)
	}
	if c := newChart(10, 12, nil); c.Label != "no calls in 3 days" {
		t.Errorf("label %q", c.Label)
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := number(n); got != want {
			t.Errorf("number(%d) = %q, want %q", n, got, want)
		}
	}
}
