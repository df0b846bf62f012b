package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

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
		var last lastLine
		if _, err := io.Copy(io.MultiWriter(asItIs(c.OutOrStdout()), &last), res.Body); err != nil {
			return unreachable(err)
		}
		return last.judge()
	}
	return c
}

// lastLine keeps the last line of what is written.
type lastLine struct{ text []byte }

// Write implements io.Writer.
func (l *lastLine) Write(data []byte) (int, error) {
	l.text = append(l.text, data...)
	if end := bytes.LastIndexByte(bytes.TrimSuffix(l.text, []byte("\n")), '\n'); end >= 0 {
		l.text = append(l.text[:0], l.text[end+1:]...)
	}
	return len(data), nil
}

// judge returns an error for an export that nobody signed.
func (l *lastLine) judge() error {
	var end audit.ExportLine
	_ = json.Unmarshal(l.text, &end)
	switch {
	case end.End != nil:
		var said struct {
			Compared bool `json:"archive_compared"`
		}
		if _ = json.Unmarshal(end.End.Document, &said); !said.Compared {
			return fail(exitRefused, "Not everything judged", notCompared)
		}
		return nil
	case end.Fault != "":
		return fail(exitRefused, "Audit trail changed", "the export is signed by nobody: %s", end.Fault)
	}
	return fail(exitUnreachable, "Cut off", "the export broke off, and is signed by nobody; export it again")
}

const notCompared = "the archive could not be read when it was exported: whether something was cut off before is not known; export it again"

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
	if err := showVerified(c, v, public != nil); err != nil {
		return err
	}
	if len(v.Odd) > 0 {
		return fail(exitRefused, "Audit trail changed", "the audit trail has what nobody wrote: %s", v.Odd[0].Error())
	}
	if !v.Compared {
		return fail(exitRefused, "Not everything judged", notCompared)
	}
	return nil
}

func showVerified(c *cobra.Command, v audit.Verified, known bool) error {
	faults := []string{}
	for _, odd := range v.Odd {
		faults = append(faults, odd.Error())
	}
	shown := map[string]any{"chain": v.Chain, "events": v.Count, "checkpoints": v.Checkpoints, "signed_at": v.SignedAt, "key": v.Key, "compared": v.Compared, "faults": faults}
	if !v.Last.IsZero() {
		shown["last_at"] = v.Last
	}
	return show(c, shown, func(line func(...any)) {
		line("chain", v.Chain)
		line("events", v.Count)
		if v.Checkpoints > 0 {
			line("checkpoints", v.Checkpoints, "the last of "+when(v.Last))
		}
		by := "by the key that you gave"
		if !known {
			by = "by the key that is in it, which anybody could have made; give --public-key to know whose it is"
		}
		line("signed", when(v.SignedAt), by)
		for _, fault := range faults {
			line("FAULT", fault)
		}
	})
}
