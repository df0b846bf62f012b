package terraform

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// complaints turns what terraform prints into errors that hold no secret.
type complaints struct {
	stack   string
	secrets *strings.Replacer
}

func newComplaints(stack, stateURL string) complaints {
	secrets := []string{stateURL, "(the state's URL)"}
	if u, err := url.Parse(stateURL); err == nil {
		if password, ok := u.User.Password(); ok && password != "" {
			secrets = append(secrets, password, "***", url.QueryEscape(password), "***", strings.TrimPrefix(url.UserPassword("", password).String(), ":"), "***")
		}
	}
	return complaints{stack: stack, secrets: strings.NewReplacer(secrets...)}
}

// complain keeps terraform's own words from its first error on. A cancelled run says so instead.
func (c complaints) complain(ctx context.Context, verb string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s stack %s: %w", verb, c.stack, context.Cause(ctx))
	}
	text := err.Error()
	if at := strings.Index(text, "Error: "); at >= 0 {
		text = text[at+len("Error: "):]
	}
	text = strings.Join(strings.Fields(text), " ")
	return fmt.Errorf("%s stack %s: %w", verb, c.stack, errors.New(c.secrets.Replace(text)))
}
