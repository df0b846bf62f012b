package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/internal/strictjson"
)

// How large and deep a file with an IP filter may be.
const (
	ipFilterFileMost  = 1 << 20
	ipFilterFileDepth = 4
)

// ipFilterFile is an IP filter in a file: what `show --json` prints, or less.
type ipFilterFile struct {
	Version    *int64             `json:"version,omitempty"` // on which it is based; nil: the one in force
	Open       *bool              `json:"open,omitempty"`    // nil: as it is
	Rules      []ruleInFile       `json:"rules"`
	Exceptions *[]exceptionInFile `json:"exceptions,omitempty"` // nil: as they are

	// What is only shown.
	Forced      bool   `json:"forced,omitempty"`
	ChangedBy   string `json:"changed_by,omitempty"`
	ChangedAt   string `json:"changed_at,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Trial       any    `json:"trial,omitempty"`
	YourAddress string `json:"your_address,omitempty"`
}

type ruleInFile struct {
	ID      *string    `json:"id,omitempty"`
	Network string     `json:"network"`
	Name    *string    `json:"name,omitempty"`
	Owner   *string    `json:"owner,omitempty"`
	Enabled *bool      `json:"enabled,omitempty"`
	Until   *time.Time `json:"until,omitempty"`

	// What is only shown.
	AddedBy    string `json:"added_by,omitempty"`
	AddedAt    string `json:"added_at,omitempty"`
	BreakGlass string `json:"break_glass,omitempty"`
}

type exceptionInFile struct {
	For     string     `json:"for"`
	Tokens  []string   `json:"tokens"`
	Network string     `json:"network"`
	Name    *string    `json:"name,omitempty"`
	Owner   *string    `json:"owner,omitempty"`
	Enabled *bool      `json:"enabled,omitempty"`
	Until   *time.Time `json:"until,omitempty"`

	// What is only shown.
	AddedBy string `json:"added_by,omitempty"`
	AddedAt string `json:"added_at,omitempty"`
}

func setIPFilterCommand() *cobra.Command {
	var file string
	var version int64
	c := editing{"set NAME", "Replace all rules by those of a file", cobra.ExactArgs(1), func(c *cobra.Command, body *client.IPFilterBody, _ []string) error {
		raw, err := readIPFilterFile(c, file)
		if err != nil {
			return err
		}
		f, err := decodeIPFilter(raw)
		if err != nil {
			return usage("--file: %s", err)
		}
		if c.Flags().Changed("version") {
			f.Version = &version
		}
		f.onto(body)
		return nil
	}}.command()
	c.Long = "Replace all rules by those of a file: JSON as `longhouse ip-filter show NAME --json` prints it, of which only `rules` must be there, and\n" +
		"of a rule only `network`; without `exceptions` those stay as they are. With a version in it, or by --version, it is refused when somebody else has changed the filter since.\n" +
		"Rules that have the network or the id of one that is there stay the same rules."
	c.Flags().StringVar(&file, "file", "", "the file; - for standard input")
	c.Flags().Int64Var(&version, "version", 0, "the version that it shall replace, whatever the file says")
	return c
}

func readIPFilterFile(c *cobra.Command, file string) ([]byte, error) {
	from := c.InOrStdin()
	switch file {
	case "":
		return nil, usage("ip-filter set needs --file, with JSON as `longhouse ip-filter show NAME --json` prints it")
	case "-":
	default:
		f, err := os.Open(file)
		if err != nil {
			return nil, usage("--file: %s", err)
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, ipFilterFileMost+1))
	if err != nil {
		return nil, usage("--file: %s", err)
	}
	if len(raw) > ipFilterFileMost {
		return nil, usage("--file is larger than the %d bytes that are allowed", ipFilterFileMost)
	}
	return raw, nil
}

// decodeIPFilter reads a file; whatever it does not know is refused.
func decodeIPFilter(raw []byte) (f ipFilterFile, err error) {
	if err := strictjson.Check(raw, ipFilterFileDepth); err != nil {
		return f, fmt.Errorf("of the file is said: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return f, fmt.Errorf("the file is no IP filter as `longhouse ip-filter show NAME --json` prints it: %w", err)
	}
	if f.Rules == nil {
		return f, errors.New("the file has no `rules`; to have none, write []")
	}
	return f, nil
}

// onto puts what the file has in the place of what there is. An id that no rule has any more is left out: the file may be of an older version.
func (f ipFilterFile) onto(body *client.IPFilterBody) {
	there := map[string]bool{}
	for _, r := range body.Rules {
		there[*r.ID] = true
	}
	if f.Version != nil {
		body.Version = *f.Version
	}
	if f.Open != nil {
		body.Open = *f.Open
	}
	if f.Exceptions != nil {
		list := make([]client.IPExceptionBody, 0, len(*f.Exceptions))
		for _, e := range *f.Exceptions {
			list = append(list, client.IPExceptionBody{For: e.For, Network: e.Network, Tokens: e.Tokens, Name: e.Name, Owner: e.Owner, Enabled: e.Enabled, Until: e.Until})
		}
		body.Exceptions = &list
	}
	body.Rules = make([]client.IPRuleBody, 0, len(f.Rules))
	for _, r := range f.Rules {
		if r.ID != nil && !there[*r.ID] {
			r.ID = nil
		}
		body.Rules = append(body.Rules, client.IPRuleBody{ID: r.ID, Network: r.Network, Name: r.Name, Owner: r.Owner, Enabled: r.Enabled, Until: r.Until})
	}
}
