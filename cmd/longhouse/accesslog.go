package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane"
	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// requests is what of an access log is wanted, as it was typed.
type requests struct {
	since, until, client, status, export string
	most                                 *uint32
}

func accessLogCommand() *cobra.Command {
	var r requests
	c := onWorkspace("access-log", "List who asked what of a workspace, the last first", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		asked := client.ListAccessLogParams{Client: optional(r.client), Status: optional(r.status)}
		var err error
		if asked.Since, err = bound("since", r.since, time.Now()); err != nil {
			return err
		}
		if asked.Until, err = bound("until", r.until, time.Now()); err != nil {
			return err
		}
		if r.export != "" {
			if c.Flags().Changed("limit") {
				return usage("--export writes all that there is; it goes without --limit")
			}
			return exportRequests(c, api, ws, client.ExportAccessLogParams{Since: asked.Since, Until: asked.Until, Client: asked.Client, Status: asked.Status}, r.export)
		}
		return listRequests(c, api, ws, asked, *r.most)
	})
	c.Flags().StringVar(&r.since, "since", "1h", "only from then on: "+boundForms)
	c.Flags().StringVar(&r.until, "until", "", "only before then")
	c.Flags().StringVar(&r.client, "client", "", "only what this address, or this network, asked")
	c.Flags().StringVar(&r.status, "status", "", "only what was answered so, as in 403, or 4xx")
	c.Flags().StringVar(&r.export, "export", "", "a new file for all of it, a line of JSON for each request; - for standard output")
	r.most = limiting(c)
	return c
}

func listRequests(c *cobra.Command, api *connection, ws client.Workspace, asked client.ListAccessLogParams, most uint32) error {
	var first *client.AccessPage
	err := history[client.AccessLine]{
		page: func(cursor *string, limit *int32) ([]client.AccessLine, string, error) {
			asked.Cursor, asked.Limit = cursor, limit
			page, err := answer[client.AccessPage](api.ListAccessLog(c.Context(), ws.ID, &asked))
			if first == nil {
				first = &page
			}
			return page.Items, page.NextCursor, err
		},
		head: []any{"AT", "CLIENT", "METHOD", "STATUS", "SECONDS", "BYTES", "HOST", "PATH", "REFUSED", "REQUEST"},
		row: func(l client.AccessLine) []any {
			return []any{when(l.Time), orDash(&l.Client), methodOf(l), l.Status, fmt.Sprintf("%.3f", l.Seconds), l.Bytes, l.Host, l.Path, orDash(l.Refused), l.RequestID}
		},
	}.print(c, most)
	if err != nil {
		return err
	}
	if asked.Until == nil || asked.Until.After(first.CompleteUntil) {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "complete up to %s; lines are kept for %d days\n", when(first.CompleteUntil), first.KeptDays)
	}
	for _, e := range first.Behind {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "what came by the edge %s since %s is not all here yet\n", e.Name, when(e.Until))
	}
	return nil
}

// methodOf tells web sockets from what else is asked by GET.
func methodOf(l client.AccessLine) string {
	if l.WebSocket != nil && *l.WebSocket {
		return "WEBSOCKET"
	}
	return l.Method
}

// exportRequests writes to a file that is not there yet. Where the export breaks off, so does the file, and it is said.
func exportRequests(c *cobra.Command, api *connection, ws client.Workspace, asked client.ExportAccessLogParams, path string) error {
	res, err := api.ExportAccessLog(c.Context(), ws.ID, &asked)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		_, err := answer[struct{}](res, nil)
		return err
	}
	out := asItIs(c.OutOrStdout())
	if path != "-" {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return usage("--export: %s", err)
		}
		defer func() { _ = file.Close() }()
		out = file
	}
	var last lastLine
	if _, err := io.Copy(io.MultiWriter(out, &last), res.Body); err != nil {
		return unreachable(err)
	}
	end := endOfRequests(last.text)
	if !end.End {
		return fail(exitUnreachable, "Cut off", "the export broke off; export it again")
	}
	if file, is := out.(*os.File); is {
		if err := file.Close(); err != nil {
			return fail(exitRefused, "Not written", "--export: %s", err)
		}
	}
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "%d lines, complete up to %s\n", end.Lines, when(end.CompleteUntil))
	return nil
}

// endOfRequests reads the last line of an export; of one that broke off it is a line like all others.
func endOfRequests(text []byte) (end controlplane.AccessEnd) {
	if json.Unmarshal(text, &end) != nil {
		return controlplane.AccessEnd{}
	}
	return end
}
