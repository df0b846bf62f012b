package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// verdict is what the push proxy says of something that a phone was to be told.
type verdict string

const (
	taken   verdict = "OK"
	failed  verdict = "FAIL"
	removed verdict = "REMOVE" // there is no such phone any more
)

// send asks the proxy once. What it is told has its own identity, by which a phone knows what it had already.
func (c *Crier) send(ctx context.Context, device string, n wire.PushNotification) (verdict, error) {
	platform, token, ok := strings.Cut(device, ":")
	if !ok || platform == "" || token == "" {
		return removed, nil // no proxy could know where that is
	}
	n.Platform, n.DeviceID = platform, token
	n.Signature = sign(c.Identity.SigningKey, n.AckID, token)
	body, err := json.Marshal(n)
	if err != nil {
		return failed, err
	}
	answer, err := c.proxy.Do(ctx, outbound.Call{For: "push", Method: http.MethodPost, URL: c.Config.Settings().Push.Proxy.String() + "/api/v1/send_push", Kind: "application/json", Body: body})
	if err != nil {
		return failed, err
	}
	return judge(answer)
}

// judge reads the proxy's answer, of which nothing is believed that the protocol doesn't say.
func judge(answer outbound.Answer) (verdict, error) {
	if !answer.OK() {
		return failed, fmt.Errorf("the push proxy answered %d", answer.Status)
	}
	var said struct {
		Status verdict `json:"status"`
	}
	if err := answer.Decode(&said); err != nil {
		return failed, fmt.Errorf("read the push proxy's answer: %w", err)
	}
	switch said.Status {
	case taken, removed:
		return said.Status, nil
	}
	return failed, nil
}
