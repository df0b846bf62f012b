package terraform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/hashicorp/go-version"
)

var oldestTerraform = version.Must(version.NewVersion("1.11.0"))

// tools are what can run a stack, in the order of preference.
var tools = []string{"terraform", "tofu"}

// errMissing means that a tool is neither in PATH nor beside this program.
var errMissing = errors.New("neither in PATH nor beside this program")

// findBinary returns the path of terraform, or of tofu where there is no terraform that is new enough.
func findBinary(ctx context.Context) (string, error) {
	var unfit []error
	for _, tool := range tools {
		path, err := binaryOf(ctx, tool)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, errMissing) {
			unfit = append(unfit, err)
		}
	}
	if unfit != nil {
		return "", errors.Join(unfit...)
	}
	return "", fmt.Errorf("neither terraform nor tofu is in PATH or beside this program: install terraform %s or newer "+
		"(https://developer.hashicorp.com/terraform/install) or OpenTofu (https://opentofu.org)", oldestTerraform)
}

// binaryOf returns the path of a tool that is new enough: of the one in PATH, else of the one beside this program.
func binaryOf(ctx context.Context, tool string) (string, error) {
	err := errMissing
	for _, look := range []func(string) (string, error){exec.LookPath, beside} {
		path, missing := look(tool)
		if missing != nil {
			continue
		}
		unfit := fit(ctx, path)
		if unfit == nil {
			return path, nil
		}
		if errors.Is(err, errMissing) { // what is first in PATH is what the operator knows of
			err = unfit
		}
	}
	return "", err
}

// fit says what a tool lacks.
func fit(ctx context.Context, path string) error {
	v, err := versionOf(ctx, path)
	if err != nil {
		return fmt.Errorf("version of %s: %w", path, err)
	}
	if v.LessThan(oldestTerraform) {
		return fmt.Errorf("%s is version %s, %s or newer is needed", path, v, oldestTerraform)
	}
	return nil
}

// beside looks where setup puts what it had to build: beside our own programs.
func beside(tool string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return exec.LookPath(filepath.Join(filepath.Dir(self), tool))
}

func versionOf(ctx context.Context, path string) (*version.Version, error) {
	cmd := exec.CommandContext(ctx, path, "version", "-json")
	cmd.Env = []string{"CHECKPOINT_DISABLE=1"}
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	return parseVersion(out)
}

// parseVersion reads what `version -json` prints.
func parseVersion(out []byte) (*version.Version, error) {
	var answer struct {
		Version string `json:"terraform_version"` // OpenTofu's too
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, err
	}
	return version.NewVersion(answer.Version)
}
