package provisioner

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

const certificateFolder = "certificates/"

func certificateName(workspace uuid.UUID) string {
	return certificateFolder + id.Show(id.Workspace, workspace) + ".jws"
}

// KeepCertificate writes the certificate of a deletion durably, and overwrites none: another one of the same workspace is kept beside it.
// The same again changes nothing.
func (a *Archive) KeepCertificate(ctx context.Context, workspace uuid.UUID, signed string) error {
	keep := func(name string) (taken bool, err error) {
		return a.putAs(ctx, name, "application/jose", []byte(signed))
	}
	taken, err := keep(certificateName(workspace))
	if err == nil && taken {
		var before string
		if before, err = a.Certificate(ctx, workspace); err == nil && before != signed {
			_, err = keep(fmt.Sprintf("%s%s-%x.jws", certificateFolder, id.Show(id.Workspace, workspace), sha256.Sum256([]byte(signed))))
		}
	}
	if err != nil {
		return fmt.Errorf("archive the certificate of %s: %w", id.Show(id.Workspace, workspace), err)
	}
	return nil
}

// Certificate implements CertificateArchive.
func (a *Archive) Certificate(ctx context.Context, workspace uuid.UUID) (string, error) {
	data, err := a.read(ctx, certificateName(workspace))
	var refused smithy.APIError
	if errors.As(err, &refused) && refused.ErrorCode() == "NoSuchKey" {
		return "", nil
	}
	return string(data), err
}
