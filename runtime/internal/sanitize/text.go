package sanitize

import (
	"strings"
	"unicode/utf8"
)

// Text is free text, as far as it may be kept: it stands in an attribute of
// kind Any, the only thing of that kind that [Attributes] lets through.
type Text string

// cleaner is Text, as those see it who must not link what Clean needs (about
// 100 kB) unless a program has text: the linker keeps a method that is called by
// way of an interface only with a type that becomes one.
type cleaner interface{ clean() string }

// MaxFree is how long, in bytes, kept free text may be.
const MaxFree = 256

// Much of a long text is not looked at: nothing behind window can be kept. What
// begins in the last bytes of the window is not kept either, because a secret
// that is cut in two may no longer look like one. An e-mail address has at most
// 254 bytes (RFC 5321, section 4.5.3.1.3); what is longer (a JWT, a key, a path)
// is told by its beginning.
const (
	window = 2048
	guard  = 512
)

// maxRounds is how often a text is looked at anew after something in it was
// replaced. What still does not come to rest was made to.
const maxRounds = 8

// maxFolds is how many times over a text may be encoded and still be looked into.
const maxFolds = 4

// restless stands in for a text in which ever more is found.
const restless = "<text>"

const ellipsis = "…"

// Clean returns what may be kept of free text: at most [MaxFree] bytes of one
// line in which everything that the detectors know stands replaced by its class
// ("<email>"). Cleaning twice is cleaning once.
func (t Text) Clean() string { return theMachine().clean(string(t)) }

func (t Text) clean() string { return t.Clean() }

// Classes of the things that the detectors know, as they stand in kept text.
const (
	classEmail  = "<email>"
	classIP     = "<ip>"
	classMAC    = "<mac>"
	classPath   = "<path>"
	classUser   = "<user>"
	classHost   = "<host>"
	classURL    = "<url>"    // with credentials in it
	classSecret = "<secret>" // what a password is set to
	classToken  = "<token>"  // of a vendor
	classJWT    = "<jwt>"
	classPEM    = "<pem>"
	classCard   = "<card>"
	classIBAN   = "<iban>"
	classPhone  = "<phone>"
	classRandom = "<random>" // high entropy
)

func (m *machine) clean(s string) string {
	cut := len(s) > window
	s = head(s, window)
	g := scan(s)
	if g.any(signControl | signHigh) {
		s = oneLine(strings.ToValidUTF8(s, "\uFFFD"))
	}
	for range maxRounds {
		next, changed := m.replaced(s, g, cut)
		if !changed && g.folded(s) {
			next, changed = m.unfolded(s, cut)
		}
		if !changed && cut {
			next = head(s, max(0, len(s)-guard))
		}
		if !changed && !cut && len(s) <= MaxFree {
			return s
		}
		s, cut = short(next), false
		g = scan(s)
	}
	return restless
}

// unfolded returns what is left of a text that hides something by the way that
// it is written, and s itself if it hides nothing.
func (m *machine) unfolded(s string, cut bool) (string, bool) {
	plain := s
	for range maxFolds {
		next := unfold(plain)
		if next == plain {
			break
		}
		if kept, changed := m.replaced(next, scan(next), cut); changed {
			return kept, true
		}
		plain = next
	}
	return s, false
}

// replaced returns s with everything found replaced by its class. Of a text that was
// cut, what begins in the guard is left out.
func (m *machine) replaced(s string, g signs, cut bool) (string, bool) {
	found := m.find(s, g)
	if len(found) == 0 {
		return s, false
	}
	limit := len(s)
	if cut {
		limit = len(head(s, max(0, limit-guard)))
	}
	var b strings.Builder
	at := 0
	for _, f := range found {
		if f.start >= limit || b.Len() > MaxFree {
			break
		}
		b.WriteString(s[at:f.start])
		b.WriteString(f.class)
		at = f.end
	}
	if at < limit {
		b.WriteString(s[at:limit])
	}
	return b.String(), true
}

// short cuts a text to MaxFree bytes, the ellipsis included.
func short(s string) string {
	if len(s) <= MaxFree {
		return s
	}
	return head(s, MaxFree-len(ellipsis)) + ellipsis
}

// head returns the first n bytes of s, or a few less so that no rune is cut.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
