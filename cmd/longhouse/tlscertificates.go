package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func tlsCertificatesCommand() *cobra.Command {
	return group("tls-certificates", "TLS certificates of workspaces; for operators", listTLSCertificatesCommand(), revokeTLSCertificateCommand())
}

func listTLSCertificatesCommand() *cobra.Command {
	var failing bool
	c := &cobra.Command{Use: "list", Short: "List TLS certificates, until when they are good, and hosts that get none", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		list, err := answer[client.ListTLSCertificate](api.ListTLSCertificates(c.Context()))
		if err != nil {
			return err
		}
		items := make([]client.TLSCertificate, 0, len(list.Items))
		for _, one := range list.Items {
			if !failing || one.FailedAt != nil {
				items = append(items, one)
			}
		}
		return show(c, items, func(line func(...any)) {
			line("HOST", "ISSUER", "FROM", "UNTIL", "REVOKED", "LAST FAILURE")
			for _, one := range items {
				line(one.Host, one.Issuer, whenKnown(one.NotBefore), whenKnown(one.NotAfter), revokedText(one.Revocation), failureText(one))
			}
		})
	}}
	c.Flags().BoolVar(&failing, "failing", false, "only hosts for which the last attempt to get or renew one failed")
	return c
}

func whenKnown(at *time.Time) string {
	if at == nil {
		return "-"
	}
	return when(*at)
}

func revokedText(r *client.TLSRevocation) string {
	switch {
	case r == nil:
		return "-"
	case r.DoneAt != nil:
		return "the one before, " + when(*r.DoneAt)
	case r.Failure != nil:
		return "the one before, and the issuer won't: " + *r.Failure
	}
	return "the one before; the issuer is being told"
}

func failureText(c client.TLSCertificate) string {
	if c.FailedAt == nil {
		return "-"
	}
	if c.Failure == nil {
		return when(*c.FailedAt)
	}
	return when(*c.FailedAt) + " " + *c.Failure
}

func revokeTLSCertificateCommand() *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "revoke HOST", Short: "Let nobody use a host's TLS certificate any more, and have another one issued", Args: cobra.ExactArgs(1),
		Long: "Let nobody use a host's TLS certificate any more. All edges that are connected stop using it within seconds, one of them tells the issuer,\n" +
			"and another one is issued with another key. What the local authority signed browsers take until it ends: it tells nobody of revocations.",
		RunE: func(c *cobra.Command, args []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			if _, err := answer[struct{}](api.RevokeTLSCertificate(c.Context(), args[0], nil, client.RevokeTLSBody{Reason: client.RevokeTLSBodyReason(reason)})); err != nil {
				return err
			}
			return show(c, map[string]string{"revoked": args[0]}, func(line func(...any)) {
				line("revoked", args[0])
				line("issuer", "`longhouse tls-certificates list` says when it has heard of it")
			})
		}}
	c.Flags().StringVar(&reason, "reason", "unspecified", "unspecified, keyCompromise (somebody else may have its key), superseded or cessationOfOperation")
	return writing(c)
}
