package tenants

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/longhouse-dev/longhouse/tenants/audit"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// auditRecord is an event as its chain has it. Whatever somebody with all rights on the database wrote can be sealed: else one row
// would stop all chains.
func auditRecord(r dbsql.AuditEvent) audit.Record {
	rec := audit.Record{ID: r.ID, At: readAt(r.At), Actor: r.Actor, Action: r.Action, Subject: r.Subject, RequestID: r.RequestID, Details: readDetails(r.Details)}
	if r.TenantID != nil {
		rec.Chain = *r.TenantID
	}
	if r.TenantID != nil && rec.Chain == audit.Operator {
		rec.Odd = "is said to be of a tenant that there can't be"
	}
	return rec
}

// sealedRecord is an event in its place.
func sealedRecord(row dbsql.SealedAfterRow) audit.Record {
	rec := auditRecord(row.AuditEvent)
	rec.Seq = row.Seq
	copy(rec.Hash[:], row.Hash)
	return rec
}

// readDetails returns an event's details: texts with names. Others, which nobody here wrote, are told as they are.
func readDetails(raw []byte) (details map[string]string) {
	if json.Unmarshal(raw, &details) == nil && details != nil && !hasNull(raw) {
		return details
	}
	return map[string]string{audit.Unreadable: string(raw)}
}

// hasNull reports whether a value of a JSON object of texts and nulls is null.
func hasNull(raw []byte) bool {
	if !bytes.Contains(raw, []byte("null")) {
		return false
	}
	var values map[string]*string
	_ = json.Unmarshal(raw, &values)
	for _, value := range values {
		if value == nil {
			return true
		}
	}
	return false
}

// readAt returns an event's time, or the nearest that can be written down everywhere.
func readAt(at pgtype.Timestamptz) time.Time {
	switch {
	case at.InfinityModifier == pgtype.Infinity || at.Time.After(audit.LastTime):
		return audit.LastTime
	case at.InfinityModifier == pgtype.NegativeInfinity || at.Time.Before(audit.FirstTime):
		return audit.FirstTime
	}
	return at.Time
}
