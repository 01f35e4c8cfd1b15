package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Sign returns the lower-case hex of HMAC-SHA256 (RFC 2104) over
// "timestamp:nonce:body", the body as it is sent, compressed.
func Sign(secret, timestamp, nonce string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + ":" + nonce + ":"))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Verify reports, in constant time, whether signature is that of [Sign].
func Verify(secret, timestamp, nonce string, body []byte, signature string) bool {
	return hmac.Equal([]byte(Sign(secret, timestamp, nonce, body)), []byte(signature))
}

// CheckTime reads X-Timestamp and refuses what is further from now than
// [MaxSkew], saying by how much.
func CheckTime(timestamp string, now time.Time) error {
	sec, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is %.40q: want Unix seconds", HeaderTimestamp, timestamp)
	}
	skew := now.Sub(time.Unix(sec, 0)).Round(time.Second)
	if skew.Abs() <= MaxSkew {
		return nil
	}
	side := "behind"
	if skew < 0 {
		side = "ahead of"
	}
	return fmt.Errorf("%s is %s %s the server's clock: at most %s is accepted; set the clock of the sending machine",
		HeaderTimestamp, skew.Abs(), side, MaxSkew)
}
