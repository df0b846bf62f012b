package terraform

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

//go:embed cell-local/*.tf
var modules embed.FS

// Stack is one cell's infrastructure: a module with its inputs, whose state is a schema of its own.
type Stack struct {
	Name     string // directory and schema: lower-case letters, digits and underscores
	Module   string // folder of this package
	Inputs   any    // the module's variables, as JSON; no secret may be among them
	Provider Provider
}

var stackName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)

// write brings the stack's directory to the module's present version.
func (s Stack) write(root string) (dir string, err error) {
	if !stackName.MatchString(s.Name) {
		return "", fmt.Errorf("stack name %q must be 1 to 60 lower-case letters, digits and underscores, a letter first", s.Name)
	}
	dir = filepath.Join(root, s.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if err := removeModule(dir); err != nil {
		return "", err
	}
	module, err := fs.Sub(modules, s.Module)
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(dir, module); err != nil {
		return "", err
	}
	inputs, err := json.Marshal(s.Inputs)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "terraform.tfvars.json"), inputs, 0o600); err != nil {
		return "", err
	}
	backend := fmt.Sprintf("terraform {\n  backend \"pg\" {\n    schema_name = %q\n  }\n}\n", s.Name)
	return dir, os.WriteFile(filepath.Join(dir, "backend.tf"), []byte(backend), 0o600)
}

// removeModule takes away files that the module no longer has.
func removeModule(dir string) error {
	old, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
