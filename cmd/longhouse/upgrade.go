package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/serve"
	"github.com/longhouse-dev/longhouse/cmd/longhouse/up"
	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// upgradeSignal asks a `longhouse up` to look at DIR/run/upgrade.json.
const upgradeSignal = syscall.SIGUSR2

// upgradeWithin is how long everything may take to run as the new program, terraform and migrations included.
const upgradeWithin = 5 * time.Minute

// upgradeCommand makes the `longhouse up` that runs this program.
func upgradeCommand() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "upgrade",
		Short: "Make the `longhouse up` that runs on this machine this version, without a refused connection",
		Long: "Make the `longhouse up` that runs on this machine this version, without a refused connection. Run it with the new\n" +
			"program: the running process becomes it, API and edge are replaced while the old ones finish what they have, and\n" +
			"workspaces go on undisturbed. When the new version can't bring everything up, the old one goes on.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			root, err := filepath.Abs(data)
			if err != nil {
				return fmt.Errorf("--data %q: %w", data, err)
			}
			said, err := upgrade(c.Context(), datadir.Layout{Root: root})
			if err == nil {
				_, _ = fmt.Fprintln(c.OutOrStdout(), said)
			}
			return err
		},
	}
	c.Flags().StringVar(&data, "data", fromEnvironment("LONGHOUSE_DATA", up.DefaultData()), "data directory that `longhouse up` has made")
	return c
}

func upgrade(ctx context.Context, layout datadir.Layout) (said string, err error) {
	running, err := up.ReadAnnouncement(layout)
	switch {
	case errors.Is(err, os.ErrNotExist), err == nil && syscall.Kill(running.PID, 0) != nil:
		return "", fmt.Errorf("no `longhouse up` is running on %s, or not everything answers yet: start this version with `longhouse up`", layout.Root)
	case err != nil:
		return "", err
	case running.Program == "":
		return "", errors.New("the version that runs can't be replaced while it runs: stop it with Ctrl-C and start this one with `longhouse up`")
	}
	self, sum, err := up.Self()
	if err != nil {
		return "", err
	}
	if sum == running.Program {
		return "this version is running already", nil
	}
	if err := serve.Compatible(ctx, layout); err != nil {
		return "", err
	}
	if err := up.WriteUpgrade(layout, up.Upgrade{Program: self}); err != nil {
		return "", err
	}
	if err := syscall.Kill(running.PID, upgradeSignal); err != nil {
		return "", fmt.Errorf("ask process %d to become this version: %w", running.PID, err)
	}
	return "this version is running", upgraded(ctx, layout, running.PID, sum)
}

// upgraded waits until everything runs as the program with this hash.
func upgraded(ctx context.Context, layout datadir.Layout, pid int, sum string) error {
	ctx, cancel := context.WithTimeout(ctx, upgradeWithin)
	defer cancel()
	for {
		if now, err := up.ReadAnnouncement(layout); err == nil && now.Program == sum {
			return nil
		}
		if asked, err := up.ReadUpgrade(layout); err == nil && asked.Failed != "" {
			return fmt.Errorf("the upgrade failed, and the version before goes on: %s", asked.Failed)
		}
		if syscall.Kill(pid, 0) != nil {
			return fmt.Errorf("`longhouse up` (process %d) has ended; workspaces, edge and API go on: start `longhouse up` again", pid)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("`longhouse up` (process %d) did not become this version within %s: see its log", pid, upgradeWithin)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
