package serve

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// Role is a part of Longhouse that runs in a process.
type Role string

// The roles.
const (
	// API serves the control plane's HTTP API.
	API Role = "api"
	// Worker works operations.
	Worker Role = "worker"
	// Edge routes requests to workspaces.
	Edge Role = "edge"
)

// Roles lists all of them.
var Roles = []Role{API, Worker, Edge}

// ParseRoles reads a list such as "api,worker".
func ParseRoles(text string) ([]Role, error) {
	var roles []Role
	for name := range strings.SplitSeq(text, ",") {
		role := Role(strings.TrimSpace(name))
		if !slices.Contains(Roles, role) {
			return nil, fmt.Errorf("there is no role %q; allowed are %v, separated by commas", role, Roles)
		}
		if slices.Contains(roles, role) {
			return nil, fmt.Errorf("the role %q is there twice; each is served once", role)
		}
		roles = append(roles, role)
	}
	return roles, nil
}

// Run serves the roles until ctx ends. The name is that of this process among those of the machine; empty: one is found.
func Run(ctx context.Context, layout datadir.Layout, name string, roles []Role, log *slog.Logger) error {
	settings, err := layout.ReadSettings()
	if err != nil {
		return err
	}
	if settings, err = override(settings); err != nil {
		return err
	}
	layout.UIDBase = settings.UIDBase
	group, ctx := errgroup.WithContext(ctx)
	if err := tellLeaving(ctx); err != nil {
		return err
	}
	if slices.Contains(roles, Edge) {
		group.Go(func() error { return runEdge(ctx, layout, settings, log) })
	}
	if slices.Contains(roles, API) || slices.Contains(roles, Worker) {
		group.Go(func() error { return runControl(ctx, layout, settings, name, roles, log) })
	}
	return group.Wait()
}
