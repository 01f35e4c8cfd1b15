package sanitize

import (
	"math/rand/v2"
	"testing"
)

// Of random strings as keys are made of, few are taken for words.
func TestRandomIsFound(t *testing.T) {
	const base62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		n        int
		alphabet string
	}{{20, base62}, {32, base62}, {40, base62 + "+/"}, {43, base62 + "-_"}, {32, base62[:36]}, {32, base62[36:] + "234567"}} {
		const tries = 5000
		missed := 0
		for range tries {
			b := make([]byte, c.n)
			for i := range b {
				b[i] = c.alphabet[random.IntN(len(c.alphabet))]
			}
			f := finder{s: string(b)}
			if f.random(); len(f.found) == 0 {
				missed++
			}
		}
		if missed > tries/50 {
			t.Errorf("%d characters of %d: %d of %d are taken for words", c.n, len(c.alphabet), missed, tries)
		}
	}
}

func TestWordsAreKept(t *testing.T) {
	for _, s := range []string{
		"TestKillEverywhereWithHTTP2ServerAndClient", "x86_64-unknown-linux-gnu", "ConvertToUint64Float64x4", "oidSignatureSHA256WithRSA", "kubernetes-sigs/controller-runtime",
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "0123456789012345678901234567890", "d41d8cd98f00b204e9800998ecf8427e", "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	} {
		f := finder{s: s}
		if f.random(); len(f.found) > 0 {
			t.Errorf("%s is taken for random", s)
		}
	}
}
