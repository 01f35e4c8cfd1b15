package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/event/wire"
	"github.com/telemetry-kit/telemetry-kit-go/server/reply"
	"github.com/telemetry-kit/telemetry-kit-go/server/store"
)

// maxDeletion is how large the body of a deletion may be.
const maxDeletion = 4 << 10

// Deletions answers POST /v1/delete/{org}/{app}; the route must name both. It
// shares the limits and the nonces of h.
func (h *Handler) Deletions() http.Handler {
	return reply.Handler(h.Logger, func(w http.ResponseWriter, r *http.Request) error {
		answer, err := h.delete(w, r)
		if err != nil {
			return err
		}
		return reply.JSON(w, http.StatusOK, answer)
	})
}

func (h *Handler) delete(w http.ResponseWriter, r *http.Request) (answer wire.DeletionAnswer, err error) {
	a, err := h.admit(w, r, maxDeletion)
	if err != nil {
		return answer, err
	}
	answer, err = h.forget(r.Context(), a)
	h.release(a, err)
	return answer, err
}

// forget answers when all is removed. Whoever signs for the application and knows
// the id, which only the person's machine and this server do, may ask for it.
func (h *Handler) forget(ctx context.Context, a admitted) (none wire.DeletionAnswer, err error) {
	if a.head.encoding != "" {
		return none, malformed("unsupported_encoding", "a deletion is sent without Content-Encoding")
	}
	var asked wire.Deletion
	if err := json.Unmarshal(a.body, &asked); err != nil {
		return none, malformed("malformed_body", fmt.Sprintf(`the body is not {"user_id":"…"}: %.200s`, err))
	}
	if !wire.ValidUserID(asked.UserID) {
		return none, unprocessable("invalid_user", `/user_id: want "client_" and 64 lower-case hex digits`)
	}
	// Begun, it is done, even if the sender does not wait for the end: they ask
	// again, and nothing is left then.
	removed, err := h.Writer.Forget(context.WithoutCancel(ctx), a.app.ID, asked.UserID)
	if err != nil {
		return none, fmt.Errorf("deleting: %w", err)
	}
	h.Logger.Info("a user was deleted", "org", a.app.Org, "app", a.app.Name, "events", removed)
	return wire.DeletionAnswer{Status: "success", Deleted: removed}, nil
}

// forgotten says why the events at these positions were not stored. refused are
// the others of the batch, in its order.
func forgotten(events []store.Event, refused []wire.EventRefuse, positions []int) (refusals []wire.EventRefuse) {
	inBatch := make([]int, 0, len(events))
	for i := range len(events) + len(refused) {
		if len(refused) > 0 && refused[0].Index == i {
			refused = refused[1:]
		} else {
			inBatch = append(inBatch, i)
		}
	}
	for _, i := range positions {
		refusals = append(refusals, wire.EventRefuse{
			Index: inBatch[i], EventID: events[i].ID.String(), Error: "user_deleted",
			Message: "/user_id: this user asked to be forgotten",
		})
	}
	return refusals
}
