package ingest

import (
	"net/http"
	"sync"
	"time"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/reply"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// nonces remembers the nonces of the last [wire.NonceTTL], in memory.
//
// A restart forgets them. A request that is replayed after it is signed and
// recent, so it is let in, and adds nothing: the store has all of its events
// already and takes none of them twice, ever.
type nonces struct {
	max int

	mu   sync.Mutex
	used map[nonceKey]time.Time // until when
	// queue holds the keys in the order of their expiry, which is the order of
	// their arrival; those before head have been dropped.
	queue []nonceKey
	head  int
}

type nonceKey struct {
	app   store.AppID
	nonce event.ID
}

func newNonces(limit int) *nonces {
	return &nonces{max: limit, used: map[nonceKey]time.Time{}}
}

// nonceLife is a second longer than the protocol's, because timestamps are
// compared to the second.
const nonceLife = wire.NonceTTL + time.Second

// use uses the nonce up: 409 if it has been used, 429 if no more can be
// remembered.
func (n *nonces) use(key nonceKey, now time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.expire(now)
	if _, known := n.used[key]; known {
		return &reply.Error{
			Status: http.StatusConflict, Code: "nonce_used",
			Message: wire.HeaderNonce + " was used before: make a new one for every request",
		}
	}
	if len(n.queue)-n.head >= n.max {
		return tooMany("everybody together", n.used[n.queue[n.head]].Sub(now))
	}
	n.used[key] = now.Add(nonceLife)
	n.queue = append(n.queue, key)
	return nil
}

// forget gives a nonce back whose request came to nothing.
func (n *nonces) forget(key nonceKey) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.used, key)
}

// expire drops what is too old. Keys in the queue that were given back, or
// used again since, are passed over.
func (n *nonces) expire(now time.Time) {
	for n.head < len(n.queue) {
		key := n.queue[n.head]
		if until, known := n.used[key]; known {
			if until.After(now) {
				break
			}
			delete(n.used, key)
		}
		n.head++
	}
	if n.head > len(n.queue)/2 {
		n.queue = append([]nonceKey(nil), n.queue[n.head:]...)
		n.head = 0
	}
}
