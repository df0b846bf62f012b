package posts

import (
	"context"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// The priorities of a post beside none.
const (
	Important = "important"
	Urgent    = "urgent"
)

// takeBack is how long an acknowledgement can be taken back.
const takeBack = 5 * time.Minute

// checkPriority says whether a post may have that priority, and nil is none.
func (d *Draft) checkPriority() error {
	p := d.Priority
	priority, asks := d.priority()
	switch {
	case p == nil:
		return nil
	case priority != "" && priority != Important && priority != Urgent:
		return fault.BadBody("metadata.priority", "important, urgent or nothing")
	case p.PersistentNotifications != nil && *p.PersistentNotifications:
		return fault.New(http.StatusBadRequest, "api.post.post_priority.persistent_notification_validation_error.request_error", "This server repeats no notifications.")
	case !d.RootID.IsZero() && (asks || priority != ""):
		return fault.New(http.StatusBadRequest, "api.post.post_priority.priority_post_only_allowed_for_root_post.request_error", "Only what begins a thread has a priority.")
	}
	return nil
}

func (d *Draft) priority() (priority string, ack bool) {
	if d.Priority == nil {
		return "", false
	}
	if d.Priority.Priority != nil {
		priority = *d.Priority.Priority
	}
	return priority, d.Priority.RequestedAck != nil && *d.Priority.RequestedAck
}

func priorityOf(p *dbsql.Post) *wire.PostPriority {
	if p.Priority == "" && !p.RequestedAck {
		return nil
	}
	priority, ack, no := p.Priority, p.RequestedAck, false
	return &wire.PostPriority{Priority: &priority, RequestedAck: &ack, PersistentNotifications: &no}
}

func (l *Log) addAcknowledgements(ctx context.Context, at map[id.ID]*wire.Post, ids []id.ID) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := l.DB.AcknowledgementsOfPosts(ctx, ids)
	for _, a := range rows {
		p := at[a.PostID]
		p.Metadata.Acknowledgements = append(p.Metadata.Acknowledgements, acknowledgement(a, p.ChannelID))
	}
	return err
}

func acknowledgement(a dbsql.Acknowledgement, channel id.ID) *wire.PostAcknowledgement {
	return &wire.PostAcknowledgement{UserID: a.UserID, PostID: a.PostID, AcknowledgedAt: a.AcknowledgedAt, ChannelID: channel}
}

type acknowledged struct {
	Acknowledgement string `json:"acknowledgement"`
}

// Acknowledge notes that a user has taken note of a post; once more changes nothing.
func (l *Log) Acknowledge(ctx context.Context, p dbsql.Post, user id.ID) (*wire.PostAcknowledgement, error) {
	row, err := l.DB.Acknowledge(ctx, dbsql.AcknowledgeParams{PostID: p.ID, UserID: user, Now: l.Now.Millis()})
	if err != nil {
		return nil, err
	}
	view := acknowledgement(row, p.ChannelID)
	l.Hub.Publish(realtime.Event{Name: realtime.AcknowledgementAdded, Data: acknowledged{realtime.Text(view)}, To: wire.Broadcast{ChannelID: p.ChannelID}})
	return view, nil
}

// Unacknowledge takes that back, within five minutes.
func (l *Log) Unacknowledge(ctx context.Context, p dbsql.Post, user id.ID) error {
	row, err := l.DB.Unacknowledge(ctx, dbsql.UnacknowledgeParams{PostID: p.ID, UserID: user, Since: l.Now().Add(-takeBack).UnixMilli()})
	if store.Missing(err) {
		return fault.New(http.StatusForbidden, "api.acknowledgement.delete.deadline.app_error", "There is none of yours that is younger than five minutes.")
	}
	if err != nil {
		return err
	}
	view := acknowledgement(row, p.ChannelID)
	view.AcknowledgedAt = 0
	l.Hub.Publish(realtime.Event{Name: realtime.AcknowledgementRemoved, Data: acknowledged{realtime.Text(view)}, To: wire.Broadcast{ChannelID: p.ChannelID}})
	return nil
}
