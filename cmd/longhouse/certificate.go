package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants/certificate"
)

func certificateCommand() *cobra.Command {
	var out string
	c := &cobra.Command{Use: "certificate NAME", Short: "Show what was removed of a workspace that was deleted, or keep it, signed", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&out, "out", "", "a new file for the signed certificate; - for standard output")
	c.RunE = func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		workspace, err := findDeleted(c, api, args[0])
		if err != nil {
			return err
		}
		got, err := answer[client.CertificateOutBody](api.GetDeletionCertificate(c.Context(), workspace))
		if err != nil {
			return err
		}
		if out != "" {
			return keepCertificate(c, out, got.Jws)
		}
		read, err := certificate.Read(got.Jws)
		if err != nil {
			return fail(exitRefused, "Unknown certificate", "%s", err)
		}
		return showCertificate(c, read)
	}
	return c
}

// findDeleted returns the id of the newest workspace that has, or had, this slug.
func findDeleted(c *cobra.Command, api *connection, name string) (string, error) {
	if strings.HasPrefix(name, "ws_") {
		return name, nil
	}
	also := true
	found, err := answer[client.ListWorkspace](api.ListWorkspaces(c.Context(), &client.ListWorkspacesParams{Slug: &name, Deleted: &also}))
	if err != nil {
		return "", err
	}
	if len(found.Items) == 0 {
		return "", fail(exitRefused, "Not Found", "you have and had no workspace with the slug %q", name)
	}
	return found.Items[0].ID, nil
}

func keepCertificate(c *cobra.Command, file, signed string) error {
	if file == "-" {
		_, err := io.WriteString(c.OutOrStdout(), signed+"\n")
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return usage("--out: %s", err)
	}
	_, err = io.WriteString(f, signed+"\n")
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fail(exitRefused, "Not written", "write the certificate: %s", err)
	}
	return nil
}

func verifyCertificateCommand() *cobra.Command {
	var file, key string
	c := &cobra.Command{Use: "verify-certificate", Short: "Check, without a server, that a certificate of deletion is as it was signed", Args: cobra.NoArgs,
		Long: "Check, without a server, that a certificate of deletion is as it was signed. Bring the key that you wrote down\n(`longhouse workspaces certificate-key`), and not one that came with the certificate."}
	c.Flags().StringVar(&file, "file", "", "the certificate; - for standard input")
	c.Flags().StringVar(&key, "public-key", "", "the key that it has to be signed by, in base64")
	c.RunE = func(c *cobra.Command, _ []string) error {
		public, err := base64.StdEncoding.DecodeString(key)
		if file == "" || err != nil || len(public) != ed25519.PublicKeySize {
			return usage("verify-certificate needs --file, and --public-key with the base64 that `longhouse workspaces certificate-key` prints")
		}
		text, err := readCertificate(c, file)
		if err != nil {
			return err
		}
		read, err := certificate.Verify(text, public)
		if err != nil {
			return fail(exitRefused, "Certificate refused", "the certificate is refused: %s", err)
		}
		return showCertificate(c, read)
	}
	return c
}

func readCertificate(c *cobra.Command, file string) (string, error) {
	from := c.InOrStdin()
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", usage("--file: %s", err)
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, 2<<20))
	if err != nil {
		return "", usage("--file: %s", err)
	}
	return string(text), nil
}

func certificateKeyCommand() *cobra.Command {
	return &cobra.Command{Use: "certificate-key", Short: "Print the public key that signs this installation's certificates of deletion", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		api, err := connectAsNobody()
		if err != nil {
			return err
		}
		key, err := answer[client.CertificateKeyOutBody](api.GetCertificateKey(c.Context()))
		if err != nil {
			return err
		}
		return show(c, key, func(line func(...any)) { line(base64.StdEncoding.EncodeToString(key.Key)) })
	}}
}

func showCertificate(c *cobra.Command, read certificate.Certificate) error {
	return show(c, read, func(line func(...any)) {
		line("workspace", read.Workspace.ID, read.Workspace.Host)
		line("tenant", read.Tenant.ID, read.Tenant.Name)
		line("asked for", when(read.AskedAt), "by "+asker(read))
		line("could be brought back until", when(read.DeleteAt))
		line("deleted", when(read.DeletedAt))
		for _, r := range read.Removed {
			line("removed "+r.Kind, r.Name, content(r)+r.Observed)
		}
		for _, a := range read.Ages {
			line("left: "+a.What, until(a.Until), a.Why)
		}
	})
}

// asker is who wanted it gone, as people know them too where the certificate tells.
func asker(read certificate.Certificate) string {
	if read.AskedByName == "" {
		return read.AskedBy
	}
	return read.AskedByName + " (" + read.AskedBy + ")"
}

func content(r certificate.Removed) string {
	if r.Objects == nil || r.Bytes == nil {
		return ""
	}
	return strconv.FormatInt(*r.Objects, 10) + " objects of " + strconv.FormatInt(*r.Bytes, 10) + " bytes; "
}

func until(at *time.Time) string {
	if at == nil {
		return "no date"
	}
	return "until " + when(*at)
}
