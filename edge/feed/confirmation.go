package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"github.com/longhouse-dev/longhouse/internal/id"
)

const (
	// ConfirmationsPath is where edges say what they have put in force.
	ConfirmationsPath = "/edge/v1/confirmations"
	// FencedHeader tells a refusal of a fenced edge from all others that are 403.
	FencedHeader = "X-Longhouse-Fenced"
	// MaxConfirmation bounds the body of a confirmation.
	MaxConfirmation = 64 << 10
	// maxOver bounds the leases that one confirmation ends.
	maxOver = 1000
)

// Query parameters of the stream that say which edge it is.
const (
	edgeParam  = "edge"
	leaseParam = "lease"
	nameParam  = "name"
)

// Identity says which edge speaks, and which of its processes: while one drains there are two.
type Identity struct {
	Edge  string `json:"edge"`  // edg_..., as long as its state directory lasts
	Lease string `json:"lease"` // els_..., of this process
	Name  string `json:"name"`  // for people
}

// Confirmation says that a process of an edge has put a version in force, and all before it.
type Confirmation struct {
	Identity
	Version int64  `json:"version"`
	History string `json:"history,omitempty"` // which the version is of
	// Over are leases of this edge whose processes serve no more. One that names its own says good-bye.
	Over []string `json:"over,omitempty"`
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// CheckName returns an error that says which names an edge may have.
func CheckName(name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("edge name %.80q: allowed are 1 to 63 letters, digits, dots, hyphens and underscores, of which the first is a letter or a digit", name)
	}
	return nil
}

// Query is the identity as parameters of the stream.
func (i Identity) Query() url.Values {
	return url.Values{edgeParam: {i.Edge}, leaseParam: {i.Lease}, nameParam: {i.Name}}
}

// ParseIdentity reads the parameters of the stream. An edge of a release before this names none, which is the zero Identity.
func ParseIdentity(query url.Values) (Identity, error) {
	i := Identity{Edge: query.Get(edgeParam), Lease: query.Get(leaseParam), Name: query.Get(nameParam)}
	if i == (Identity{}) {
		return i, nil
	}
	return i, i.check()
}

func (i Identity) check() error {
	_, edge := id.Parse(id.Edge, i.Edge)
	_, lease := id.Parse(id.EdgeLease, i.Lease)
	return errors.Join(edge, lease, CheckName(i.Name))
}

// ParseConfirmation reads a confirmation and checks that it can be one.
func ParseConfirmation(body []byte) (Confirmation, error) {
	var c Confirmation
	if err := json.Unmarshal(body, &c); err != nil {
		return Confirmation{}, fmt.Errorf("read a confirmation: %w", err)
	}
	if err := c.check(); err != nil {
		return Confirmation{}, err
	}
	if c.Version < 0 || len(c.History) > 64 || len(c.Over) > maxOver {
		return Confirmation{}, fmt.Errorf("a confirmation has a version that is not below 0, a history of at most 64 bytes, and ends at most %d leases", maxOver)
	}
	for _, lease := range c.Over {
		if _, err := id.Parse(id.EdgeLease, lease); err != nil {
			return Confirmation{}, err
		}
	}
	return c, nil
}
