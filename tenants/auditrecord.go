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
	rec := audit.Record{ID: r.ID, Actor: r.Actor, Action: r.Action, Subject: r.Subject, RequestID: r.RequestID}
	var written bool
	if rec.Details, written = readDetails(r.Details); !written {
		rec.Odd = "has details that nobody here wrote"
	}
	if rec.At, written = readAt(r.At); !written {
		rec.Odd = "has a time that nobody here wrote"
	}
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

// readDetails returns an event's details, and whether they are what we write: an object of texts, none without a name. Others are
// told as they are.
func readDetails(raw []byte) (details map[string]string, written bool) {
	if json.Unmarshal(raw, &details) == nil && details != nil && !hasNull(raw) {
		_, unnamed := details[audit.Unreadable]
		return details, !unnamed
	}
	return map[string]string{audit.Unreadable: string(raw)}, false
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

// The times that can be written down everywhere.
var (
	firstTime = time.Unix(0, 0).UTC()
	lastTime  = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Microsecond)
)

// readAt returns an event's time, and whether it is one that we write. Others are told as the nearest that is.
func readAt(at pgtype.Timestamptz) (moment time.Time, written bool) {
	switch {
	case at.InfinityModifier == pgtype.Infinity || at.Time.After(lastTime):
		return lastTime, false
	case at.InfinityModifier == pgtype.NegativeInfinity || at.Time.Before(firstTime):
		return firstTime, false
	}
	return at.Time, true
}
