package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

// bash runs bash with the program in its PATH, behind arguments that may put something before it.
func (s *shell) bash(typed string, args ...string) string {
	s.t.Helper()
	folder := s.t.TempDir()
	s.must(os.Symlink(os.Args[0], filepath.Join(folder, "longhouse")))
	s.must(os.WriteFile(filepath.Join(folder, "rc"), []byte("PS1='$ '\nsource <(longhouse completion bash)\n"), 0o600))
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Env = []string{asProgram + "=1", "HOME=" + s.home, "LONGHOUSE_API=" + s.api, "LONGHOUSE_TOKEN=" + s.token,
		"PATH=" + folder + ":" + os.Getenv("PATH"), "TERM=dumb", "COLUMNS=200"}
	c.Stdin = strings.NewReader(typed)
	c.Dir = folder
	out, err := c.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

var brokenAt = regexp.MustCompile(`[=:]+|[^=: ]+`)

// offered is what bash is offered at the end of each line, by the script's own function, with the words as bash breaks them up.
func (s *shell) offered(lines ...string) [][]string {
	s.t.Helper()
	var script strings.Builder
	script.WriteString("source rc\ncompopt() { :; }\n")
	for _, line := range lines {
		words := brokenAt.FindAllString(line, -1)
		if strings.HasSuffix(line, " ") {
			words = append(words, "")
		}
		fmt.Fprintf(&script, "COMP_LINE='%s' COMP_POINT=%d COMP_TYPE=9 COMP_CWORD=%d COMP_WORDS=(", line, len(line), len(words)-1)
		for _, word := range words {
			fmt.Fprintf(&script, "'%s' ", word)
		}
		script.WriteString(")\n__start_longhouse\nprintf '%s\\n' \"${COMPREPLY[@]}\" END\n")
	}
	var all [][]string
	var one []string
	for line := range strings.Lines(s.bash(script.String(), "bash", "--noprofile", "--norc")) {
		if line = strings.TrimSpace(line); line == "END" {
			all, one = append(all, one), nil
		} else if line != "" {
			one = append(one, line)
		}
	}
	if len(all) != len(lines) {
		s.t.Fatalf("%d answers to %d lines: %q", len(all), len(lines), all)
	}
	return all
}

func TestTabCompletesInARealTerminal(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	screen := s.bash("longhouse worksp\tsho\teng\t--js\t\nexit\n", "script", "-qec", "bash --noprofile --rcfile rc -i", "/dev/null")
	if !strings.Contains(screen, `"slug":"engines"`) {
		t.Errorf("%s", screen)
	}
}

func TestCompletionKnowsWhatOneHas(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	var done client.SignedUp
	s.signUp("engines", "--wait", "--json").into(t, &done)
	s.want(exitDone, "workspaces", "create", "--slug", "enclosures", "--wait")
	var hook client.CreatedWebhook
	s.want(exitDone, "webhooks", "add", "https://localhost:1/in", "--json").into(t, &hook)
	s.deliver()
	var sent client.Delivery
	s.want(exitRefused, "webhooks", "test", hook.Webhook.ID, "--json").into(t, &sent)
	cases := []struct {
		line string
		want []string
	}{
		{"longhouse workspaces show engi", []string{"engines"}},
		{"longhouse workspaces show ", []string{"enclosures  (running, enclosures)", "engines     (running, Tenant engines)"}},
		{"longhouse workspaces show " + done.Workspace.ID[:len(done.Workspace.ID)-1], []string{done.Workspace.ID}},
		{"longhouse workspaces show engines ", nil},
		{"longhouse operations list --workspace=engi", []string{"engines"}},
		{"longhouse operations show " + done.Operation.ID[:len(done.Operation.ID)-1], []string{done.Operation.ID}},
		{"longhouse operations cancel ", nil},
		{"longhouse members list --tenant=", []string{done.Tenant.ID}},
		{"longhouse members remove eng", []string{"engines@example.com"}},
		{"longhouse members set engines@example.com au", []string{"auditor"}},
		{"longhouse workspaces create --region ", []string{"local"}},
		{"longhouse workspaces create --slug ", nil},
		{"longhouse signup --workspace ", nil},
		{"longhouse tokens create x --scope aud", []string{"audit:read"}},
		{"longhouse tokens create x --scope tenant:read,aud", []string{`read\,audit:read`}}, // bash has the part up to the colon already
		{"longhouse serve --roles api,ed", []string{`api\,edge`}},
		{"longhouse webhooks remove wh", []string{hook.Webhook.ID}},
		{"longhouse webhooks add https://example.com --event member.r", []string{"member.remove"}},
		{"longhouse audit list --action workspace.und", []string{"workspace.undelete"}},
		{"longhouse cells show l", nil}, // only operators know cells
		{"longhouse webhooks replay ", []string{hook.Webhook.ID}},
		{"longhouse webhooks replay " + hook.Webhook.ID + " dlv", []string{sent.ID}},
		{"longhouse webhooks deliveries " + hook.Webhook.ID + " --tenant " + done.Tenant.ID + " ", []string{sent.ID}},
		{"longhouse webhooks deliveries " + hook.Webhook.ID + " x ", nil},
		{"longhouse webhooks add https ", nil},
		{"longhouse webhooks add x --event member.set,token.r", []string{`member.set\,token.revoke`}},
		{"longhouse webhooks deliveries x --state d", []string{"delivered"}},
		{"longhouse operations list --state un", []string{"undoing", "undone"}},
		{"longhouse completion f", []string{"fish"}},
	}
	var lines []string
	for _, c := range cases {
		lines = append(lines, c.line)
	}
	for i, got := range s.offered(lines...) {
		slices.Sort(got)
		if !slices.Equal(got, cases[i].want) {
			t.Errorf("%q offers %q, want %q", cases[i].line, got, cases[i].want)
		}
	}
}

// TestNoNameOfOthersGetsIntoTheShell: bash inserts what several candidates begin with unquoted, and evaluates it at the next TAB.
func TestNoNameOfOthersGetsIntoTheShell(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	for _, slug := range []string{"one-of-two", "other-of-two"} {
		(&shell{t: t, home: t.TempDir(), api: s.api}).want(exitDone, "signup", "--email", slug+"@example.com", "--password-file", s.passwordFile(),
			"--tenant", "$(touch pwned)"+slug, "--workspace", slug, "--wait")
	}
	operator, err := s.store.EnsureOperator(t.Context(), "local")
	s.must(err)
	s.token = operator
	got := s.offered("longhouse audit list --tenant ", "longhouse cells show l", "longhouse audit list --tenant $")
	if len(got[0]) != 2 || !strings.HasPrefix(got[0][0], "ten_") || !strings.HasPrefix(got[0][1], "ten_") || len(got[2]) != 0 {
		t.Errorf("%q", got)
	}
}

func TestCompletionIsSilentWhereItCanNotAsk(t *testing.T) {
	t.Parallel()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	t.Cleanup(broken.Close)
	for name, s := range map[string]*shell{
		"not signed in": {t: t, home: t.TempDir(), api: broken.URL},
		"away":          {t: t, home: t.TempDir(), api: "http://127.0.0.1:1", token: "lhs_x"},
		"broken":        {t: t, home: t.TempDir(), api: broken.URL, token: "lhs_x"},
		"no address":    {t: t, home: t.TempDir(), api: "nonsense", token: "lhs_x"},
	} {
		for _, place := range [][]string{{"workspaces", "show", ""}, {"audit", "list", "--tenant", ""}, {"tokens", "revoke", ""}, {"operations", "show", ""}} {
			r := s.want(exitDone, append([]string{"__completeNoDesc"}, place...)...)
			if !strings.HasPrefix(r.out, ":") || strings.Contains(r.err, "longhouse") {
				t.Errorf("%s, %v: %+v", name, place, r)
			}
		}
	}
}

func TestCompletionWaitsASecondAtTheMost(t *testing.T) {
	t.Setenv("LONGHOUSE_TOKEN", "lhs_x")
	t.Setenv("LONGHOUSE_API", "http://127.0.0.1:1")
	t.Setenv("HOME", t.TempDir())
	asked := false
	c := &cobra.Command{}
	c.SetContext(t.Context())
	fromAPI(func(c *cobra.Command, _ *connection, _ string) []cobra.Completion {
		until, limited := c.Context().Deadline()
		asked = limited && time.Until(until) <= time.Second
		return nil
	})(c, "")
	if !asked {
		t.Error("the API is asked without a limit")
	}
}

func TestEveryShellHasAScript(t *testing.T) {
	t.Parallel()
	s := &shell{t: t, home: t.TempDir()}
	for shell, sign := range map[string]string{"bash": "complete -o default -F __start_longhouse longhouse", "zsh": "#compdef longhouse", "fish": "complete -c longhouse"} {
		if r := s.want(exitDone, "completion", shell); !strings.Contains(r.out, sign) {
			t.Errorf("%s: %.200s", shell, r.out)
		}
	}
	s.want(exitUsage, "completion", "tcsh")
	s.want(exitUsage, "completion")
}
