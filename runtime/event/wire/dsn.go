package wire

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// DSN is where events go and with which credentials, in one line:
// http(s)://TOKEN:SECRET@HOST/ORG/APP. `tkserver app create` prints it.
type DSN struct {
	Scheme string // "https", or "http" for loopback and trusted networks
	Host   string // host or host:port, with the path in front of /ORG/APP if any
	Org    string
	App    string
	Token  string // names the credential, sent as it is
	Secret string // signs, never sent
}

// ErrDSN is wrapped by every error of [ParseDSN]. The text of these errors
// holds neither token nor secret.
var ErrDSN = errors.New("invalid DSN")

// ValidSlug reports whether s can name an organisation or an application:
// lower-case letters, digits, dot, hyphen and underscore, at most 63.
func ValidSlug(s string) bool {
	const start = "abcdefghijklmnopqrstuvwxyz0123456789"
	return s != "" && len(s) <= 63 && strings.Contains(start, s[:1]) && strings.Trim(s, start+"._-") == ""
}

// ParseDSN reads a DSN.
func ParseDSN(s string) (DSN, error) {
	bad := func(why string) (DSN, error) {
		return DSN{}, fmt.Errorf("%w: %s; want https://TOKEN:SECRET@HOST/ORG/APP, as `tkserver app create` prints it", ErrDSN, why)
	}
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return bad("it is not a URL") // url.Parse's text would quote the secret
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return bad(fmt.Sprintf("the scheme is %q", u.Scheme))
	}
	secret, _ := u.User.Password()
	if u.User.Username() == "" || secret == "" {
		return bad("TOKEN:SECRET@ is missing")
	}
	if u.Hostname() == "" {
		return bad("the host is missing")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return bad("it has a query or a fragment")
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 2 {
		return bad("the path is not /ORG/APP")
	}
	prefix, org, app := parts[:len(parts)-2], parts[len(parts)-2], parts[len(parts)-1]
	if !ValidSlug(org) || !ValidSlug(app) {
		return bad("ORG and APP are lower-case letters, digits, '.', '-' and '_'")
	}
	return DSN{
		Scheme: u.Scheme, Host: strings.Join(append([]string{u.Host}, prefix...), "/"),
		Org: org, App: app, Token: u.User.Username(), Secret: secret,
	}, nil
}

func (d DSN) String() string {
	return d.Scheme + "://" + url.UserPassword(d.Token, d.Secret).String() + "@" + d.Host + "/" + d.Org + "/" + d.App
}

// Redacted is the DSN without token and secret, for logs and messages.
func (d DSN) Redacted() string {
	return d.Scheme + "://xxxxx@" + d.Host + "/" + d.Org + "/" + d.App
}

// Endpoint is the URL that batches are posted to.
func (d DSN) Endpoint() string { return d.route("ingest") }

// DeletionEndpoint is the URL that deletions are posted to.
func (d DSN) DeletionEndpoint() string { return d.route("delete") }

func (d DSN) route(what string) string {
	return d.Scheme + "://" + d.Host + "/v1/" + what + "/" + d.Org + "/" + d.App
}

// Cleartext reports whether the DSN would send over plain http to a host that
// is not this machine: anybody on the way could read the token.
func (d DSN) Cleartext() bool {
	if d.Scheme != "http" {
		return false
	}
	u, err := url.Parse("http://" + d.Host)
	if err != nil {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())
}
