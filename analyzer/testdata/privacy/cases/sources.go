// Package cases are functions that do or do not record what identifies people. The
// comment of each says which, and of what class it is: it was written before the
// analyzer was run.
package cases

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

// leak: arguments
func argument() { telemetry.Track("opened", slog.String("name", os.Args[1])) }

// leak: arguments
func allArguments() { telemetry.Track("ran", slog.String("line", strings.Join(os.Args[1:], " "))) }

// fine: arguments
func numberOfArguments() { telemetry.Track("ran", slog.Int("args", len(os.Args))) }

// fine: arguments
func hasArguments() { telemetry.Track("ran", slog.Bool("any", len(os.Args) > 1 && os.Args[1] != "")) }

// fine: arguments
func chosenArgument() { telemetry.Track("ran", telemetry.OneOf("verb", os.Args[1], "get", "put")) }

// leak: arguments
func argumentAsName() { telemetry.Track("ran." + os.Args[1]) }

// leak: flags
func flagValue() {
	out := flag.String("out", "", "")
	flag.Parse()
	telemetry.Track("ran", slog.String("out", *out))
}

// fine: flags
func flagNumber() {
	n := flag.Int("n", 1, "")
	flag.Parse()
	telemetry.Track("ran", slog.Int("n", *n))
}

// leak: flags
func flagVar() {
	var out string
	flag.StringVar(&out, "out", "", "")
	flag.Parse()
	telemetry.Track("ran", slog.String("out", out))
}

// leak: flags
func flagSet(args []string) {
	fs := flag.NewFlagSet("x", flag.ContinueOnError)
	_ = fs.Parse(args)
	telemetry.Track("ran", slog.String("first", fs.Arg(0)))
}

// leak: environment
func environment() { telemetry.Track("ran", slog.String("editor", os.Getenv("EDITOR"))) }

// fine: environment
func inCI() { telemetry.Track("ran", slog.Bool("ci", os.Getenv("CI") != "")) }

// fine: environment
func isSet() {
	_, ok := os.LookupEnv("CI")
	telemetry.Track("ran", slog.Bool("ci", ok))
}

// leak: environment
func lookedUp() {
	v, _ := os.LookupEnv("TEAM")
	telemetry.Track("ran", slog.String("team", v))
}

// leak: environment
func everyVariable() {
	for _, kv := range os.Environ() {
		telemetry.Track("variable", slog.String("kv", kv))
	}
}

// leak: user
func userName() {
	u, err := user.Current()
	if err == nil {
		telemetry.Track("ran", slog.String("by", u.Username))
	}
}

// leak: user
func host() {
	h, _ := os.Hostname()
	telemetry.Track("ran", slog.String("on", h))
}

// leak: user
func uid() { telemetry.Track("ran", slog.Int("by", os.Getuid())) }

// fine: user
func isRoot() { telemetry.Track("ran", slog.Bool("root", os.Getuid() == 0)) }

// fine: platform
func platform() {
	telemetry.Track("ran", slog.String("os", runtime.GOOS), slog.String("arch", runtime.GOARCH), slog.String("go", runtime.Version()))
}

// leak: paths
func workingFolder() {
	dir, _ := os.Getwd()
	telemetry.Track("ran", slog.String("dir", filepath.Base(dir)))
}

// leak: paths
func homeFolder() {
	home, _ := os.UserHomeDir()
	telemetry.Track("ran", telemetry.Text("home", home))
}

// fine: paths
func program() { telemetry.Start(telemetry.Config{Service: filepath.Base(os.Args[0])}) }

// leak: paths
func walked(root string) {
	_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		telemetry.Track("visited", slog.String("p", path))
		return nil
	})
}

// leak: paths
func entries() {
	list, _ := os.ReadDir(".")
	for _, e := range list {
		telemetry.Track("entry", slog.String("e", e.Name()))
	}
}

// fine: paths
func numberOfEntries() {
	list, _ := os.ReadDir(".")
	telemetry.Count("entries", int64(len(list)))
}

// fine: paths
func sizeOfFile(path string) {
	info, err := os.Stat(path)
	if err == nil {
		telemetry.Measure("size", float64(info.Size()), telemetry.Bytes)
	}
}

// leak: paths
func lookedUpProgram() {
	p, _ := exec.LookPath("git")
	telemetry.Track("git", slog.String("at", p))
}

// leak: requests
func header(w http.ResponseWriter, r *http.Request) {
	telemetry.Track("asked", slog.String("agent", r.Header.Get("User-Agent")))
}

// leak: requests
func path(w http.ResponseWriter, r *http.Request) {
	telemetry.Track("asked", slog.String("path", r.URL.Path))
}

// fine: requests
func method(w http.ResponseWriter, r *http.Request) {
	telemetry.Track("asked", slog.String("method", r.Method), slog.String("route", r.Pattern))
}

// leak: requests
func form(w http.ResponseWriter, r *http.Request) {
	telemetry.Track("asked", slog.String("q", r.FormValue("q")))
}

// leak: requests
func remote(w http.ResponseWriter, r *http.Request) {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	telemetry.Track("asked", slog.String("from", host))
}

// leak: requests
func cookie(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie("s"); err == nil {
		telemetry.Track("asked", slog.String("s", c.Value))
	}
}

// leak: requests
func body(w http.ResponseWriter, r *http.Request) {
	data, _ := io.ReadAll(r.Body)
	telemetry.Track("asked", telemetry.Text("body", string(data)))
}

// leak: requests
func decoded(w http.ResponseWriter, r *http.Request) {
	var order struct{ Item string }
	_ = json.NewDecoder(r.Body).Decode(&order)
	telemetry.Track("ordered", slog.String("item", order.Item))
}

// fine: requests
func decodedLength(w http.ResponseWriter, r *http.Request) {
	var order struct{ Items []string }
	_ = json.NewDecoder(r.Body).Decode(&order)
	telemetry.Track("ordered", slog.Int("items", len(order.Items)))
}

// fine: requests
func contentLength(w http.ResponseWriter, r *http.Request) {
	telemetry.Measure("request.size", float64(r.ContentLength), telemetry.Bytes)
}

// leak: requests
func pathValue(w http.ResponseWriter, r *http.Request) {
	telemetry.Begin("show." + r.PathValue("id")).End(nil)
}

// leak: addresses
func connection(c net.Conn) {
	telemetry.Track("connected", slog.String("peer", c.RemoteAddr().String()))
}

// fine: addresses
func network(c net.Conn) {
	telemetry.Track("connected", slog.String("net", c.RemoteAddr().Network()))
}

// leak: addresses
func ip(a net.IP) { telemetry.Track("connected", slog.String("a", a.String())) }

// fine: addresses
func ipVersion(a netip.Addr) { telemetry.Track("connected", slog.Bool("v6", a.Is6())) }

// leak: errors
func errorText(err error) { telemetry.Track("failed", slog.String("why", err.Error())) }

// leak: errors
func formattedError() {
	_, err := os.Open("x")
	telemetry.Track("failed", slog.String("why", fmt.Sprintf("failed: %v", err)))
}

// fine: errors
func errorType(err error) { telemetry.Track("failed", slog.String("type", fmt.Sprintf("%T", err))) }

// fine: errors
func errorIsNil(err error) { telemetry.Track("done", slog.Bool("ok", err == nil)) }

// useless: errors
func wholeError(err error) { telemetry.Track("failed", slog.Any("err", err)) }

// leak: errors
func panicValue() {
	defer func() {
		if r := recover(); r != nil {
			telemetry.Track("panicked", slog.String("with", fmt.Sprint(r)))
		}
	}()
}

// leak: files
func contents() {
	data, _ := os.ReadFile("config")
	telemetry.Track("read", slog.String("first", strings.Fields(string(data))[0]))
}

// leak: files
func line() {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		telemetry.Track("typed", telemetry.Text("line", in.Text()))
	}
}

// fine: files
func lines() {
	n := 0
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		n++
	}
	telemetry.Count("lines", int64(n))
}

// leak: hashes
func hashed() {
	h, _ := os.Hostname()
	sum := sha256.Sum256([]byte(h))
	telemetry.Track("ran", slog.String("id", hex.EncodeToString(sum[:8])))
}

// leak: hashes
func hashedNumber(email string) {
	h := fnv.New64a()
	h.Write([]byte(email))
	telemetry.Track("ran", telemetry.Value("id", h.Sum64()))
}

// fine: numbers
func port() {
	n, _ := strconv.Atoi(os.Getenv("PORT"))
	telemetry.Track("ran", slog.Int("port", n))
}

// fine: numbers
func duration() {
	began := time.Now()
	telemetry.Track("ran", slog.Duration("took", time.Since(began)))
}

// leak: personal types
func sender(a *mail.Address) { telemetry.Track("mailed", slog.String("domain", a.Address)) }

// leak: personal types
func credentials(u *url.URL) { telemetry.Track("fetched", slog.String("as", u.User.Username())) }

// leak: paths
func output() {
	out, _ := exec.Command("git", "remote").Output()
	telemetry.Track("git", slog.String("remote", string(out)))
}
