package files

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

const (
	probeKey    = "probe"
	probeWithin = 15 * time.Second
	masked      = "********************************" // what clients are shown in a secret's place, and send back
)

// Connection is what an admin would have tried, as the protocol's FileSettings name it. What is empty is as it is.
type Connection struct {
	DriverName      string `json:"DriverName"`
	Endpoint        string `json:"AmazonS3Endpoint"`
	Region          string `json:"AmazonS3Region"`
	Bucket          string `json:"AmazonS3Bucket"`
	PathPrefix      string `json:"AmazonS3PathPrefix"`
	AccessKey       string `json:"AmazonS3AccessKeyId"`
	SecretAccessKey string `json:"AmazonS3SecretAccessKey"`
	SSL             *bool  `json:"AmazonS3SSL"`
}

// Probe makes sure that the bucket takes an object and gives it back. No other is tried than the workspace's own, which is given to it: an
// admin could have the server call anything otherwise.
func (v *Vault) Probe(ctx context.Context, asked Connection) error {
	if err := v.Ready(); err != nil {
		return err
	}
	if !v.bucket.is(asked) {
		return fault.New(http.StatusForbidden, "api.restricted_system_admin", "Where files are kept is up to who runs this workspace: only the connection as it is can be tested.")
	}
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	content := []byte("longhouse")
	if err := v.bucket.put(ctx, probeKey, bytes.NewReader(content), int64(len(content)), "text/plain"); err != nil {
		return err
	}
	kept, _, err := v.bucket.get(ctx, probeKey)
	if err == nil && !bytes.Equal(kept, content) {
		err = ErrLost
	}
	if err != nil {
		return err
	}
	return v.bucket.remove(ctx, probeKey)
}

// is reports whether a connection is ours. A secret is never compared, so that nobody finds it out by asking.
func (b *bucket) is(c Connection) bool {
	scheme, host, _ := strings.Cut(b.settings.Endpoint, "://")
	for _, pair := range [][2]string{{c.DriverName, "amazons3"}, {c.Endpoint, host}, {c.Region, b.settings.Region}, {c.Bucket, b.settings.Name}, {c.PathPrefix, ""},
		{c.AccessKey, b.settings.AccessKey}, {c.SecretAccessKey, masked}} {
		if pair[0] != "" && pair[0] != pair[1] && pair[0] != masked {
			return false
		}
	}
	return c.SSL == nil || *c.SSL == (scheme == "https")
}
