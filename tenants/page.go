package tenants

import "github.com/google/uuid"

// Page asks for a part of a list that is ordered newest first.
type Page struct {
	Before uuid.UUID // only what is older than this; zero: from the newest
	Limit  int32     // how many at the most
}

func (p Page) before() uuid.UUID {
	if p.Before == uuid.Nil {
		return uuid.Max
	}
	return p.Before
}
