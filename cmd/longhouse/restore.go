package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/cmd/longhouse/up"
	"github.com/longhouse-dev/longhouse/internal/archive"
)

// restoreCommand brings the control plane of this machine back from a backup.
func restoreCommand() *cobra.Command {
	var o up.Restore
	var identity, passphrase string
	c := &cobra.Command{
		Use:   "restore",
		Short: "Bring the control plane of this machine back from a backup",
		Long: "Bring the control plane of this machine back from a backup. The data of workspaces stays as it is. The next\n" +
			"`longhouse up` compares the restored database with the cells: instances that it doesn't know are stopped, workspaces\n" +
			"that are gone are closed, and what was made after the backup is kept and told by `longhouse sweep`. Everybody has to\n" +
			"sign in again.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			root, err := filepath.Abs(o.Data)
			if err != nil {
				return fmt.Errorf("--data %q: %w", o.Data, err)
			}
			o.Data = root
			if o.Identities, err = archive.Identities(identity, passphrase); err != nil {
				return usage("%s", err)
			}
			done, err := o.Run(c.Context(), jsonLog())
			if done.Aside != "" {
				defer func() {
					_, _ = fmt.Fprintf(c.ErrOrStderr(), "what was there before is in %s; `longhouse restore discard %s` removes it once it isn't needed\n", done.Aside, filepath.Base(done.Aside))
				}()
			}
			if err != nil && done.Begun {
				return errors.Join(errors.New("the restore is not complete; it can be repeated with --replace"), err)
			}
			if err != nil {
				return err
			}
			if wantsJSON(c) {
				return showArchive(c, o.From, done.Manifest)
			}
			_, _ = fmt.Fprintf(c.OutOrStdout(), "The control plane is as it was at %s, with %s workspaces.\n\n"+
				"Start `longhouse up`, then see `longhouse sweep` for what was made after the backup. API tokens that were revoked\n"+
				"after it are good again: look through `longhouse tokens list`.\n", done.Manifest.MadeAt.Format(time.RFC3339), done.Manifest.Facts["workspaces"])
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&o.Data, "data", fromEnvironment("LONGHOUSE_DATA", up.DefaultData()), "data directory to restore to")
	f.StringVar(&o.From, "from", "", "the backup")
	f.BoolVar(&o.Replace, "replace", false, "move what is there of a control plane aside")
	f.StringVar(&identity, "identity-file", "", "file with the secret key, as `age-keygen` writes it")
	f.StringVar(&passphrase, "passphrase-file", "", "file with the passphrase")
	_ = c.MarkFlagRequired("from")
	c.AddCommand(discardReplacedCommand())
	return c
}
