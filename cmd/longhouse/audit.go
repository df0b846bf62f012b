package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants/audit"
)

func auditCommand() *cobra.Command {
	return group("audit", "Audit trails: who did what, and that nobody changed it since",
		listAuditCommand(), verifyAuditCommand(), exportAuditCommand(), auditKeyCommand())
}

// ofTenant adds the flag that chooses between a tenant's trail and the operators' own.
func ofTenant(c *cobra.Command, tenant *string, operators *bool) {
	c.Flags().StringVar(tenant, "tenant", "", "a tenant's trail, by id or name (default: that of your only one)")
	c.Flags().BoolVar(operators, "operators", false, "the trail of what belongs to no tenant; for operators")
	c.MarkFlagsMutuallyExclusive("tenant", "operators")
}

func verifyAuditCommand() *cobra.Command {
	var tenant, file, key string
	c := &cobra.Command{Use: "verify", Short: "Check that an audit trail is as it was written", Args: cobra.NoArgs,
		Long: "Check that an audit trail is as it was written: that of a tenant, all of them for operators, or with --file one that was\nexported, without any server. Bring the key that you wrote down (`longhouse audit key`), or only wholeness is checked."}
	c.Flags().StringVar(&tenant, "tenant", "", "a tenant's trail, by id or name (default: all, for operators; else that of your only one)")
	c.Flags().StringVar(&file, "file", "", "an export, to be checked without a server; - for standard input")
	c.Flags().StringVar(&key, "public-key", "", "the key that the export has to be signed by, in base64")
	c.MarkFlagsMutuallyExclusive("tenant", "file")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if file != "" {
			return verifyFile(c, file, key)
		}
		if key != "" {
			return usage("--public-key is for exports; it needs --file")
		}
		return verifyOnline(c, tenant)
	}
	return c
}

func verifyOnline(c *cobra.Command, tenant string) error {
	api, err := connect()
	if err != nil {
		return err
	}
	me, err := answer[client.Me](api.GetMe(c.Context()))
	if err != nil {
		return err
	}
	var report client.AuditReport
	if tenant == "" && me.Kind == client.MeKindOperator {
		report, err = answer[client.AuditReport](api.VerifyAllAudit(c.Context()))
	} else {
		if tenant, err = findTenant(c, api, tenant); err != nil {
			return err
		}
		report, err = answer[client.AuditReport](api.VerifyAudit(c.Context(), tenant))
	}
	if err != nil {
		return err
	}
	err = show(c, report, func(line func(...any)) {
		line("chains", report.Chains)
		line("events", report.Events)
		line("checkpoints", report.Checkpoints)
		line("archived", report.Archived)
		for _, fault := range report.Faults {
			line("FAULT", fault)
		}
	})
	if err == nil && len(report.Faults) > 0 {
		err = fail(exitRefused, "Audit trail changed", "the audit trail is not as it was written: %s", report.Faults[0])
	}
	return err
}

func verifyFile(c *cobra.Command, file, key string) error {
	var public ed25519.PublicKey
	if key != "" {
		raw, err := base64.StdEncoding.DecodeString(key)
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return usage("--public-key must be the base64 that `longhouse audit key` prints")
		}
		public = raw
	}
	from := c.InOrStdin()
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return usage("--file: %s", err)
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	v, err := audit.Verify(from, public)
	if err != nil {
		return fail(exitRefused, "Audit trail changed", "%s", err)
	}
	signed := "by the key that you gave"
	switch {
	case v.Covered == 0:
		signed = "not yet: no checkpoint in it speaks for its events; those of the last hour wait for the next one"
	case public == nil:
		signed = "by the key that is in it; give --public-key to know whose it is"
	}
	return show(c, map[string]any{"chain": v.Chain, "events": v.Events, "covered": v.Covered, "checkpoints": v.Checkpoints, "at": v.At}, func(line func(...any)) {
		line("chain", v.Chain)
		line("events", v.Events)
		line("under checkpoints", v.Covered)
		line("checkpoints", v.Checkpoints, "the last of", when(v.At))
		line("signed", signed)
	})
}

func exportAuditCommand() *cobra.Command {
	var tenant string
	var operators bool
	c := &cobra.Command{Use: "export", Short: "Write an audit trail to standard output, to be verified without a server", Args: cobra.NoArgs}
	ofTenant(c, &tenant, &operators)
	c.RunE = func(c *cobra.Command, _ []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		var res *http.Response
		if operators {
			res, err = api.ExportOperatorAudit(c.Context())
		} else {
			if tenant, err = findTenant(c, api, tenant); err != nil {
				return err
			}
			res, err = api.ExportAudit(c.Context(), tenant)
		}
		if err != nil {
			return unreachable(err)
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusOK {
			_, err := answer[struct{}](res, nil)
			return err
		}
		if _, err := io.Copy(asItIs(c.OutOrStdout()), res.Body); err != nil {
			return unreachable(err)
		}
		return nil
	}
	return c
}

func auditKeyCommand() *cobra.Command {
	return &cobra.Command{Use: "key", Short: "Print the public key that signs this installation's audit trails", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		api, err := connectAsNobody()
		if err != nil {
			return err
		}
		key, err := answer[client.AuditKeyOutBody](api.GetAuditKey(c.Context()))
		if err != nil {
			return err
		}
		return show(c, key, func(line func(...any)) { line(base64.StdEncoding.EncodeToString(key.Key)) })
	}}
}
