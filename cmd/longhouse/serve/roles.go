package serve

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/provisioner"
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

// Process is what one process serves.
type Process struct {
	Name    string // among those of the machine; empty: one is found
	Roles   []Role
	Standby bool              // wait with a worker's work until no other worker of the machine that was told so does it
	Edge    string            // what people call the edge of this process; empty: as its machine
	Share   provisioner.Share // what of the operations a worker works
}

// ParseShare reads what of the operations a worker shall work.
func ParseShare(text string) (provisioner.Share, error) {
	switch share := provisioner.Share(text); share {
	case "all":
		return provisioner.All, nil
	case provisioner.Sound, provisioner.Suspects:
		return share, nil
	default:
		return "", fmt.Errorf("operations %q: must be all, %s or %s", text, provisioner.Sound, provisioner.Suspects)
	}
}

// Run serves the process's roles until ctx ends.
func Run(ctx context.Context, layout datadir.Layout, p Process, log *slog.Logger) error {
	if p.Standby && !slices.Contains(p.Roles, Worker) {
		return fmt.Errorf("roles %v: only a worker can stand by", p.Roles)
	}
	if p.Share == provisioner.Suspects && (p.Standby || !slices.Equal(p.Roles, []Role{Worker})) { // it would die with all else
		return fmt.Errorf("operations %s: only a process with the role %s alone works these, and it doesn't stand by", p.Share, Worker)
	}
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
	if slices.Contains(p.Roles, Edge) {
		group.Go(func() error { return runEdge(ctx, layout, settings, p.Edge, log) })
	}
	if slices.Contains(p.Roles, API) || slices.Contains(p.Roles, Worker) {
		group.Go(func() error { return runControl(ctx, layout, settings, p, log) })
	}
	return group.Wait()
}
