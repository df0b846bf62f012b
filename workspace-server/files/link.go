package files

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Hash is what a file's public link proves itself by: right for that file of this workspace only, for as long as the file is there.
func (v *Vault) Hash(ctx context.Context, file id.ID) (string, error) {
	secret, err := v.DB.LinkSecret(ctx)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("public link of file "))
	mac.Write(file[:])
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// Public is the posted file whose public link has that hash. Who has another learns nothing of the file.
func (v *Vault) Public(ctx context.Context, file id.ID, hash string) (dbsql.File, error) {
	want, err := v.Hash(ctx, file)
	if err != nil {
		return dbsql.File{}, err
	}
	if !hmac.Equal([]byte(want), []byte(hash)) {
		return dbsql.File{}, fault.New(http.StatusBadRequest, "api.file.get_file.public_invalid.app_error", "The public link does not appear to be valid.")
	}
	f, err := v.Find(ctx, file)
	if err == nil && f.PostID.IsZero() {
		err = fault.NotFound("file_info")
	}
	return f, err
}
