package controlplane

import (
	"context"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// StopBody says more about a stop.
type StopBody struct {
	Message string `json:"message,omitempty" maxLength:"300" doc:"What visitors read meanwhile"`
}

// StopIn asks for a workspace to stop.
type StopIn struct {
	WorkspaceIn
	Body *StopBody
}

func (s *Server) stop(ctx context.Context, in *StopIn) (*OperationOut, error) {
	var args tenants.StopArgs
	if in.Body != nil {
		args.Message = in.Body.Message
	}
	return s.ask(ctx, in.WorkspaceIn, args)
}

func (s *Server) start(ctx context.Context, in *WorkspaceIn) (*OperationOut, error) {
	return s.ask(ctx, *in, tenants.StartArgs{})
}

func (s *Server) hibernate(ctx context.Context, in *WorkspaceIn) (*OperationOut, error) {
	return s.ask(ctx, *in, tenants.HibernateArgs{})
}

func (s *Server) wake(ctx context.Context, in *WorkspaceIn) (*OperationOut, error) {
	return s.ask(ctx, *in, tenants.WakeArgs{})
}

func (s *Server) ask(ctx context.Context, in WorkspaceIn, args tenants.Args) (*OperationOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	op, err := s.store.Ask(ctx, principal(ctx), workspace, args, "asked for over the API")
	if err != nil {
		return nil, err
	}
	noteID(ctx, "operation", id.Show(id.Operation, op.ID))
	return &OperationOut{Body: showOperation(ctx, op)}, nil
}
