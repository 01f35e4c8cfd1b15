package sanitize

import (
	"log/slog"
	"math/rand/v2"
	"testing"
)

// TestAnyText calls everything that a program's text gets to with the beginnings
// that detectors look for and random tails of every alphabet: a detector that
// indexes by a character it did not expect would end the program.
func TestAnyText(t *testing.T) {
	alphabets := []string{
		"abcdefghijklmnopqrstuvwxyz0123456789._-", // of names
		"ABCDEFabcdef0123456789+/=_-",
		"aZ09 .-/+~:@%\\\x00\x7f\x80\xff\u00e9",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, v := range vendors {
		for range 40 {
			alphabet := alphabets[random.IntN(len(alphabets))]
			tail := make([]byte, random.IntN(100))
			for i := range tail {
				tail[i] = alphabet[random.IntN(len(alphabet))]
			}
			text := v.begin + string(tail)
			func() {
				defer func() {
					if r := recover(); r != nil {
						t.Errorf("%q: %v", text, r)
					}
				}()
				Name(text)
				Name("cache." + text)
				Harmless(text)
				Attributes(nil, []slog.Attr{slog.String("key", text), slog.Any("key", Text(text)), {Key: text}})
			}()
		}
	}
}
