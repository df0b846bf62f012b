package controlplane

import (
	"context"
	"time"
)

// Border is what canaries met last at one border of a cell.
type Border struct {
	Cell    string    `json:"cell" doc:"Its name"`
	Border  string    `json:"border" enum:"database,bucket,socket,file,process,network"`
	Outcome string    `json:"outcome" enum:"held,crossed,unclear" doc:"held: a rule refused it; crossed: nothing did; unclear: it failed for another reason"`
	Detail  string    `json:"detail" doc:"What was met, in few words"`
	Tries   int64     `json:"tries"`
	Since   time.Time `json:"since" doc:"That the outcome has been this one"`
	TriedAt time.Time `json:"tried_at"`
}

// BordersOut answers with all borders.
type BordersOut struct {
	Body struct {
		Items []Border `json:"items"`
	}
}

// borders tells everybody whether workspaces are kept apart: two of our own try all the time to get at each other.
func (s *Server) borders(ctx context.Context, _ *struct{}) (*BordersOut, error) {
	list, err := s.store.Borders(ctx)
	if err != nil {
		return nil, err
	}
	out := &BordersOut{}
	out.Body.Items = []Border{}
	for _, b := range list {
		out.Body.Items = append(out.Body.Items, Border{Cell: b.Cell, Border: b.Name, Outcome: string(b.Outcome), Detail: b.Detail, Tries: b.Tries,
			Since: b.Since, TriedAt: b.TriedAt})
	}
	return out, nil
}
