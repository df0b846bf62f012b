package tenants

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// testEvent is the type of what only a test of a webhook sends. No event of the audit trail is called so.
const testEvent = "test"

// notification is what a webhook is sent. Its fields are added to, never changed.
type notification struct {
	ID     string    `json:"id"`
	Type   string    `json:"type"`
	At     time.Time `json:"timestamp"`
	Tenant string    `json:"tenant"`
	Place  int64     `json:"place,omitempty"` // in the tenant's chain; none: a test
	Data   happening `json:"data"`
}

// happening is an event as the audit trail has it.
type happening struct {
	Actor     string          `json:"actor,omitempty"`
	Subject   string          `json:"subject,omitempty"`
	RequestID string          `json:"request_id,omitempty"`
	Details   json.RawMessage `json:"details,omitempty"`
}

func (n notification) encode() ([]byte, error) {
	body, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("encode a webhook's message: %w", err)
	}
	return body, nil
}

func notificationOf(e dbsql.SealedAfterRow) notification {
	return notification{ID: id.Show(id.Audit, e.AuditEvent.ID), Type: e.AuditEvent.Action, At: readAt(e.AuditEvent.At), Tenant: showTenant(e.AuditEvent.TenantID), Place: e.Seq,
		Data: happening{Actor: e.AuditEvent.Actor, Subject: e.AuditEvent.Subject, RequestID: e.AuditEvent.RequestID, Details: e.AuditEvent.Details}}
}
