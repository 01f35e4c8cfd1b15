package corpus

import (
	"regexp"
	"slices"
	"strings"
)

// Row counts the cases of one class and half.
type Row struct {
	Half, Class         string
	Positives, Found    int
	Exact               int // found, and all the rest of the text is as it was
	Negatives, Mistaken int // negatives of which anything was replaced
}

// Recall is the share of positives that were found.
func (r Row) Recall() float64 { return share(r.Found, r.Positives) }

// Precision is the share of positives in all that something was found in.
func (r Row) Precision() float64 { return share(r.Found, r.Found+r.Mistaken) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// Failure is a case that came out wrong.
type Failure struct {
	Case
	Got string
}

// All is the class of the row that sums up a half.
const All = "all"

// Score cleans every case's text and counts. Rows come by half and class, the sum
// of each half last.
func Score(cases []Case, clean func(string) string) (rows []Row, failures []Failure) {
	for _, half := range Halves {
		if len(classes(cases, half)) == 0 {
			continue
		}
		sum := Row{Half: half, Class: All}
		for _, class := range classes(cases, half) {
			r := Row{Half: half, Class: class}
			for _, c := range cases {
				if c.Half != half || c.Class != class {
					continue
				}
				if got := clean(c.Text); !r.count(c, got) {
					failures = append(failures, Failure{c, got})
				}
			}
			rows = append(rows, r)
			sum.add(r)
		}
		rows = append(rows, sum)
	}
	return rows, failures
}

func classes(cases []Case, half string) []string {
	var names []string
	for _, c := range cases {
		if c.Half == half && !slices.Contains(names, c.Class) {
			names = append(names, c.Class)
		}
	}
	slices.Sort(names)
	return names
}

// count counts a case and reports whether it came out right.
func (r *Row) count(c Case, got string) bool {
	if !c.Positive {
		r.Negatives++
		same := got == flat(c.Text)
		if !same {
			r.Mistaken++
		}
		return same
	}
	r.Positives++
	if !marker.MatchString(got) || Leaks(got, c.Secret) {
		return false
	}
	r.Found++
	before, after, _ := strings.Cut(flat(c.Text), flat(c.Secret))
	if strings.HasPrefix(got, before+"<") && strings.HasSuffix(got, ">"+after) {
		r.Exact++
	}
	return true
}

var marker = regexp.MustCompile(`<[a-z0-9]+>`)

// flat is a text on one line.
func flat(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func (r *Row) add(o Row) {
	r.Positives, r.Found, r.Exact = r.Positives+o.Positives, r.Found+o.Found, r.Exact+o.Exact
	r.Negatives, r.Mistaken = r.Negatives+o.Negatives, r.Mistaken+o.Mistaken
}

// Leaks reports whether half of a secret, but at least four bytes of it, stands
// in what was kept.
func Leaks(kept, secret string) bool {
	kept = strings.ToLower(marker.ReplaceAllString(kept, "<>"))
	secret = strings.ToLower(flat(secret))
	n := min(max(4, (len(secret)+1)/2), len(secret))
	for i := 0; i+n <= len(secret); i++ {
		if strings.Contains(kept, secret[i:i+n]) {
			return true
		}
	}
	return false
}
