package maintenance

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

// certificatesEvery is how long a certificate may be in the database alone.
const certificatesEvery = 5 * time.Second

// CertificateArchive keeps certificates of deletions where a restore of the control plane's database does not take them away.
type CertificateArchive interface {
	// KeepCertificate writes one durably. The same again changes nothing.
	KeepCertificate(ctx context.Context, workspace uuid.UUID, signed string) error
}

// Certificates archives what was signed of deletions. Several may run at once.
type Certificates struct {
	Store   *tenants.Store
	Archive CertificateArchive
	Rounds  *rounds.Rounds
	Log     *slog.Logger
}

// Run works until ctx ends.
func (c Certificates) Run(ctx context.Context) {
	c.Rounds.Every(ctx, c.Log, certificatesEvery, "archive certificates of deletions", c.round)
}

func (c Certificates) round(ctx context.Context) error {
	return c.Store.ArchiveCertificates(ctx, c.Archive.KeepCertificate)
}
