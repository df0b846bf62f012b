package maintenance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// signature is the webhook-signature of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, symmetric
// scheme v1): HMAC-SHA256 over id, time and body with dots between them, once for each key, the newest first.
func signature(keys [][]byte, message string, at time.Time, body []byte) string {
	signed := make([]string, 0, len(keys))
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(message + "." + stamp(at) + "."))
		mac.Write(body)
		signed = append(signed, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(signed, " ")
}

// stamp is the webhook-timestamp: seconds since 1970.
func stamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
