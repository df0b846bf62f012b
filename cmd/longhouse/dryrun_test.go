package main

import (
	"slices"
	"strings"
	"testing"

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

func TestADryRunOfSignUpSavesNoLogin(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.want(exitDone, "signup", "--email", "ada@example.com", "--password-file", s.passwordFile(), "--tenant", "Engines", "--workspace", "engines", "--dry-run", "--wait")
	s.want(exitNotSignedIn, "whoami")
}

// reading are the verbs that change nothing over the API: those that only ask, and those that act on this machine.
var reading = []string{"up", "serve", "sweep", "isolation", "upgrade", "backup verify", "restore", "whoami", "borders", "openapi", "completion", "exit-codes",
	"workspaces list", "cells list", "cells show", "cells runs", "workspaces show", "workspaces certificate", "workspaces verify-certificate", "workspaces certificate-key",
	"operations list", "operations show", "operations watch", "operations why-stuck", "operations stuck",
	"audit list", "audit verify", "audit export", "audit key", "tenants list", "members list", "tokens list",
	"webhooks list", "webhooks show", "webhooks deliveries"}

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
