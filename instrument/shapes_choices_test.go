package instrument

import (
	"math/rand/v2"
)

// choices are what a random program is made from: the bytes of a fuzzer, or of a
// seed. Where they end everything is the first, and simplest, of its kind.
type choices struct{ bytes []byte }

// seeded are choices that differ by seed alone.
func seeded(seed uint64, size int) *choices {
	r := rand.New(rand.NewPCG(seed, 1))
	c := &choices{bytes: make([]byte, size)}
	for i := range c.bytes {
		c.bytes[i] = byte(r.UintN(256))
	}
	return c
}

// pick returns a number below n, which is at most 256.
func (c *choices) pick(n int) int {
	if len(c.bytes) == 0 {
		return 0
	}
	b := int(c.bytes[0])
	c.bytes = c.bytes[1:]
	return b % n
}

func (c *choices) chance(percent int) bool { return c.pick(100) >= 100-percent }

func oneOf[T any](c *choices, list ...T) T { return list[c.pick(len(list))] }
