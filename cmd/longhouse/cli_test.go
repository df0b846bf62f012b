package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestSignUpWaitsAndPrintsOneObject(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	r := s.signUp("engines", "--wait", "--json")
	var done struct {
		Workspace struct{ ID, URL, State string }
		Operation struct{ ID, State string }
		Token     string
	}
	r.into(t, &done)
	if r.code != exitDone || r.err != "" || !strings.HasPrefix(done.Workspace.ID, "ws_") || done.Workspace.URL != "http://engines.longhouse.test" ||
		done.Workspace.State != "running" || !strings.HasPrefix(done.Operation.ID, "op_") || done.Operation.State != "succeeded" || done.Token == "" {
		t.Errorf("%d %+v %s", r.code, done, r.err)
	}
}

func TestSignUpTellsItsStepsToPeople(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	r := s.signUp("engines", "--wait")
	if r.code != exitDone || !strings.Contains(r.err, "done   database") || !strings.Contains(r.out, "http://engines.longhouse.test") {
		t.Errorf("%+v", r)
	}
}

func TestAWorkspacesLifeOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	var way client.Opened
	s.want(exitDone, "workspaces", "open", "engines", "--json").into(t, &way)
	if way.Token != "session-token" || !strings.HasPrefix(way.URL, "http://engines.longhouse.test/") {
		t.Errorf("%+v", way)
	}
	var done client.CreatedWorkspace
	s.want(exitDone, "workspaces", "stop", "engines", "--wait", "--message", "back at noon", "--json").into(t, &done)
	if done.Workspace.State != client.WorkspaceStateStopped {
		t.Errorf("%+v", done)
	}
	s.want(exitRefused, "workspaces", "open", "engines")
	s.want(exitDone, "workspaces", "start", done.Workspace.ID, "--wait")
	s.want(exitUsage, "workspaces", "delete", "engines", "--now")
	s.want(exitUsage, "workspaces", "delete", "engines", "--now", "--yes", "--at", "2026-12-24")
	s.want(exitUsage, "workspaces", "delete", "engines", "--at", "christmas")
	if r := s.want(exitUsage, "workspaces", "delete", "engines", "--at", "2020-12-24"); !strings.Contains(r.err, "--at 2020-12-24 is past") {
		t.Errorf("%+v", r)
	}
	s.want(exitRefused, "workspaces", "delete", "engines", "--at", "2020-12-24", "--yes")
	var deletion client.ChangedWorkspace
	s.want(exitDone, "workspaces", "delete", "engines", "--wait", "--json").into(t, &deletion)
	if deletion.Workspace.State != client.WorkspaceStateDeleting || deletion.Workspace.DeleteAt == nil || deletion.Operation.Kind != client.OperationKindRetire {
		t.Errorf("%+v", deletion)
	}
	if r := s.want(exitDone, "workspaces", "delete", "engines", "--at", time.Now().Add(48*time.Hour).Format(time.DateOnly)); !strings.Contains(r.out, "brought back until") {
		t.Errorf("%s", r.out)
	}
	deletion = client.ChangedWorkspace{}
	s.want(exitDone, "workspaces", "undelete", "engines", "--wait", "--json").into(t, &deletion)
	if deletion.Workspace.State != client.WorkspaceStateRunning || deletion.Workspace.DeleteAt != nil {
		t.Errorf("%+v", deletion)
	}
	if r := s.want(exitDone, "workspaces", "list"); !strings.Contains(r.out, "DELETION") {
		t.Errorf("%+v", r)
	}
	s.want(exitDone, "workspaces", "delete", "engines", "--now", "--yes", "--wait")
	if r := s.want(exitDone, "workspaces", "list"); strings.Contains(r.out, "engines") {
		t.Errorf("%+v", r)
	}
	if r := s.want(exitDone, "workspaces", "list", "--deleted"); !strings.Contains(r.out, "engines") || !strings.Contains(r.out, "deleted  "+time.Now().Format("2006-01-02")) {
		t.Errorf("%+v", r)
	}
	if r := s.want(exitDone, "workspaces", "list", "--json"); r.out != "[]\n" {
		t.Errorf("%q", r.out)
	}
	var ops []client.Operation
	s.want(exitDone, "operations", "list", "--workspace", done.Workspace.ID, "--json").into(t, &ops)
	if len(ops) != 6 || ops[0].Kind != client.OperationKindDelete {
		t.Errorf("%+v", ops)
	}
	for _, verb := range []string{"show", "watch"} {
		if r := s.want(exitDone, "operations", verb, ops[0].ID); !strings.Contains(r.out, "succeeded") {
			t.Errorf("%s: %s", verb, r.out)
		}
	}
}

func TestAnOperationThatEndsBadlyHasItsOwnExitCode(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Undone)
	r := s.signUp("engines", "--wait", "--json")
	var done client.SignedUp
	r.into(t, &done)
	if r.code != exitUndone || done.Operation.State != client.OperationStateUndone || !strings.Contains(r.err, "it ended") {
		t.Errorf("%+v", r)
	}
	s.want(exitUndone, "operations", "watch", done.Operation.ID)
	for want, args := range map[int][]string{
		1: {"--failed", "--state", "undone", "--tenant", done.Tenant.ID},
		0: {"--state", "running"},
	} {
		var listed []client.Operation
		s.want(exitDone, append([]string{"operations", "list", "--json"}, args...)...).into(t, &listed)
		if len(listed) != want {
			t.Errorf("%v: listed are %+v", args, listed)
		}
	}
	if r := s.want(exitRefused, "operations", "retry", done.Operation.ID); !strings.Contains(r.err, "longhouse workspaces create --slug engines --name ") {
		t.Errorf("retry of what can't be retried says %s", r.err)
	}
	_, err := s.pool.Exec(t.Context(), `update operations set stuck_since = now(), cancelled_by = 'ada', cancel_reason = 'too late', failure = 'database: no room'`)
	s.must(err)
	shown := s.want(exitDone, "operations", "show", done.Operation.ID).out
	for _, line := range []string{`stuck since +20`, `cancelled by +ada`, `cancelled for +too late`, `failed with +something failed on our side`, `finished +20`} {
		if !regexp.MustCompile(line).MatchString(shown) {
			t.Errorf("nothing like %q is in\n%s", line, shown)
		}
	}
}

func TestTheLoginIsSavedForThisUserAndThisServerOnly(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.want(exitNotSignedIn, "workspaces", "list")
	s.signUp("engines", "--wait")
	path := filepath.Join(s.home, ".config", "longhouse", "login.json")
	info, err := os.Stat(path)
	s.must(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %#o", info.Mode().Perm())
	}
	s.want(exitDone, "whoami")
	elsewhere := *s
	elsewhere.api = "http://127.0.0.1:1"
	if r := elsewhere.want(exitNotSignedIn, "whoami"); !strings.Contains(r.err, "longhouse login") {
		t.Errorf("%+v", r)
	}
	s.want(exitDone, "logout")
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the login is still there: %v", err)
	}
}

func TestLoginTakesThePasswordFromAFile(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines")
	s.want(exitDone, "logout")
	s.want(exitDone, "login", "--email", "engines@example.com", "--password-file", s.passwordFile())
	s.want(exitDone, "whoami")
	wrong := filepath.Join(t.TempDir(), "wrong")
	s.must(os.WriteFile(wrong, []byte("not the password"), 0o600))
	s.want(exitNotSignedIn, "login", "--email", "engines@example.com", "--password-file", wrong)
	s.want(exitUsage, "login", "--email", "engines@example.com", "--password-file", wrong+"-missing")
	s.want(exitUsage, "login", "--email", "engines@example.com")
}

func TestATokenFromTheEnvironmentIsEnough(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	var made client.CreatedToken
	s.want(exitDone, "tokens", "create", "robot", "--scope", "tenant:read", "--json").into(t, &made)
	robot := &shell{t: t, home: t.TempDir(), api: s.api, token: made.Secret}
	robot.want(exitDone, "workspaces", "list")
	if r := robot.want(exitRefused, "workspaces", "stop", "engines"); !strings.Contains(r.err, "workspaces:operate") {
		t.Errorf("%+v", r)
	}
	s.want(exitDone, "tokens", "revoke", made.Token.ID)
	robot.want(exitNotSignedIn, "workspaces", "list")
}

func TestMembersAreSetAndRemoved(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines")
	friend := &shell{t: t, home: t.TempDir(), api: s.api, store: s.store}
	friend.signUp("friend")
	if r := s.want(exitRefused, "members", "set", "friend@example.com", "auditor"); !strings.Contains(r.err, "confirm it first") {
		t.Errorf("%s", r.err)
	}
	_, err := s.pool.Exec(t.Context(), "update persons set email_confirmed_at = now() where email = 'friend@example.com'")
	s.must(err)
	s.want(exitDone, "members", "set", "friend@example.com", "auditor")
	if r := s.want(exitDone, "members", "list"); !strings.Contains(r.out, "auditor") {
		t.Errorf("%s", r.out)
	}
	friend.want(exitUsage, "members", "list")
	friend.want(exitDone, "members", "list", "--tenant", "Tenant engines")
	s.want(exitDone, "members", "remove", "friend@example.com")
	s.want(exitRefused, "members", "remove", "friend@example.com")
}

func TestErrorsAreProblemsOnStandardError(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	r := s.signUp("admin", "--json")
	var p client.Problem
	if err := json.Unmarshal([]byte(r.err), &p); err != nil {
		t.Fatalf("%q: %v", r.err, err)
	}
	if r.code != exitRefused || r.out != "" || p.Status != 422 || !strings.Contains(p.Detail, "reserved") || (*p.Errors)[0].Location != "body.slug" || p.RequestID == "" {
		t.Errorf("%+v", r)
	}
}

func TestMistakesInTheCommandLineSendNothing(t *testing.T) {
	t.Parallel()
	s := &shell{t: t, home: t.TempDir(), api: "http://127.0.0.1:1"}
	for _, args := range [][]string{
		{"bogus"}, {"workspaces"}, {"workspaces", "bogus"}, {"workspaces", "show"}, {"signup", "--bogus"}, {"signup"}, {"login"},
		{"signup", "--email", "a@example.com", "--tenant", "x", "--workspace", "y"},
	} {
		if r := s.want(exitUsage, args...); r.out != "" || !strings.HasPrefix(r.err, "longhouse: ") || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

func TestAServerThatIsAwayIsNamed(t *testing.T) {
	t.Parallel()
	s := &shell{t: t, home: t.TempDir(), api: "http://127.0.0.1:1", token: "lht_x"}
	if r := s.want(exitUnreachable, "workspaces", "list"); !strings.Contains(r.err, "http://127.0.0.1:1") || !strings.Contains(r.err, "longhouse up") {
		t.Errorf("%+v", r)
	}
	for _, address := range []string{"not an address", "http://", "http://a b", "ftp://host", "http://host/?x", "http://host#x"} {
		s.api = address
		if r := s.want(exitUsage, "workspaces", "list"); !strings.Contains(r.err, "http://host:port") {
			t.Errorf("%s: %s", address, r.err)
		}
	}
	s.api = "http://ada:hunter2@host"
	if r := s.want(exitUsage, "workspaces", "list"); strings.Contains(r.err, "hunter2") {
		t.Errorf("%s", r.err)
	}
}

func TestHelpListsTheExitCodes(t *testing.T) {
	t.Parallel()
	s := &shell{t: t, home: t.TempDir()}
	if r := s.want(exitDone, "help", "exit-codes"); !strings.Contains(r.out, "4  the operation ended, but was undone") {
		t.Errorf("%+v", r)
	}
}

func TestAFlagsValueIsNotNamedByTheCommandItSpeaksOf(t *testing.T) {
	t.Parallel()
	s := &shell{t: t, home: t.TempDir()}
	if r := s.want(exitDone, "backup", "--help"); !strings.Contains(r.out, "--data string") || !strings.Contains(r.out, "directory that 'longhouse up' has made") {
		t.Error(r.out)
	}
}

// TestTheGuideKnowsEveryVerbAndExitCode compares docs/cli.md with the program.
func TestTheGuideKnowsEveryVerbAndExitCode(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, noun := range rootCommands() {
		for _, verb := range append(noun.Commands(), noun) {
			name := strings.TrimPrefix(verb.CommandPath(), "longhouse ")
			if noun.Hidden || !verb.Runnable() || verb.HasSubCommands() {
				continue
			}
			words := strings.Fields(name)
			if !strings.Contains(string(page), words[len(words)-1]) || !strings.Contains(string(page), words[0]) {
				t.Errorf("docs/cli.md does not know %q", name)
			}
		}
	}
	for line := range strings.Lines(exitCodesTopic().Long) {
		if code, meaning, ok := strings.Cut(strings.TrimSpace(line), "  "); ok && !strings.Contains(string(page), "| "+code+" | "+meaning+" |") {
			t.Errorf("docs/cli.md does not know exit code %s: %s", code, meaning)
		}
	}
}
