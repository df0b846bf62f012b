package tenants

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/keyring"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// webhookSecretPrefix and what follows it, base64 of 32 bytes, are the form of a symmetric secret in Standard Webhooks.
const webhookSecretPrefix = "whsec_"

func newWebhookSecret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails, by its contract
	return webhookSecretPrefix + base64.StdEncoding.EncodeToString(raw)
}

func webhookPlace(hook uuid.UUID) []byte {
	return []byte("webhooks/" + id.Show(id.Webhook, hook) + "/secret")
}

func (w *Webhooks) seal(hook uuid.UUID, secret string) ([]byte, error) {
	sealed, err := keyring.Seal(w.key[:], []byte(secret), webhookPlace(hook))
	if err != nil {
		return nil, fmt.Errorf("seal the secret of a webhook: %w", err)
	}
	return sealed, nil
}

// signers are the keys that sign what goes to a webhook now, the newest first.
func (w *Webhooks) signers(row dbsql.Webhook, now time.Time) ([][]byte, error) {
	sealed := [][]byte{row.Secret}
	if row.PreviousSecret != nil && row.PreviousUntil != nil && now.Before(*row.PreviousUntil) {
		sealed = append(sealed, row.PreviousSecret)
	}
	keys := make([][]byte, 0, len(sealed))
	for _, s := range sealed {
		secret, err := keyring.Unseal(w.key[:], s, webhookPlace(row.ID))
		if err != nil {
			return nil, fmt.Errorf("open the secret of webhook %s: %w", row.ID, err)
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(secret), webhookSecretPrefix))
		if err != nil {
			return nil, fmt.Errorf("read the secret of webhook %s: %w", row.ID, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
