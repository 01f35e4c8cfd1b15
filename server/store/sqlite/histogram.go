package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event"
)

// A rollup's histogram is kept as unsigned varints (encoding/binary), in this
// order: scale, count, sum, max, zero count, offset, number of buckets, and the
// count of each bucket. An empty histogram is an empty blob.

var errHistogram = errors.New("a rollup's histogram is damaged")

func appendHistogram(dst []byte, h event.Histogram) []byte {
	if h.Count == 0 {
		return dst
	}
	for _, n := range [...]uint64{
		uint64(h.Scale), h.Count, h.Sum, h.Max, h.ZeroCount, uint64(h.Offset), uint64(len(h.BucketCounts)),
	} {
		dst = binary.AppendUvarint(dst, n)
	}
	for _, n := range h.BucketCounts {
		dst = binary.AppendUvarint(dst, n)
	}
	return dst
}

func readHistogram(src []byte) (event.Histogram, error) {
	if len(src) == 0 {
		return event.Histogram{}, nil
	}
	var head [7]uint64
	for i := range head {
		n, size := binary.Uvarint(src)
		if size <= 0 {
			return event.Histogram{}, errHistogram
		}
		head[i], src = n, src[size:]
	}
	if head[0] > event.Scale || head[5] > event.Buckets || head[6] > event.Buckets {
		return event.Histogram{}, errHistogram
	}
	h := event.Histogram{
		Scale: int(head[0]), Count: head[1], Sum: head[2], Max: head[3], ZeroCount: head[4],
		Offset: int(head[5]), BucketCounts: make([]uint64, head[6]),
	}
	for i := range h.BucketCounts {
		n, size := binary.Uvarint(src)
		if size <= 0 {
			return event.Histogram{}, errHistogram
		}
		h.BucketCounts[i], src = n, src[size:]
	}
	if err := h.Check(); err != nil || len(src) > 0 {
		return event.Histogram{}, fmt.Errorf("%w: %w", errHistogram, err)
	}
	return h, nil
}
