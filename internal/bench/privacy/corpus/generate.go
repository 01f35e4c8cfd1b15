package corpus

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// each is how many positives and how many negatives a class has in a half.
const each = 80

// source makes things of one class. What it makes with rare set has shapes that
// stand in the report half alone.
type source struct {
	class    string
	positive func(r *dice, rare bool) string
	negative func(r *dice, rare bool) string
	bare     bool // the text is whole as it is: no surroundings
}

// Generate makes one half of the corpus.
func Generate(half string) []Case {
	var cases []Case
	for _, s := range sources {
		h := fnv.New64a()
		fmt.Fprint(h, s.class, half)
		r := &dice{rand.New(rand.NewPCG(h.Sum64(), 4))}
		for i := range each {
			rare := half == Report && i%2 == 1
			cases = append(cases, s.surrounded(r, half, i, rare), s.lookalike(r, half, i, rare))
		}
	}
	return cases
}

// surrounded puts a secret into one of the half's surroundings.
func (s source) surrounded(r *dice, half string, i int, rare bool) Case {
	secret, around := s.positive(r, rare), "%s"
	if !s.bare {
		around = carriers[half][i%len(carriers[half])]
	}
	c := Case{Half: half, Class: s.class, Positive: true, Secret: secret}
	if in, inner, ok := strings.Cut(secret, open); ok { // the source says itself what is secret
		mid, out, _ := strings.Cut(inner, shut)
		c.Secret = mid
		c.Text = strings.Replace(around, "%s", in+mid+out, 1)
		return c
	}
	c.Text = strings.Replace(around, "%s", secret, 1)
	return c
}

func (s source) lookalike(r *dice, half string, i int, rare bool) Case {
	around := "%s"
	if !s.bare {
		around = carriers[half][i%len(carriers[half])]
	}
	return Case{Half: half, Class: s.class, Text: strings.Replace(around, "%s", s.negative(r, rare), 1)}
}

// carriers are what stands around things, in other words in either half.
var carriers = map[string][]string{
	Tune: {
		"%s", "could not reach %s", "connecting to %s failed: timeout", "value %s is not allowed", "%s: permission denied", "(%s)", "'%s'", `"%s"`,
		`{"value":"%s","ok":true}`, `{"a":{"b":["x","%s"]}}`, `{"%s":1}`, "got=%s", "2026/11/23 10:22:31 INFO handled %s in 12ms",
		"first line\n%s\nlast line", "\t%s\t", "unknown argument %s, see --help", "input: %s.", "the following was skipped: %s, retrying", "a;%s;b", "<%s>",
		"[%s]", "größe: %s", "→ %s ←", "is it %s?", "x=1 y=%s z=3", "- %s\n- second item",
	},
	Report: {
		"%s", "unable to open %s", "%s was rejected by the remote side", "error while handling `%s`", "failed because of %s!", "{%s}", "|%s|", `["%s","b"]`,
		`{"level":"warn","msg":"bad input","detail":{"arg":"%s"}}`, `{"keys":{"%s":{"n":2}}}`, "arg=%s,", "Nov 23 10:22:31 tool[4242]: retry for %s",
		"one\r\n%s\r\nthree", "see %s for more", "dropping %s; 3 left", "args: [run %s -v]", "warning: %s (ignored)", "# %s", "naïve parse of %s", "日本語 %s テスト",
		"- name: %s", "main.go:42: cannot use %s here", "panic: %s\n\ngoroutine 1 [running]:", "what=\"%s\" n=3",
	},
}

// dice are the random choices of a source.
type dice struct{ *rand.Rand }

func (r *dice) of(choices ...string) string { return choices[r.IntN(len(choices))] }

// text is n characters of an alphabet.
func (r *dice) text(n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// between is a number from a to b, both included.
func (r *dice) between(a, b int) int { return a + r.IntN(b-a+1) }

const (
	digits = "0123456789"
	lowers = "abcdefghijklmnopqrstuvwxyz"
	uppers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	hexes  = digits + "abcdef"
	base62 = digits + lowers + uppers
	base64 = base62 + "+/"
	url64  = base62 + "-_"
)

// first and last are names as they stand in addresses and paths.
func (r *dice) first() string {
	return r.of("alice", "bob", "carol", "dmitri", "eve", "fatima", "grace", "heidi", "ivan", "judy", "kenji", "lucia", "mallory", "niaj", "olivia", "peggy", "rupert", "sybil", "trent", "victor", "wendy", "yusuf", "zoe")
}

func (r *dice) last() string {
	return r.of("smith", "mueller", "garcia", "nowak", "tanaka", "okafor", "larsen", "rossi", "dubois", "silva", "kowalski", "novak", "jensen", "haddad", "obrien")
}

// word is a word that says nothing.
func (r *dice) word() string {
	return r.of("cluster", "deploy", "format", "request", "config", "server", "module", "handler", "widget", "report", "cache", "parser", "release", "vendor", "schema", "token", "session", "secret", "phone", "card")
}
