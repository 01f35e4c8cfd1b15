package ingest

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// meter is a token bucket for each of many senders. It remembers the last few
// minutes' senders in two halves of bounded size; who is forgotten starts with
// a full bucket, which is what waiting that long would have given.
type meter[K comparable] struct {
	rate  rate.Limit // negative: no limit
	burst int

	mu        sync.Mutex
	young     map[K]*rate.Limiter
	old       map[K]*rate.Limiter
	turnedAt  time.Time
	turnAfter time.Duration
}

// meterSize bounds each half: some 15 MB when every sender is a new one.
const meterSize = 1 << 16

func newMeter[K comparable](perSecond, burst int) *meter[K] {
	m := &meter[K]{rate: rate.Limit(perSecond), burst: burst, young: map[K]*rate.Limiter{}}
	if perSecond > 0 {
		m.turnAfter = max(time.Minute, time.Duration(burst/perSecond+1)*time.Second)
	}
	return m
}

// wait takes one token of the sender's bucket and returns 0, or returns how
// long the sender has to wait for one.
func (m *meter[K]) wait(sender K, now time.Time) time.Duration {
	if m.rate < 0 {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.limiter(sender, now).ReserveN(now, 1)
	delay := r.DelayFrom(now)
	if delay > 0 {
		r.CancelAt(now)
	}
	return delay
}

func (m *meter[K]) limiter(sender K, now time.Time) *rate.Limiter {
	if len(m.young) >= meterSize || now.Sub(m.turnedAt) > m.turnAfter {
		m.old, m.young, m.turnedAt = m.young, map[K]*rate.Limiter{}, now
	}
	l := m.young[sender]
	if l == nil {
		if l = m.old[sender]; l == nil {
			l = rate.NewLimiter(m.rate, m.burst)
		}
		m.young[sender] = l
	}
	return l
}

var addressSeed = maphash.MakeSeed()

// addressKey turns an address into a number that means nothing outside this
// process. The 64 bits that an IPv6 host chooses for itself do not count.
func addressKey(remote string) uint64 {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return maphash.String(addressSeed, remote)
	}
	addr := ap.Addr().Unmap().WithZone("")
	if addr.Is6() {
		prefix, _ := addr.Prefix(64) // 64 is always in range
		addr = prefix.Addr()
	}
	return maphash.Comparable(addressSeed, addr)
}
