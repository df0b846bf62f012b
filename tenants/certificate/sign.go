package certificate

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// The form is a JSON Web Signature (RFC 7515) in its compact serialization, with EdDSA (RFC 8037): any library that knows
// these verifies it.
const (
	algorithm = "EdDSA"
	mediaType = "longhouse-deletion-certificate+json"
)

// sizeMost is more than any certificate has, in bytes.
const sizeMost = 1 << 20

type header struct {
	Algorithm string   `json:"alg"`
	KeyID     string   `json:"kid"`
	Type      string   `json:"typ"`
	Critical  []string `json:"crit,omitempty"`
}

// KeyID names a key: its thumbprint (RFC 7638).
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + encode(key) + `"}`))
	return encode(sum[:])
}

// Sign writes the certificate down, signed.
func (c Certificate) Sign(key ed25519.PrivateKey) (string, error) {
	head, err := json.Marshal(header{Algorithm: algorithm, KeyID: KeyID(key.Public().(ed25519.PublicKey)), Type: mediaType})
	if err != nil {
		return "", fmt.Errorf("write a certificate's header: %w", err)
	}
	body, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("write a certificate: %w", err)
	}
	signed := encode(head) + "." + encode(body)
	return signed + "." + encode(ed25519.Sign(key, []byte(signed))), nil
}

// Verify returns what stands in a signed certificate. It is an error when the key did not sign it, when it was changed, or
// when it is of a form that this version does not know.
func Verify(text string, key ed25519.PublicKey) (c Certificate, err error) {
	if len(text) > sizeMost {
		return c, fmt.Errorf("it has %d bytes; a certificate has at most %d", len(text), sizeMost)
	}
	text = strings.TrimSpace(text)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return c, errors.New("it is not a certificate: three parts with dots between them are needed")
	}
	var head header
	if err := decode(parts[0], &head); err != nil {
		return c, fmt.Errorf("read its header: %w", err)
	}
	if head.Algorithm != algorithm || head.Type != mediaType || head.Critical != nil {
		return c, fmt.Errorf("it is a %q signed by %q; allowed is %q signed by %q", head.Type, head.Algorithm, mediaType, algorithm)
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return c, errors.New("its signature is no base64url")
	}
	if !ed25519.Verify(key, []byte(parts[0]+"."+parts[1]), signature) {
		return c, fmt.Errorf("it was changed, or is not signed by the key %s; it says that it is by %q", KeyID(key), head.KeyID)
	}
	return Read(text)
}

// Read returns what stands in a certificate without verifying it.
func Read(text string) (c Certificate, err error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return c, errors.New("it is not a certificate: three parts with dots between them are needed")
	}
	if err := decode(parts[1], &c); err != nil {
		return c, fmt.Errorf("read it: %w", err)
	}
	if c.Format != Format {
		return c, fmt.Errorf("its format is %d; this version knows format %d", c.Format, Format)
	}
	return c, nil
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func decode(text string, into any) error {
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return errors.New("it is no base64url")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("it is no JSON of this form: %w", err)
	}
	return nil
}
