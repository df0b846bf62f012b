package outbound

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/strictjson"
)

// deepest is how far an answer nests at most: what it says becomes posts, whose readers give up on more.
const deepest = 24

// Decode reads an answer's JSON, once it is sure to say one thing only, and nothing that can't be kept or passed on.
func (a Answer) Decode(v any) error {
	if err := strictjson.Check(a.Body, deepest); err != nil {
		return err
	}
	if json.Unmarshal(a.Body, v) != nil {
		return errors.New("the answer has not the shape that the protocol says")
	}
	return nil
}

// Valid reports whether an address can be called: http:// or https://, and a host.
func Valid(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && !strings.ContainsAny(address, " \t\r\n")
}
