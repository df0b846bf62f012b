package controlplane

import (
	"context"

	"github.com/longhouse-dev/longhouse/tenants"
)

// ConfirmCellIn is a wish about a cell that can't be taken back.
type ConfirmCellIn struct {
	CellIn
	Body ConfirmCellBody
}

// ConfirmCellBody says that it is meant, and why.
type ConfirmCellBody struct {
	Confirm string `json:"confirm" doc:"The cell's name, so that it is not another by mistake"`
	Reason  string `json:"reason,omitempty" maxLength:"500" doc:"For the audit trail"`
}

func (s *Server) acceptLoss(ctx context.Context, in *ConfirmCellIn) (*CellOut, error) {
	c, err := s.confirmedCell(ctx, in.Cell, in.Body.Confirm, "this closes workspaces for good")
	if err != nil {
		return nil, err
	}
	if err := s.store.AcceptLoss(ctx, principal(ctx), c.ID); err != nil {
		return nil, err
	}
	return s.showCell(ctx, c.ID)
}

func (s *Server) giveUpCell(ctx context.Context, in *ConfirmCellIn) (*CellOut, error) {
	c, err := s.confirmedCell(ctx, in.Cell, in.Body.Confirm, "this closes all workspaces of the cell for good")
	if err != nil {
		return nil, err
	}
	if err := s.store.GiveUpCell(ctx, principal(ctx), c.ID, in.Body.Reason); err != nil {
		return nil, err
	}
	return s.showCell(ctx, c.ID)
}

// confirmedCell finds a cell, and refuses where its name was not given once more.
func (s *Server) confirmedCell(ctx context.Context, shown, confirm, what string) (tenants.Cell, error) {
	c, err := s.store.FindCell(ctx, shown)
	if err == nil && confirm != c.Name {
		err = &tenants.Refusal{Reason: tenants.Invalid, Field: "confirm", Message: what + "; to confirm that, give its name as confirm: " + c.Name}
	}
	return c, err
}
