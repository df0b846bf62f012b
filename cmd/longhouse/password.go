package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// readPassword takes the password from a file (- is standard input), or asks for it at a terminal. There is no flag for
// the password itself: others on the machine could read it off the process list.
func readPassword(c *cobra.Command, file string) (string, error) {
	if file == "" {
		return askPassword(c)
	}
	var raw []byte
	var err error
	if file == "-" {
		raw, err = io.ReadAll(bufio.NewReader(c.InOrStdin()))
	} else {
		raw, err = os.ReadFile(file)
	}
	if err != nil {
		return "", usage("--password-file: %s", err)
	}
	password := strings.TrimRight(string(raw), "\r\n")
	if password == "" {
		return "", usage("--password-file: %s is empty", file)
	}
	return password, nil
}

func askPassword(c *cobra.Command) (string, error) {
	terminal, ok := c.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return "", usage("there is no terminal to ask for the password; use --password-file, where - is standard input")
	}
	_, _ = fmt.Fprint(c.ErrOrStderr(), "Password: ")
	raw, err := term.ReadPassword(int(terminal.Fd()))
	_, _ = fmt.Fprintln(c.ErrOrStderr())
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(raw), nil
}
