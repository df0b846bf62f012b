package terraform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"

	"github.com/hashicorp/go-version"
)

var oldestTerraform = version.Must(version.NewVersion("1.11.0"))

// findBinary returns the path of terraform, or of tofu where there is no terraform that is new enough.
func findBinary(ctx context.Context) (string, error) {
	var tooOld []error
	for _, name := range []string{"terraform", "tofu"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		v, err := versionOf(ctx, path)
		if err != nil {
			return "", fmt.Errorf("version of %s: %w", path, err)
		}
		if v.GreaterThanOrEqual(oldestTerraform) {
			return path, nil
		}
		tooOld = append(tooOld, fmt.Errorf("%s is version %s, %s or newer is needed", path, v, oldestTerraform))
	}
	if tooOld != nil {
		return "", errors.Join(tooOld...)
	}
	return "", fmt.Errorf("neither terraform nor tofu is in PATH: install terraform %s or newer "+
		"(https://developer.hashicorp.com/terraform/install) or OpenTofu (https://opentofu.org)", oldestTerraform)
}

func versionOf(ctx context.Context, path string) (*version.Version, error) {
	cmd := exec.CommandContext(ctx, path, "version", "-json")
	cmd.Env = []string{"CHECKPOINT_DISABLE=1"}
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var answer struct {
		Version string `json:"terraform_version"` // OpenTofu's too
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, err
	}
	return version.NewVersion(answer.Version)
}
