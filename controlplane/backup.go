package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Backup is a copy of a workspace's database and files, of one moment.
type Backup struct {
	ID        string     `json:"id"`
	State     string     `json:"state" enum:"making,made,failed,expired"`
	Cause     string     `json:"cause" enum:"schedule,request"`
	Label     string     `json:"label,omitempty"`
	Operation string     `json:"operation" doc:"That makes it"`
	AskedAt   time.Time  `json:"asked_at"`
	MadeAt    *time.Time `json:"made_at,omitempty" doc:"The moment that it is of"`
	KeepDays  int32      `json:"keep_days"`
	KeptUntil *time.Time `json:"kept_until,omitempty" doc:"Left out: until somebody decides otherwise. The newest one is kept longer, until there is another"`
	Held      bool       `json:"held" doc:"It is kept whatever its time"`
	ExpiredAt *time.Time `json:"expired_at,omitempty"`

	TookMs *int64 `json:"took_ms,omitempty" doc:"To copy it"`
	Bytes  *int64 `json:"bytes,omitempty" doc:"What is in it, before it is packed"`
	Added  *int64 `json:"added,omitempty" doc:"Bytes that had to be written for it; what earlier ones have is kept once"`
	Users  *int64 `json:"users,omitempty"`
	Posts  *int64 `json:"posts,omitempty"`
	Files  *int64 `json:"files,omitempty" doc:"Objects, also pictures and previews"`
}

// BackupBody says more about a backup.
type BackupBody struct {
	Label    string `json:"label,omitempty" maxLength:"100" doc:"What to call it" example:"before the move"`
	KeepDays int32  `json:"keep_days,omitempty" minimum:"0" maximum:"366" doc:"How many days it is kept; 0, or left out: 30"`
}

// BackUpIn asks for a backup.
type BackUpIn struct {
	WorkspaceIn
	Body *BackupBody
}

// BackupsIn asks for the backups of a workspace.
type BackupsIn struct {
	WorkspaceIn
	PageIn
	All bool `query:"all" doc:"Also those that are gone, and those that could not be made"`
}

func showBackup(b tenants.WorkspaceBackup) Backup {
	shown := Backup{ID: id.Show(id.Backup, b.ID), State: backupState(b), Cause: string(b.Cause), Label: b.Label, Operation: id.Show(id.Operation, b.Operation),
		AskedAt: b.AskedAt, MadeAt: b.MadeAt, KeepDays: int32(b.KeepDays), KeptUntil: b.KeptUntil(), Held: b.Held, ExpiredAt: b.ExpiredAt}
	if b.MadeAt != nil {
		took := b.Took.Milliseconds()
		shown.TookMs, shown.Bytes, shown.Added, shown.Users, shown.Posts, shown.Files = &took, &b.Bytes, &b.Added, &b.Users, &b.Posts, &b.Files
	}
	return shown
}

func backupState(b tenants.WorkspaceBackup) string {
	switch {
	case b.ExpiredAt != nil:
		return "expired"
	case b.Making:
		return "making"
	case b.MadeAt == nil:
		return "failed"
	default:
		return "made"
	}
}

func (s *Server) backUp(ctx context.Context, in *BackUpIn) (*OperationOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	var wish tenants.BackupWish
	if in.Body != nil {
		wish = tenants.BackupWish{Label: in.Body.Label, KeepDays: int(in.Body.KeepDays)}
	}
	op, err := s.store.BackUp(ctx, principal(ctx), workspace, wish)
	if err != nil {
		return nil, err
	}
	noteID(ctx, "operation", id.Show(id.Operation, op.ID))
	return &OperationOut{Body: showOperation(ctx, op)}, nil
}

func (s *Server) backups(ctx context.Context, in *BackupsIn) (*ListOut[Backup], error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	page, err := in.page(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Backups(ctx, workspace, in.All, page)
	if err != nil {
		return nil, err
	}
	return paged(in.PageIn, list, func(b tenants.WorkspaceBackup) uuid.UUID { return b.ID }, showBackup), nil
}
