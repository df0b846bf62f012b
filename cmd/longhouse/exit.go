package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// The exit codes.
const (
	exitDone        = 0
	exitRefused     = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitUndone      = 4
	exitNotSignedIn = 5
)

func exitCodesTopic() *cobra.Command {
	return &cobra.Command{Use: "exit-codes", Short: "What the exit code says", Long: `What the exit code says:

  0  done
  1  refused by the server, or not possible on this machine
  2  a mistake in the command line; nothing was sent
  3  the server can't be reached, or broke off; it is not known whether anything happened
  4  the operation ended, but was undone
  5  not signed in, or the session or API token is no longer good`}
}

// failure is an error with an exit code.
type failure struct {
	code    int
	problem client.Problem
}

// Error implements error.
func (f *failure) Error() string { return f.problem.Detail }

func fail(code int, title, format string, args ...any) error {
	return &failure{code: code, problem: client.Problem{Title: title, Detail: fmt.Sprintf(format, args...)}}
}

func usage(format string, args ...any) error { return fail(exitUsage, "Usage", format, args...) }

// report tells the error to whoever called, and returns the exit code.
func report(errs io.Writer, err error, asJSON bool) int {
	f := failureOf(err)
	if asJSON {
		_ = json.NewEncoder(errs).Encode(shown(f.problem)) // nobody is left to tell
		return f.code
	}
	_, _ = fmt.Fprintln(errs, "longhouse:", oneLine.Replace(f.problem.Detail))
	return f.code
}

func failureOf(err error) *failure {
	if f := (*failure)(nil); errors.As(err, &f) {
		return f
	}
	return &failure{exitRefused, client.Problem{Title: "Failed", Detail: strings.ReplaceAll(err.Error(), "\n", "; ")}}
}

// shown leaves out what only a server has to say.
func shown(p client.Problem) map[string]any {
	m := map[string]any{"title": p.Title, "detail": p.Detail}
	if p.Status != 0 {
		m["status"], m["request_id"] = p.Status, p.RequestID
	}
	if p.Errors != nil {
		m["errors"] = *p.Errors
	}
	return m
}
