package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// AuditReport is what was found when the audit trail was gone along.
type AuditReport struct {
	Chains         int            `json:"chains"`
	Events         int64          `json:"events" doc:"That are in their places"`
	Checkpoints    int            `json:"checkpoints"`
	Archived       int            `json:"archived" doc:"Checkpoints that the archive has"`
	LastAt         *time.Time     `json:"last_at,omitempty" doc:"When the last checkpoint was made"`
	Waiting        int64          `json:"waiting" doc:"Events that have no place yet"`
	WaitingSeconds float64        `json:"waiting_seconds" doc:"How long the first of them does"`
	Restores       []AuditRestore `json:"restores" doc:"When the control plane was restored, and which archived checkpoints were lost by that: they are no fault"`
	Faults         []string       `json:"faults" doc:"Empty: whatever could be judged is as it was written"`
	Unjudged       []string       `json:"unjudged" doc:"What could not be judged"`
}

// AuditRestore is a restore of the control plane, as a signed note has it.
type AuditRestore struct {
	At         time.Time `json:"at"`
	BackupAt   time.Time `json:"backup_at" doc:"When the backup was made"`
	Checkpoint int64     `json:"checkpoint" doc:"The last one that the backup has; 0: none"`
	Lost       []int64   `json:"lost" doc:"The checkpoints that only the archive has since"`
}

func (s *Server) verifyAll(ctx context.Context, _ *struct{}) (search[AuditReport], error) {
	return s.verify(ctx, nil)
}

func (s *Server) verifyTenant(ctx context.Context, in *TenantIn) (search[AuditReport], error) {
	tenant, err := parsePath(ctx, id.Tenant, "tenant", in.Tenant)
	if err != nil {
		return search[AuditReport]{}, err
	}
	return s.verify(ctx, &tenant)
}

func (s *Server) verify(ctx context.Context, tenant *uuid.UUID) (search[AuditReport], error) {
	trail := everyTrail
	if tenant != nil {
		trail = *tenant
	}
	end, err := s.looks.begin(ctx, trail)
	if err != nil {
		return search[AuditReport]{}, err
	}
	return search[AuditReport]{end: end, find: func(ctx context.Context) (AuditReport, error) {
		leave, err := s.looks.places.enter(ctx)
		if err != nil {
			return AuditReport{}, err
		}
		defer leave()
		r, err := s.store.VerifyAudit(ctx, tenant, s.auditPublic(), s.config.Archive)
		if r.Trouble != nil {
			noteFailure(ctx, r.Trouble)
		}
		if err != nil {
			r.Unjudged = append(r.Unjudged, "the database could not be read to the end: what is said is of the part before")
		}
		return showReport(r), err
	}}, nil
}

func showReport(r tenants.AuditReport) AuditReport {
	shown := AuditReport{Chains: r.Chains, Events: r.Events, Checkpoints: r.Checkpoints, Archived: r.Archived, LastAt: r.LastAt, Waiting: r.Waiting,
		WaitingSeconds: r.WaitingFor.Seconds(), Restores: []AuditRestore{}, Faults: append([]string{}, r.Faults...), Unjudged: append([]string{}, r.Unjudged...)}
	for _, restore := range r.Restores {
		shown.Restores = append(shown.Restores, AuditRestore{At: restore.At, BackupAt: restore.Backup, Checkpoint: restore.Number, Lost: append([]int64{}, restore.Lost...)})
	}
	return shown
}
