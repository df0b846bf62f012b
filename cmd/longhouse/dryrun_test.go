package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestADryRunOfDeleteSaysWhatWouldGoAndDeletesNothing(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	var plan client.Plan
	s.want(exitDone, "workspaces", "delete", "engines", "--dry-run", "--json").into(t, &plan)
	if !plan.DryRun || len(plan.Changes) != 1 || plan.Changes[0].Action != "workspace.delete" || len(plan.Operations) != 1 {
		t.Errorf("%+v", plan)
	}
	var ws client.Workspace
	s.want(exitDone, "workspaces", "show", "engines", "--json").into(t, &ws)
	if ws.State != client.WorkspaceStateRunning {
		t.Errorf("%+v", ws)
	}
	if r := s.want(exitDone, "workspaces", "stop", "engines", "--wait", "--dry-run"); !strings.Contains(r.out, "Nothing was changed") {
		t.Errorf("%+v", r)
	}
	s.want(exitRefused, "workspaces", "start", "engines", "--dry-run")
}

func TestADryRunTellsTheDetails(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	(&shell{t: t, home: t.TempDir(), api: s.api}).signUp("friend")
	_, err := s.pool.Exec(t.Context(), "update persons set email_confirmed_at = now() where email = 'friend@example.com'")
	s.must(err)
	s.want(exitDone, "members", "set", "friend@example.com", "auditor")
	var made client.CreatedWebhook
	s.want(exitDone, "webhooks", "add", "https://hooks.example/in", "--json").into(t, &made)
	year := time.Now().Add(48 * time.Hour).Format(time.DateOnly)
	for want, args := range map[string][]string{
		"delete_at=" + year:          {"workspaces", "delete", "engines", "--at", year},
		"role=billing, was=auditor":  {"members", "set", "friend@example.com", "billing"},
		"was=auditor":                {"members", "remove", "friend@example.com"},
		"name=robot, scopes=t":       {"tokens", "create", "robot", "--scope", "tenant:read"},
		"name=Lab, region=l":         {"workspaces", "create", "--slug", "lab", "--name", "Lab"},
		"events=token.* workspace.*": {"webhooks", "add", "https://hooks.example/secret", "--event", "workspace.*,token.*"},
		"changed=events url, enabled=true, events=token.create, host=other": {"webhooks", "update", made.Webhook.ID, "--url", "https://other.example/secret", "--event", "token.create"},
	} {
		if r := s.want(exitDone, append(args, "--dry-run")...); !strings.Contains(r.out, want) || strings.Contains(r.out, "/secret") {
			t.Errorf("%v: want %s in\n%s", args, want, r.out)
		}
	}
	if r := s.want(exitDone, "audit", "list", "--action", "member.set"); !strings.Contains(r.out, "role=auditor") {
		t.Errorf("%s", r.out)
	}
}

func TestADryRunOfSignUpSavesNoLogin(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.want(exitDone, "signup", "--email", "ada@example.com", "--password-file", s.passwordFile(), "--tenant", "Engines", "--workspace", "engines", "--dry-run", "--wait")
	s.want(exitNotSignedIn, "whoami")
}

// reading are the verbs that change nothing over the API: those that only ask, and those that act on this machine.
var reading = []string{"up", "serve", "sweep", "isolation", "upgrade", "backup verify", "whoami", "borders", "openapi", "completion", "exit-codes", "trust",
	"workspaces list", "cells list", "cells show", "cells runs", "workspaces show", "workspaces access-log", "workspaces certificate", "workspaces verify-certificate", "workspaces certificate-key",
	"ip-filter show", "ip-filter history", "ip-filter activity", "operations list", "operations show", "operations watch", "operations why-stuck", "operations stuck",
	"audit list", "audit verify", "audit export", "audit key", "tenants list", "members list", "tokens list",
	"webhooks list", "webhooks show", "webhooks deliveries", "clock show", "edges list", "trust", "tls-certificates list", "domains list", "domains show", "workspaces backups"}

func TestEveryVerbThatChangesSomethingCanBeRehearsed(t *testing.T) {
	t.Parallel()
	for _, noun := range rootCommands() {
		for _, verb := range append(noun.Commands(), noun) {
			name := strings.TrimPrefix(verb.CommandPath(), "longhouse ")
			if noun.Hidden || verb.HasSubCommands() {
				continue
			}
			if rehearsable := verb.Flags().Lookup(dryRunFlag) != nil; rehearsable == slices.Contains(reading, name) {
				t.Errorf("%s: --dry-run is there: %t; wrap the verb in writing(), or list it with those that read", name, rehearsable)
			}
		}
	}
}
