package attachments

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// Jar makes cookies, which hold what an action calls where no post is kept that could tell it. Only the server reads them.
type Jar struct{ aead cipher.AEAD }

// NewJar makes a jar by the workspace's secret.
func NewJar(secret []byte) *Jar {
	key := sha256.Sum256(append([]byte("cookie "), secret...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has its length
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // so has the block
	}
	return &Jar{aead}
}

// Cookie is an action of a post that only one user sees.
type Cookie struct {
	Action
	ID      string          `json:"id"` // of the action
	Post    id.ID           `json:"post_id"`
	Root    id.ID           `json:"root_id"`
	Channel id.ID           `json:"channel_id"`
	User    id.ID           `json:"user_id"`
	Props   json.RawMessage `json:"props"` // of who speaks
}

// Seal puts cookies in the place of what actions call. Of tells the rest.
func (j *Jar) Seal(props json.RawMessage, of Cookie) json.RawMessage {
	return each(props, func(action object) bool {
		if _, has := action["integration"]; !has {
			return false
		}
		c := of
		c.Action, c.ID = read(action), name(action)
		nonce := make([]byte, j.aead.NonceSize())
		_, _ = rand.Read(nonce) // crypto/rand never fails since Go 1.24
		action["cookie"] = encoded(base64.StdEncoding.EncodeToString(j.aead.Seal(nonce, nonce, encoded(c), nil)))
		delete(action, "integration")
		return true
	})
}

var errCookie = errors.New("it is no cookie of this server")

// Open reads a cookie that a client gives back.
func (j *Jar) Open(text string) (c Cookie, err error) {
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(sealed) < j.aead.NonceSize() {
		return c, errCookie
	}
	plain, err := j.aead.Open(nil, sealed[:j.aead.NonceSize()], sealed[j.aead.NonceSize():], nil)
	if err != nil || json.Unmarshal(plain, &c) != nil || c.Integration == nil {
		return Cookie{}, errCookie
	}
	return c, nil
}
