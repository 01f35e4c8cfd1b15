// Package corpus holds what detectors of personal data and secrets are measured
// on: synthetic texts with one thing in them that must not be kept, and texts
// that only look like that.
//
// [Generate] makes them, the same ones every time, out of documented reserved
// ranges (example.com, RFC 5737, RFC 3849, RFC 7042, test numbers of payment
// networks, numbers that regulators keep for drama) and of random digits in the
// shapes that vendors document. What looks like a credential is written down in
// parts, so that no file of the repository has one in it. [Read] reads them back.
//
// Detectors are written while looking at "tune"; "report" has other shapes and other
// surroundings. [Fresh] and [HeldOut] are halves of texts that neither was made for.
package corpus

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The halves, first those of the generated corpus, then those of the fresh one:
// what other people's rule sets and tests know, and surroundings that were written
// when the detectors stood. A line's text alone decides in which of its halves it
// is; see [HalfOf]. The last two are whole corpora, each assembled from sources that
// nothing was made for before, and before the detectors were run on it.
const (
	Tune    = "tune"
	Report  = "report"
	Fresh   = "fresh"
	HeldOut = "held-out"
	Second  = "second" // held out until it was counted once, see README.md
	Third   = "third"  // held out
)

// Halves are all of them, in the order of a table.
var Halves = []string{Tune, Report, Fresh, HeldOut, Second, Third}

// Shown reports that one may look at the texts of a half: detectors are mended by
// them. Of the others, counts alone are printed.
func Shown(half string) bool { return half != Report && half != HeldOut && half != Third }

// HalfOf draws the half of a text of the fresh corpus: Fresh is there to mend
// detectors by, HeldOut to be counted.
func HalfOf(text string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	if h.Sum64()>>32&1 == 1 {
		return HeldOut
	}
	return Fresh
}

// The machine and its user that the texts speak of, as environment variables.
const (
	User = "mwitt"               // what USER says
	Host = "heron-7.lan.example" // what HOSTNAME says
)

// Case is one text.
type Case struct {
	ID       string // "tune.tsv:17"
	Half     string
	Class    string // what is in it, or what it looks like
	Positive bool
	Text     string
	Secret   string // the part of Text that must not be kept; empty in negatives
}

// The signs that stand around the secret and between its parts.
const (
	open, shut = "⟦", "⟧"
	part       = "¦"
)

// Names are the files of a corpus; hand.tsv is written by hand, the last three are assembled.
var Names = []string{"tune.tsv", "report.tsv", "hand.tsv", "fresh.tsv", "second.tsv", "third.tsv"}

// Line writes a case as one line: half, class, "+" or "-", and the text as a Go
// string with the secret in brackets.
func (c Case) Line() string {
	sign, text := "-", c.Text
	if c.Positive {
		sign = "+"
		text = strings.Replace(c.Text, c.Secret, open+parts(c.Class, c.Secret)+shut, 1)
	}
	return strings.Join([]string{c.Half, c.Class, sign, strconv.Quote(text)}, "\t")
}

// parts takes a secret apart, if scanners of repositories might trip over it.
func parts(class, secret string) string {
	switch class {
	case "token", "jwt", "pem", "random", "url", "secret":
	default:
		return secret
	}
	var b strings.Builder
	for i, r := range secret {
		if i > 0 && i%4 == 3 {
			b.WriteString(part)
		}
		b.WriteRune(r)
	}
	return b.String()
}

func parse(line string) (Case, error) {
	f := strings.SplitN(line, "\t", 4)
	if len(f) != 4 || !slices.Contains(Halves, f[0]) || f[2] != "+" && f[2] != "-" {
		return Case{}, fmt.Errorf("want half, class, + or - and a text, with tabs between them: %q", line)
	}
	text, err := strconv.Unquote(f[3])
	if err != nil {
		return Case{}, fmt.Errorf("the text is no Go string: %s", f[3])
	}
	text = strings.ReplaceAll(text, part, "")
	c := Case{Half: f[0], Class: f[1], Positive: f[2] == "+", Text: text}
	if before, rest, ok := strings.Cut(text, open); ok {
		secret, after, _ := strings.Cut(rest, shut)
		c.Text, c.Secret = before+secret+after, secret
	}
	if c.Positive != (c.Secret != "") {
		return Case{}, fmt.Errorf("a positive has its secret in %s%s, a negative none: %q", open, shut, line)
	}
	return c, nil
}

// Read reads the corpus in a folder.
func Read(dir string) ([]Case, error) {
	var all []Case
	for _, name := range Names {
		cases, err := readFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("reading the corpus: %w", err)
		}
		all = append(all, cases...)
	}
	return all, nil
}

func readFile(path string) ([]Case, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var cases []Case
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		if line := lines.Text(); line != "" && line[0] != '#' {
			c, err := parse(line)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
			c.ID = fmt.Sprintf("%s:%d", filepath.Base(path), n)
			cases = append(cases, c)
		}
	}
	return cases, lines.Err()
}

// Write writes the files that are generated.
func Write(dir string) error {
	for _, half := range []string{Tune, Report} {
		if err := os.WriteFile(filepath.Join(dir, half+".tsv"), []byte(File(half)), 0o644); err != nil {
			return fmt.Errorf("writing the corpus: %w", err)
		}
	}
	return nil
}

// File is the text of a generated file.
func File(half string) string {
	var b strings.Builder
	b.WriteString("# Generated by internal/bench/privacy -generate. README.md says what the columns are.\n")
	for _, c := range Generate(half) {
		b.WriteString(c.Line())
		b.WriteByte('\n')
	}
	return b.String()
}
