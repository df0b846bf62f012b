package controlplane

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

// IPFilterVersion is what a history tells of one version of an IP filter.
type IPFilterVersion struct {
	Version   int64     `json:"version"`
	Open      bool      `json:"open"`
	Rules     int       `json:"rules" doc:"How many it has"`
	Added     int       `json:"added" doc:"How many rules and exceptions were not there in the version before"`
	Removed   int       `json:"removed" doc:"How many of the version before are not there any more"`
	Changed   int       `json:"changed" doc:"How many are there in another way"`
	Forced    bool      `json:"forced" doc:"It was saved though it shut out who saved it"`
	ChangedBy string    `json:"changed_by" doc:"per_..., tok_... or opr_..., or ws_.../... for a user of the workspace"`
	ChangedAt time.Time `json:"changed_at"`
	Reason    string    `json:"reason"`
}

// IPFilterHistoryIn asks for the versions of an IP filter.
type IPFilterHistoryIn struct {
	WorkspaceIn
	PageIn
}

func (s *Server) ipFilterHistory(ctx context.Context, in *IPFilterHistoryIn) (*ListOut[IPFilterVersion], error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	page, err := in.page(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.IPFilterHistory(ctx, workspace, versionAt(page.Before), page.Limit)
	if err != nil {
		return nil, err
	}
	return paged(in.PageIn, list, func(v tenants.IPFilterVersion) uuid.UUID { return placeOf(v.Version) }, func(v tenants.IPFilterVersion) IPFilterVersion {
		return IPFilterVersion{Version: v.Version, Open: v.Open, Rules: v.Rules, Added: v.Added, Removed: v.Removed, Changed: v.Changed, Forced: v.Forced,
			ChangedBy: v.ChangedBy, ChangedAt: v.ChangedAt, Reason: v.Reason}
	}), nil
}

// placeOf is a version as a cursor holds it, and versionAt reads it back; 0 is no version.
func placeOf(version int64) (place uuid.UUID) {
	binary.BigEndian.PutUint64(place[8:], uint64(version))
	return place
}

func versionAt(place uuid.UUID) int64 { return int64(binary.BigEndian.Uint64(place[8:])) }
