package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// knock tells the control plane that somebody came for a workspace that is asleep.
func (f *follower) knock(ctx context.Context, workspaceID string) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	body, err := json.Marshal(feed.Wake{WorkspaceID: workspaceID})
	if err != nil {
		return fmt.Errorf("encode a wish to have a workspace woken: %w", err)
	}
	res, err := f.line.send(ctx, http.MethodPost, feed.WakesPath, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		return f.line.refusedBy(res, "the wish to have it woken")
	}
	return nil
}
