package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

// numbersFrom gives the numbers below n from the greatest on, and writes down how much it was asked for.
func numbersFrom(n int, asked *[]int32) history[int] {
	return history[int]{
		page: func(cursor *string, limit *int32) (items []int, next string, err error) {
			*asked = append(*asked, *limit)
			from := n
			if cursor != nil {
				if from, err = strconv.Atoi(*cursor); err != nil {
					return nil, "", err
				}
			}
			for len(items) < int(*limit) && from > 0 {
				from--
				items = append(items, from)
			}
			if from > 0 {
				next = strconv.Itoa(from)
			}
			return items, next, nil
		},
		head: []any{"NUMBER"},
		row:  func(n int) []any { return []any{n} },
	}
}

func TestAHistoryIsReadNoFurtherThanItIsWanted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of    int
		most  uint32
		asked []int32
		shown int
		told  string
	}{
		{0, 100, []int32{100}, 0, ""},
		{100, 100, []int32{100}, 100, ""},
		{101, 100, []int32{100}, 100, "the newest 100, and there are more: --limit 200 "},
		{450, 450, []int32{200, 200, 50}, 450, ""},
		{451, 450, []int32{200, 200, 50}, 450, "--limit 900 "},
		{450, 0, []int32{200, 200, 200}, 450, ""},
	} {
		for _, asJSON := range []bool{false, true} {
			var asked []int32
			var out, told bytes.Buffer
			verb := &cobra.Command{}
			verb.Flags().Bool("json", asJSON, "")
			verb.SetOut(&out)
			verb.SetErr(&told)
			if err := numbersFrom(c.of, &asked).print(verb, c.most); err != nil {
				t.Fatal(err)
			}
			lines, want := strings.Fields(out.String()), []string{"NUMBER"}
			if asJSON {
				lines, want = nil, nil
				var list []int
				if err := json.Unmarshal(out.Bytes(), &list); err != nil {
					t.Fatal(err)
				}
				for _, n := range list {
					lines = append(lines, fmt.Sprint(n))
				}
			}
			for i := range c.shown {
				want = append(want, fmt.Sprint(c.of-1-i))
			}
			if !slices.Equal(lines, want) || !slices.Equal(asked, c.asked) || (told.String() == "") != (c.told == "") || !strings.Contains(told.String(), c.told) {
				t.Errorf("--limit %d of %d, JSON %t: asked for %v, said %q, shown are %v", c.most, c.of, asJSON, asked, told.String(), lines)
			}
		}
	}
}

func TestWhatGrowsWithoutEndIsListedInPart(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	s.want(exitDone, "workspaces", "stop", "engines", "--wait")
	var hook client.CreatedWebhook
	s.want(exitDone, "webhooks", "add", "https://localhost:1/in", "--json").into(t, &hook)
	s.deliver()
	for range 2 {
		s.want(exitRefused, "webhooks", "test", hook.Webhook.ID)
	}
	for _, verb := range [][]string{{"operations", "list"}, {"audit", "list"}, {"webhooks", "deliveries", hook.Webhook.ID}} {
		for limit, more := range map[string]bool{"1": true, "0": false} {
			r := s.want(exitDone, append(slices.Clone(verb), "--limit", limit)...)
			if strings.Contains(r.err, "there are more") != more || more && strings.Count(r.out, "\n") != 2 {
				t.Errorf("%v --limit %s: %s%s", verb, limit, r.err, r.out)
			}
		}
	}
	for _, limit := range []string{"-1", "some", "99999999999"} {
		s.want(exitUsage, "operations", "list", "--limit", limit)
	}
}
