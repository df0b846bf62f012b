package notify

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// unsigned is what the protocol has in a signature's place where a server has no key.
const unsigned = "NO_SIGNATURE"

type claims struct {
	AckID    id.ID  `json:"ack_id"`
	DeviceID string `json:"device_id"`
}

// sign says that a push is this workspace's, and for that phone: a JSON Web Token (RFC 7519) with ES256 (RFC 7518, 3.4).
func sign(key *ecdsa.PrivateKey, ack id.ID, device string) string {
	if key == nil {
		return unsigned
	}
	said, err := json.Marshal(claims{ack, device})
	if err != nil {
		panic(err) // strings always encode
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(said)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		panic(err) // the key is one of P-256, and crypto/rand never fails
	}
	const half = 32
	signature := make([]byte, 2*half)
	r.FillBytes(signature[:half])
	s.FillBytes(signature[half:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}
