package main

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
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
		Long: "Check that an audit trail is as it was written: that of a tenant, all of them for operators, or with --file one that was\nexported, without any server. Bring the key that you wrote down (`longhouse audit key`): without it nobody knows who signed\nthe export. The exit code is 0 only where everything could be judged, and is as it was written."}
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
	if err := show(c, report, func(line func(...any)) { showReport(line, report) }); err != nil {
		return err
	}
	switch {
	case len(report.Faults) > 0:
		return fail(exitRefused, "Audit trail changed", "the audit trail is not as it was written: %s", report.Faults[0])
	case len(report.Unjudged) > 0:
		return fail(exitRefused, "Not everything judged", "no fault was found, and not everything could be judged: %s", report.Unjudged[0])
	}
	return nil
}

func showReport(line func(...any), r client.AuditReport) {
	line("chains", r.Chains)
	line("events", r.Events)
	if r.Waiting > 0 {
		line("waiting", fmt.Sprintf("%d more, the first of them for %s", r.Waiting, (time.Duration(r.WaitingSeconds)*time.Second)))
	}
	last := "none yet"
	if r.LastAt != nil {
		last = "the last of " + when(*r.LastAt)
	}
	line("checkpoints", fmt.Sprintf("%d, %s", r.Checkpoints, last))
	line("archived", r.Archived)
	for _, restore := range r.Restores {
		line("restored", fmt.Sprintf("%s, from a backup of %s with checkpoint %d; lost: %s", when(restore.At), when(restore.BackupAt), restore.Checkpoint, numbers(restore.Lost)))
	}
	for _, what := range r.Unjudged {
		line("UNJUDGED", what)
	}
	for _, fault := range r.Faults {
		line("FAULT", fault)
	}
}

// numbers tells numbers in ascending order, runs of them as such.
func numbers(list []int64) string {
	slices.Sort(list)
	var told []string
	for i := 0; i < len(list); {
		end := i
		for end+1 < len(list) && list[end+1] == list[end]+1 {
			end++
		}
		text := fmt.Sprint(list[i])
		if end > i {
			text += fmt.Sprintf("-%d", list[end])
		}
		told = append(told, text)
		i = end + 1
	}
	if told == nil {
		return "nothing that was archived"
	}
	return strings.Join(told, ", ")
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
