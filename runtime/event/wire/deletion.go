package wire

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Deletion is the body of POST {endpoint}/v1/delete/{org}/{app}: a person wants
// everything removed that was sent under an id. It has the headers of a batch but
// for X-Batch-Size, X-Schema-Version and Content-Encoding (it is not compressed),
// and the same rules for timestamp, nonce and signature.
//
// 200 says that nothing of this user is stored any more, neither as events nor in
// any count; asked again, or for a user whom the server never met, it says so,
// too. Events of that user which arrive later are refused one by one with the
// code "user_deleted". A body that is not JSON is answered with 400
// "malformed_body", an id that is none with 422 "invalid_user", everything else
// as a batch would be. Whoever gets another answer than 200 asks again later.
type Deletion struct {
	UserID string `json:"user_id"`
}

// DeletionAnswer is the body of 200.
type DeletionAnswer struct {
	Status string `json:"status"` // "success"
	// Deleted is how many events were removed now.
	Deleted int `json:"deleted"`
}

// ValidUserID reports whether id is "client_" and 64 lower-case hex digits.
func ValidUserID(id string) bool {
	digits, ok := strings.CutPrefix(id, "client_")
	return ok && len(digits) == 64 && strings.Trim(digits, "0123456789abcdef") == ""
}

// NewDeletion returns the signed POST that asks to forget a user.
func (r Request) NewDeletion(userID string) (*http.Request, error) {
	body, err := json.Marshal(Deletion{UserID: userID})
	if err != nil {
		return nil, fmt.Errorf("encoding deletion: %w", err)
	}
	return r.post(r.DSN.DeletionEndpoint(), body)
}

// ReadDeletionAnswer reads the answer to a deletion, as [ReadAnswer] does that to
// a batch.
func ReadDeletionAnswer(status int, body io.Reader) (DeletionAnswer, *FailureError) {
	text, err := io.ReadAll(io.LimitReader(body, MaxAnswer))
	var a DeletionAnswer
	if err == nil && status == http.StatusOK && json.Unmarshal(text, &a) == nil && a.Status == "success" {
		return a, nil
	}
	return DeletionAnswer{}, readFailure(status, text, err)
}
