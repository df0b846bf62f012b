// Command longhouse is all of Longhouse in one binary: `up` runs everything on this machine, `serve` runs some roles,
// and the other verbs speak to the API.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
