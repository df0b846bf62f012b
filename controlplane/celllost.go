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

// DiscardIn names what shall be removed of a cell though it may be somebody's.
type DiscardIn struct {
	CellIn
	Storage string `path:"storage" maxLength:"64" doc:"The name of its database, as the sweep tells it"`
	Body    DiscardBody
}

// DiscardBody says that it is meant, and why.
type DiscardBody struct {
	Confirm string `json:"confirm" doc:"The storage's name, so that it is not another by mistake"`
	Reason  string `json:"reason,omitempty" maxLength:"500" doc:"For the audit trail"`
}

func (s *Server) discardStorage(ctx context.Context, in *DiscardIn) (*OperationOut, error) {
	c, err := s.store.FindCell(ctx, in.Cell)
	if err != nil {
		return nil, err
	}
	if in.Body.Confirm != in.Storage {
		return nil, &tenants.Refusal{Reason: tenants.Invalid, Field: "confirm", Message: "this removes somebody's data for good; to confirm that, give the storage's name as confirm: " + in.Storage}
	}
	op, err := s.store.DiscardStorage(ctx, principal(ctx), c.ID, in.Storage, in.Body.Reason)
	return &OperationOut{Body: showOperation(ctx, op)}, err
}

// confirmedCell finds a cell, and refuses where its name was not given once more.
func (s *Server) confirmedCell(ctx context.Context, shown, confirm, what string) (tenants.Cell, error) {
	c, err := s.store.FindCell(ctx, shown)
	if err == nil && confirm != c.Name {
		err = &tenants.Refusal{Reason: tenants.Invalid, Field: "confirm", Message: what + "; to confirm that, give its name as confirm: " + c.Name}
	}
	return c, err
}
