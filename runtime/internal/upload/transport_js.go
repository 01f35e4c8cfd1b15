package upload

import "net/http"

func transport() http.RoundTripper { return fetch{http.DefaultTransport.(*http.Transport).Clone()} }

// fetch is the host's. It would follow redirects by itself, and send a page's
// cookies along to its own server: telemetry asks for neither.
type fetch struct{ *http.Transport }

func (f fetch) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("js.fetch:redirect", "error")
	req.Header.Set("js.fetch:credentials", "omit")
	return f.Transport.RoundTrip(req)
}
