package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/up"
	"github.com/longhouse-dev/longhouse/internal/archive"
	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// backupCommand saves what the control plane needs to be restored.
func backupCommand() *cobra.Command {
	var data, to, passphrase string
	var recipients []string
	var keep int
	c := &cobra.Command{
		Use:   "backup",
		Short: "Save the control plane of this machine into an encrypted file",
		Long: "Save the control plane of this machine into an encrypted file: its database, keyrings, terraform state, settings,\n" +
			"credentials and the releases that workspaces run. The data of workspaces is not in it: their backups have it. It works\n" +
			"while `longhouse up` runs, and while it does not. The file is made whole or not at all, and nothing is overwritten.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			root, err := filepath.Abs(data)
			if err != nil {
				return fmt.Errorf("--data %q: %w", data, err)
			}
			if keep < 0 {
				return usage("--keep %d: must be 0, for all, or how many backups to keep in the folder", keep)
			}
			file, folder, err := destination(to)
			if err != nil {
				return err
			}
			readers, err := archive.Recipients(recipients, passphrase)
			if err != nil {
				return usage("%s", err)
			}
			if len(readers) == 0 {
				return usage("a backup holds keys and passwords, and is never written in the clear: give --recipient or --passphrase-file")
			}
			m, err := up.Backup(c.Context(), datadir.Layout{Root: root}, file, readers, jsonLog())
			if err != nil {
				return err
			}
			if folder && keep > 0 {
				if err := prune(file, keep); err != nil {
					return err
				}
			}
			return showArchive(c, file, m)
		},
	}
	f := c.Flags()
	f.StringVar(&data, "data", fromEnvironment("LONGHOUSE_DATA", up.DefaultData()), "data directory that `longhouse up` has made")
	f.StringVar(&to, "to", "", "file to write, or a folder that gets one named by the time")
	f.StringArrayVar(&recipients, "recipient", nil, "public key (age1..., of `age-keygen`) of who may read it; may be repeated")
	f.StringVar(&passphrase, "passphrase-file", "", "file with a passphrase instead")
	f.IntVar(&keep, "keep", 0, "in a folder, remove all but so many of the newest backups; 0 keeps all")
	_ = c.MarkFlagRequired("to")
	c.AddCommand(verifyBackupCommand())
	return c
}

// The names of backups in a folder: the time, which sorts.
const (
	backupPrefix = "longhouse-"
	backupSuffix = ".backup"
)

func destination(to string) (file string, folder bool, err error) {
	if file, err = filepath.Abs(to); err != nil {
		return "", false, fmt.Errorf("--to %q: %w", to, err)
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return filepath.Join(file, backupPrefix+time.Now().UTC().Format("20060102T150405Z")+backupSuffix), true, nil
	}
	return file, false, nil
}

// prune removes the oldest of a folder beside the one that was just made, whatever time the clock showed when the others were.
// Only files that are named as backups in a folder are looked at.
func prune(made string, keep int) error {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(made), backupPrefix+"????????T??????Z"+backupSuffix))
	if err != nil {
		return fmt.Errorf("list backups: %w", err)
	}
	slices.Sort(files)
	others := slices.DeleteFunc(files, func(file string) bool { return file == made })
	for _, file := range others[:max(0, len(others)-(keep-1))] {
		if err := os.Remove(file); err != nil {
			return fmt.Errorf("remove an old backup: %w", err)
		}
	}
	return nil
}

func verifyBackupCommand() *cobra.Command {
	var identity, passphrase string
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "Read a whole backup and compare it with what it says it holds",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			identities, err := archive.Identities(identity, passphrase)
			if err != nil {
				return usage("%s", err)
			}
			m, err := archive.Verify(args[0], identities)
			if err != nil {
				return err
			}
			return showArchive(c, args[0], m)
		},
	}
	c.Flags().StringVar(&identity, "identity-file", "", "file with the secret key, as `age-keygen` writes it")
	c.Flags().StringVar(&passphrase, "passphrase-file", "", "file with the passphrase")
	return c
}

func showArchive(c *cobra.Command, file string, m archive.Manifest) error {
	if wantsJSON(c) {
		return json.NewEncoder(c.OutOrStdout()).Encode(struct {
			File string `json:"file"`
			archive.Manifest
		}{file, m})
	}
	describe(c.OutOrStdout(), file, m)
	return nil
}

func describe(out io.Writer, file string, m archive.Manifest) {
	keys := 0
	for _, p := range m.Parts {
		if strings.HasPrefix(p.Name, "keys/") {
			keys++
		}
	}
	_, _ = fmt.Fprintf(out, "%s\n  made at     %s\n  of          %s\n  schema      %s\n  workspaces  %s\n  keys        %d\n  parts       %d, all as the manifest says\n",
		file, m.MadeAt.Format(time.RFC3339), m.Facts["data"], m.Facts["schema"], m.Facts["workspaces"], keys, len(m.Parts))
	if missing := strings.Fields(m.Facts["keys_missing"]); len(missing) > 0 {
		_, _ = fmt.Fprintf(out, "  no key for  %s (storage that was being made or removed, or is kept aside)\n", strings.Join(missing, ", "))
	}
	if cells := strings.Fields(m.Facts["cells_without_keys"]); len(cells) > 0 {
		_, _ = fmt.Fprintf(out, "  not in it   the keyrings of the stores of other cells: %s\n", strings.Join(cells, ", "))
	}
}
