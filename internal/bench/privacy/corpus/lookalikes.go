package corpus

import (
	"fmt"
	"strings"
)

func notEmail(r *dice, rare bool) string {
	v := fmt.Sprintf("%d.%d.%d", r.IntN(9), r.IntN(40), r.IntN(20))
	if rare {
		return r.of("golang.org/x/tools@v"+v, "logo@3x.png", "getty@tty1.service", "git@github.com:golang/go.git", "@types/node", "react@next", "a @ b", "@media screen", "user at example dot com", "image@sha256:"+r.text(64, hexes), "#@!%", "1@2")
	}
	return r.of(r.word()+"@"+v, "actions/checkout@v4", "@scope/"+r.word(), "icon@2x.png", "user@1000.service", r.word()+"@latest", "git@github.com:org/repo.git", "@Override", "foo@v"+v+"-rc.1", "me@localhost")
}

func notIPv4(r *dice, rare bool) string {
	v := fmt.Sprintf("%d.%d.%d.%d", r.between(1, 30), r.IntN(30), r.IntN(99), r.IntN(255))
	if rare {
		return r.of("release "+v, "nginx-"+v+".tar.gz", "Chrome/"+v, "go1.26.8", "lib.so.1.2.3", "127.0.0.1", "version="+v, "libfoo_"+v+"_amd64.deb", "1.3.6.1.4.1.311", "upgrade from "+v+" to "+v, v+"-beta", "10.5.2026", "v"+v+"+build5", "255.255.255.0", "1.2.3")
	}
	return r.of("v"+v, "version "+v, "0.0.0.0", "127.0.0.1:8080", "1.2.3.4.5", "2026.11.23.1", "firmware "+v, v+"-rc1", "Version: "+v, "300.1.2.3", "5.15.0-91", "1.26.8", "12.5%", "pkg=="+v)
}

func notIPv6(r *dice, rare bool) string {
	if rare {
		return r.of("std::vector", "core::fmt::Display", "12:34:56.789", "::1", "a::b::c", "ratio 16:9:4", "Foo::Bar::Baz", "[::]:8080", "00:01:02", "main.go:12:34: error", "urn:isbn:0451450523", "x:y:z")
	}
	return r.of("std::string", "10:22:31", "::", "main.rs:10:5", "Foo::bar", "sha256:"+r.text(64, hexes), "a:b:c", "key: value: other", "2026-11-23T10:22:31Z", "[::1]:443", "module::sub::item", "1:2", "cafe::babe")
}

func notMAC(r *dice, rare bool) string {
	if rare {
		return r.of("00:00:00:00:00:00", "10-22-31-12-00-05", "43:51:43:a1:b5:fc:8b:b7:0a:3a:a9:b1:0f:66:73:a8", "2026-11-23-10-22-31", "12:34:56:78", "a-b-c-d-e-f", "#a1b2c3", "dead.beef")
	}
	return r.of("ff:ff:ff:ff:ff:ff", "10:22:31", "2026-11-23", "aa:bb:cc", "12-34-56", "SHA256:"+strings.ToUpper(r.text(2, hexes)+":"+r.text(2, hexes)+":"+r.text(2, hexes)), "1a-2b-3c", "00:00:5e", "v0.0.0-20261123102231-"+r.text(12, hexes))
}

func notPath(r *dice, rare bool) string {
	w := r.word()
	if rare {
		return r.of("/usr/local/bin/"+w, "/api/v2/"+w+"/{id}", "and/or", "internal/"+w+"/"+w+".go", "/etc/ssl/certs", `C:\Windows\System32`, "gopkg.in/yaml.v3", "golang.org/x/"+w, "https://example.com/home/"+w, "text/html; charset=utf-8", "/proc/self/status", "n/a", "GET /users/:id", `\d+\.\d+`, `C:\Program Files\Go`, "/ ", "~3 minutes", "km/h", "./"+w+"/...", "/var/log/syslog")
	}
	return r.of("/usr/bin/env", "/etc/hosts", "github.com/telemetry-kit/telemetry-kit-go/runtime/"+w, "/dev/null", "/api/v1/users", "application/json", "src/"+w+"/main.go", "./...", "a/b", "~> 1.2", "/healthz", "1/2", `\n`, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "C: drive", "/home", "input/output", "~10", "net/http")
}

func notURL(r *dice, rare bool) string {
	w := r.word()
	if rare {
		return r.of("https://pkg.go.dev/net/http#Client.Do", "ssh://git@github.com/org/repo.git", "https://medium.com/@"+w+"/post", "https://example.com/?page=2&sort=asc", "http://localhost:8080/?debug=1", "https://example.com:8443/"+w, "unix:///var/run/docker.sock", "s3://bucket/"+w, "https://example.com/search?q="+w+"&tokens=5")
	}
	return r.of("https://example.com", "https://example.com/docs/"+w, "http://localhost:3000", "https://github.com/golang/go/issues/73802", "https://example.com/?q="+w, "postgres://localhost:5432/db", "https://example.com/a#b", "git+https://github.com/org/repo.git", "http://[::1]:80/")
}

func notAssigned(r *dice, rare bool) string {
	if rare {
		return r.of("token: expected ')'", "secret: not found", "password=$PASSWORD", "--password-file x", "compass=north", "cookie: invalid", "auth: none", "max_tokens=4096", "token: EOF", "the password is wrong", "monkey=3", "tokenizer=bpe", "secret=<redacted>", "password: ********", "api_key=${KEY}", "keys: 12", "basic authentication", "bearer token required", "passes=3")
	}
	return r.of("key=value", "password: required", "token=true", "unexpected token: }", "password=", "tokens=512", "invalid token: identifier", "passed: 12", "secret: forbidden", "author=none", "pass: 3, fail: 0", "password must be set", "--token-count 5", "bypass=1", "password=***", "no token given", "session: closed", "basic auth failed")
}

func notToken(r *dice, rare bool) string {
	if rare {
		return r.of("sk-learn", "npm_config_registry", "hf_transformers_cache_directory_name", "key-value-store-with-transactions", "test_that_the_parser_reads_everything", "live_reload_of_changed_templates", "shellcheck", "SG.Mail", "dapper", "pulse-audio-module-loopback", "api_organization", "secret_manager_client_configuration_options", "skeleton", "GOCACHE")
	}
	return r.of("npm_package_version", "sk-something", "key-value", "AKI", "AKIA", "ghp_", "SKIPPED", "xoxo", "test_helper_functions", "sk_buff", "go_test_parallel_execution", "AIzawa", "figd", "eyes", "secret_key_base", "api_key", "pypi-simple", "re_match_everything_in_the_file")
}

func notJWT(r *dice, rare bool) string {
	if rare {
		return r.of("eyJ", "eye.of.storm", "com.example.app.MainActivity.onCreate", "eyeJar", "header.payload.signature", "JWT", "runtime.gopanic", "a.b.c", "alg=HS256", "foo.bar.baz.qux")
	}
	return r.of("eyebrow", "com.example.service.Handler", "a.b", "net.http.Request", "github.com/golang-jwt/jwt/v5", "jwt.Parse", "json.Marshal", "invalid JWT", "example.com.au", "x.y.z")
}

func notPEM(r *dice, rare bool) string {
	if rare {
		return r.of("----- BEGIN -----", "-----", "no PEM block found", "=== RUN TestKey", "BEGIN IMMEDIATE", "--- FAIL: TestX (0.00s)", "expected END, got BEGIN", "-- begin transaction --", "PRIVATE KEY expected", "--------------------")
	}
	return r.of("-----", "--- PASS: TestX", "BEGIN TRANSACTION", "asn1: structure error", "BEGIN RSA", "-- comment", "-----\ntitle\n-----", "the private key is missing", "tls: failed to find any PEM data", "--flag --other")
}

func notCard(r *dice, rare bool) string {
	bad := checked(r.of("411111", "555555", "424242") + r.text(9, digits))
	last := (bad[15]-'0'+byte(r.between(1, 9)))%10 + '0'
	bad = bad[:15] + string(last)
	if rare {
		return r.of(bad, bad[:4]+"-"+bad[4:8]+"-"+bad[8:12]+"-"+bad[12:], "1795520551"+r.text(9, digits), r.text(12, digits), "0000000000000000", "978-3-16-148410-0", "20261123102231", "0."+r.text(16, digits), "18446744073709551615", "9223372036854775807", "1.7976931348623157e+308")
	}
	return r.of(bad, bad[:4]+" "+bad[4:8]+" "+bad[8:12]+" "+bad[12:], "179552055"+r.text(4, digits), r.text(10, digits), "9780306406157", r.text(8, digits)+"-"+r.text(4, digits), "1e100", "3.14159265358979", "2147483648", "18446744073709551615", "0x"+r.text(16, hexes))
}

func notIBAN(r *dice, rare bool) string {
	t := "DE" + r.text(20, digits)
	want := ibanDigits(t[:2] + t[4:])
	if t[2:4] == want {
		t = t[:2] + string('0'+('9'-t[2])) + t[3:]
	}
	if rare {
		return r.of(t, fours(t), "GB00WEST12345698765432", "RFC5737", "ISO13616", "AT-2026", "XX82WEST12345698765432", "SE30 seconds", "IT2026", "CR2032 battery")
	}
	return r.of(t, fours(t), "DE89", "ES2015 modules", "MD5", "PR1234", "GB18030", "BE careful", "NO2 sensor", "FR-fr", "LU17")
}

func notPhone(r *dice, rare bool) string {
	if rare {
		return r.of("2026-11-23 10:22:31 +0000", "+0100", "1-800", "123-45-6789-0", "100-200-3000", "line 212-555", "+1", "12 345 678", "+12%", "@@ -12,7 +1234,7 @@", "0x00ff00ff", "1.10.20261123", "00000000000042", "978 0 306 40615 7", "5-10-2026")
	}
	return r.of("2026-11-23", "10:22:31+02:00", "555-0123", "1,234,567", "+5", "1.0.0+20130313144700", "20261123T102231", "12-34-56", "1 000 000", "3.141.592", "+20 points", "0.1.2-3", "1700000000", "100-200", "4096 8192 16384")
}

func notRandom(r *dice, rare bool) string {
	if rare {
		return r.of(r.text(64, hexes), r.text(40, hexes)[:12], "TestKillEverywhereWithHTTP2ServerAndClient", "x86_64-unknown-linux-musl", "sha512-"+r.text(86, base64)+"==", "kubernetes-sigs/controller-runtime", "MaxIdleConnsPerHost", "errUnexpectedEndOfJSONInput", "net/http/httptest.(*Server).Close",
			"golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "CVE-2026-12345", "GHSA-abcd-efgh-ijkl", "ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", strings.ToUpper(r.text(32, hexes)), "us-east-1a", "very_long_snake_case_identifier_name", "#1e90ff", "rgba(255,0,0,0.5)", "2026-11-23T10:22:31.123456789Z")
	}
	return r.of(r.text(40, hexes), r.text(32, hexes), uuid(r), r.text(7, hexes), "v0.0.0-20261123102231-"+r.text(12, hexes), "h1:"+r.text(43, base64)+"=", "getUserByIdFromDatabase2", "x86_64-unknown-linux-gnu", "github.com/telemetry-kit/telemetry-kit-go", "sha256:"+r.text(64, hexes), "#ff8800",
		"io.grpc.netty.shaded.Channel", "abcdefghijklmnopqrstuvwxyz", "internationalization", "HTTPResponseWriterWithStatusCode", "0123456789", "application/x-www-form-urlencoded", "windows-2022-amd64", "2026-11-23T10:22:31Z", "build_number_20261123_final")
}

func uuid(r *dice) string {
	h := r.text(32, hexes)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

func notUser(r *dice, rare bool) string {
	if rare {
		return r.of("user not found", "the owner is root", "mwittgenstein", "admin logged out", "USER is unset", "uid=0(root)", "nobody knows", "xmwitt", "a user of the group", "login failed")
	}
	return r.of("unknown user", "root", "owner: nobody", "user=guest", "username too long", "mwi", "runner", "who is that", "account closed", "login required")
}

func notHost(r *dice, rare bool) string {
	if rare {
		return r.of("heron", "herons-7", "no route to host", "lookup example.com", "localhost:80", "the host is down", "heron-70", "host key changed", "dial tcp: timeout", "unknown authority")
	}
	return r.of("localhost", "host unreachable", "example.com", "no such host", "heron 7", "host=localhost", "hostname is empty", "virtual host", "ghost", "bind: address already in use")
}

// prose is sentences and lines of logs without anything personal.
func prose(r *dice, rare bool) string {
	w, v := r.word(), r.word()
	if rare {
		return r.of(
			fmt.Sprintf("The %s could not be parsed because the %s ended too early.", w, v), fmt.Sprintf("%d of %d tests failed in %dms", r.IntN(9), r.between(10, 99), r.between(100, 999)),
			fmt.Sprintf("level=info msg=%q took=%d.%ds n=%d", w+" done", r.IntN(9), r.IntN(99), r.IntN(999)), fmt.Sprintf("cannot convert %q (untyped string constant) to type int", w), "I would like dark mode, please!",
			fmt.Sprintf("goroutine %d [chan receive, %d minutes]:", r.between(1, 99), r.between(2, 9)), "It crashed twice today; restarting helped.", fmt.Sprintf("Content-Type: text/plain; charset=utf-8; x-%s", v), "context deadline exceeded", fmt.Sprintf("rate: %d req/s, p99: %dms, errors: 0.%d%%", r.IntN(9999), r.IntN(99), r.IntN(99)),
			"ISBN 0-306-40615-2", fmt.Sprintf("color: #%s; margin: 0 auto", r.text(6, hexes)), "größer als erwartet", "日本語のテキストです。", "Ça ne marche pas très bien")
	}
	return r.of(
		fmt.Sprintf("the %s of the %s is not set", w, v), fmt.Sprintf("%s failed after %d retries", w, r.IntN(9)), "index out of range [5] with length 3", "unexpected end of JSON input", fmt.Sprintf("loaded %d %ss in %d.%03ds", r.IntN(9999), w, r.IntN(9), r.IntN(999)),
		"Please add an option for that.", "exit status 1", fmt.Sprintf("%s=%d %s=%d", w+"s", r.IntN(99), v+"s", r.IntN(99)), "no space left on device", "runtime error: invalid memory address or nil pointer dereference", fmt.Sprintf("2026-11-23 10:22:%02d [INFO] %s started", r.IntN(60), w), "it works on linux/amd64 and darwin/arm64",
		"signal: killed", "expected 200, got 503", fmt.Sprintf("%s v1.%d.%d (go1.26.8)", w, r.IntN(9), r.IntN(9)))
}
