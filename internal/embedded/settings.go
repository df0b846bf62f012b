package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// access lets nobody in without a password, whoever they are on this machine.
const access = `# Written by Longhouse at each start.
local all all scram-sha-256
`

// configure writes the settings of the coming start. What an operator sets by ALTER SYSTEM stays and wins.
func (c Cluster) configure(ctx context.Context, as account) error {
	if err := c.openSocketDir(as); err != nil {
		return err
	}
	if err := c.dropStaleLock(ctx); err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(c.Dir, "pg_hba.conf"), []byte(access), as); err != nil {
		return err
	}
	return replaceFile(filepath.Join(c.Dir, "postgresql.conf"), []byte(c.settings()), as)
}

func (c Cluster) openSocketDir(as account) error {
	if err := os.MkdirAll(c.SocketDir, 0o711); err != nil {
		return err
	}
	if info, err := os.Stat(c.SocketDir); err != nil || info.Mode()&os.ModeSticky != 0 {
		return errors.Join(err, fmt.Errorf("socket directory %s is shared with others: it must be of this cluster alone", c.SocketDir))
	}
	if !as.switches {
		return os.Chmod(c.SocketDir, 0o711)
	}
	if c.SocketGID == 0 {
		if err := as.give(c.SocketDir); err != nil {
			return err
		}
		return os.Chmod(c.SocketDir, 0o711)
	}
	if err := os.Lchown(c.SocketDir, int(as.uid), int(c.SocketGID)); err != nil {
		return err
	}
	return os.Chmod(c.SocketDir, 0o710)
}

// settings keeps statements and row values out of the log: they hold what tenants write, and new roles' passwords.
func (c Cluster) settings() string {
	var b strings.Builder
	b.WriteString("# Written by Longhouse at each start. Change settings by ALTER SYSTEM.\n")
	for _, s := range [][2]string{
		{"cluster_name", c.Name},
		{"listen_addresses", ""},
		{"unix_socket_directories", c.SocketDir},
		{"unix_socket_permissions", "0777"},
		{"password_encryption", "scram-sha-256"},
		{"max_connections", fmt.Sprint(c.MaxConnections)},
		{"authentication_timeout", "10s"}, // who has not said the password yet takes a connection too
		{"shared_buffers", fmt.Sprintf("%dMB", c.SharedBuffersMiB)},
		{"autovacuum_naptime", fmt.Sprintf("%ds", int(c.AutovacuumNaptime.Seconds()))},
		{"jit", "off"},
		{"timezone", "UTC"},
		{"log_timezone", "UTC"},
		{"lc_messages", "C"},
		{"logging_collector", "off"},
		{"log_destination", "stderr"},
		{"log_line_prefix", "%m [%p] %d "},
		{"log_min_error_statement", "panic"},
		{"log_error_verbosity", "terse"},
		{"log_parameter_max_length_on_error", "0"},
	} {
		setting(&b, s[0], s[1])
	}
	for _, s := range c.Bounds.settings() {
		setting(&b, s[0], s[1])
	}
	if c.Volatile {
		for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
			setting(&b, name, "off")
		}
		setting(&b, "wal_level", "minimal")
		setting(&b, "max_wal_senders", "0")
	}
	return b.String()
}

func setting(b *strings.Builder, name, value string) {
	fmt.Fprintf(b, "%s = '%s'\n", name, strings.ReplaceAll(value, "'", "''"))
}
