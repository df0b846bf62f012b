package workload

import "path/filepath"

// Broker says which connections an instance is given by an engine that makes them for it, see internal/broker.
type Broker struct {
	Places   []Place `json:"places"`
	Internet bool    `json:"internet"` // the public internet too, and networks that the engine's operator allows
}

// Place is something that many instances connect to.
type Place struct {
	Address string `json:"address"` // as the instance asks for it: host:port, or the absolute path of a unix socket
	Most    int    `json:"most"`    // connections that the instance may have open at a time
	// Shared is how many all instances may have open together: each may have as many as are left for all, so that none takes
	// what there is. 0: only Most counts.
	Shared int `json:"shared"`
}

const mostPlaces = 16

// validate takes nil for no broker.
func (b *Broker) validate() error {
	if b == nil {
		return nil
	}
	if len(b.Places) > mostPlaces {
		return invalid("broker: %d places, allowed are %d", len(b.Places), mostPlaces)
	}
	seen := map[string]bool{}
	for _, p := range b.Places {
		switch {
		case p.Most < 1 || p.Shared < 0:
			return invalid("broker: place %q with %d connections, %d shared: must be 1 or more, and 0 or more", p.Address, p.Most, p.Shared)
		case seen[p.Address]:
			return invalid("broker: place %q is there twice", p.Address)
		case filepath.IsAbs(p.Address): // a unix socket
		default:
			if _, _, err := SplitReach(p.Address); err != nil {
				return err
			}
		}
		seen[p.Address] = true
	}
	return nil
}
