package up

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/embedded"
	"github.com/longhouse-dev/longhouse/tenants"
)

// controlCluster keeps the control plane's own data. As root nobody but the control plane may even knock at its socket.
func (m *machine) controlCluster() embedded.Cluster {
	c := embedded.Cluster{Name: "control", Dir: m.layout.ControlCluster(), SocketDir: m.layout.ControlSocket(),
		PasswordFile: m.layout.ControlPassword(), MaxConnections: 150, SharedBuffersMiB: 64, AutovacuumNaptime: time.Minute}
	if datadir.AsRoot() {
		c.SocketGID = uint32(m.layout.ControlUID())
	}
	return c
}

// cellCluster keeps the workspaces' data: many databases, few busy at a time.
func (m *machine) cellCluster() embedded.Cluster {
	return embedded.Cluster{Name: "cell", Dir: m.layout.CellCluster(), SocketDir: m.layout.CellSocket(),
		PasswordFile: m.layout.CellPassword(), MaxConnections: 400, SharedBuffersMiB: 256, AutovacuumNaptime: cellNaptime,
		Bounds: embedded.Bounds{MemoryMiB: 256, TempFilesMiB: 1024, Locks: 512}}
}

// controlDatabase makes the databases of the control cluster, migrates Longhouse's own, and hands out what opens them.
func (m *machine) controlDatabase(ctx context.Context) error {
	cluster := m.controlCluster()
	_, err := m.ensureDatabase(ctx, cluster, "longhouse", m.layout.ControlDatabase(), m.layout.ControlUID())
	if err != nil {
		return err
	}
	state, err := m.ensureDatabase(ctx, cluster, "terraform", m.layout.TerraformDatabase(), os.Getuid())
	if err != nil {
		return err
	}
	if err := datadir.WriteFile(m.layout.ControlTerraformDatabase(), []byte(state), 0o600, m.layout.ControlUID()); err != nil {
		return err
	}
	if err := m.closeCell(ctx); err != nil {
		return err
	}
	cell, err := m.cellCluster().SuperuserDSN("postgres")
	if err != nil {
		return err
	}
	if err := datadir.WriteFile(m.layout.CellDatabase(), []byte(cell), 0o600, m.layout.ControlUID()); err != nil {
		return err
	}
	domain, err := m.migratedDomain(ctx)
	if err != nil {
		return err
	}
	defer domain.close()
	return m.operatorToken(ctx, domain.Store)
}

// operatorToken gives the operator of this machine an API token, once.
func (m *machine) operatorToken(ctx context.Context, store *tenants.Store) error {
	if _, err := os.Stat(m.layout.OperatorToken()); err == nil {
		return nil
	}
	token, err := store.EnsureOperator(ctx, "local")
	if err != nil {
		return fmt.Errorf("make the operator's API token: %w", err)
	}
	return datadir.WriteFile(m.layout.OperatorToken(), []byte(token), 0o600, os.Getuid())
}
