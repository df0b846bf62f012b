package serve

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/mail"
	"github.com/longhouse-dev/longhouse/tenants"
)

// tellOfDeletion mails a person what becomes of a workspace that somebody wants deleted, or does not any more.
func (c *control) tellOfDeletion(ctx context.Context, id uuid.UUID) error {
	return tell(ctx, c, id, c.store.DeletionMail, aboutDeletion, c.store.ForgetDeletionMail)
}

func aboutDeletion(m tenants.DeletionMail) mail.Message {
	which := fmt.Sprintf("the workspace %s of %s, %s", m.Workspace.Name, m.Tenant, m.Host)
	date := m.At.UTC().Format("Monday, 2 January 2006, 15:04") + " UTC"
	back := "Until then an owner can bring it back, with everything in it:\n\n  longhouse workspaces undelete " + m.Workspace.Slug + "\n"
	switch {
	case m.Tells == tenants.DeletionTakenBack:
		return mail.Message{To: m.To, Subject: m.Host + " is not deleted",
			Text: fmt.Sprintf("%s has taken the deletion of %s back.\n\nIt runs again, or is stopped, as before, with everything in it.\n", m.By, which)}
	case m.Removing:
		return mail.Message{To: m.To, Subject: m.Host + " is deleted",
			Text: fmt.Sprintf("%s has asked to delete %s.\n\nIt is being removed, and can't be brought back. What was removed is certified:\n\n", m.By, which) +
				"  longhouse workspaces certificate " + m.Workspace.Slug + "\n"}
	case m.Tells == tenants.DeletionSoon:
		return mail.Message{To: m.To, Subject: m.Host + " is deleted within a day",
			Text: fmt.Sprintf("On %s %s is removed for good, with all of its data, as %s has asked.\n\n", date, which, m.By) + back}
	default:
		return mail.Message{To: m.To, Subject: m.Host + " shall be deleted",
			Text: fmt.Sprintf("%s has asked to delete %s.\n\nIt is out of service. On %s it is removed for good, with all of its data.\n\n", m.By, which, date) + back}
	}
}
