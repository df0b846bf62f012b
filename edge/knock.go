package edge

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// knock tells the control plane that somebody came for a workspace that is asleep.
func (f *follower) knock(ctx context.Context, workspaceID string) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	return f.line.tell(ctx, feed.WakesPath, "the wish to have it woken", feed.Wake{WorkspaceID: workspaceID}, http.StatusAccepted)
}
