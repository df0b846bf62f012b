package house

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// drawers are names that say where a thing was put, and not what it is.
var drawers = regexp.MustCompile(`^(models?|types?|commons?|utils?|helpers?|services?|handlers?|managers?)$`)

func TestNothingIsNamedForADrawer(t *testing.T) {
	t.Parallel()
	keep(t, func(t tree) []string {
		var found []string
		for _, folder := range t.folders {
			if drawers.MatchString(path.Base(folder)) {
				found = append(found, folder+": name the folder for its responsibility")
			}
		}
		for _, f := range t.files {
			if drawers.MatchString(strings.TrimSuffix(f.syntax.Name.Name, "_test")) {
				found = append(found, f.path+": name the package for its responsibility")
			}
		}
		return found
	}, map[string]string{
		"edge/utils/a.go": "package utils", "edge/b.go": "package types", "web/console/helpers/x.ts": "", "bin/common/x.go": "package common",
		"web/node_modules/common/x.ts": "", "edge/types.go": "package edge",
	}, "edge/utils: name the folder for its responsibility", "edge/utils/a.go: name the package for its responsibility",
		"edge/b.go: name the package for its responsibility", "web/console/helpers: name the folder for its responsibility")
}

func TestPackagesAreAtMostThreeDeep(t *testing.T) {
	t.Parallel()
	keep(t, func(t tree) []string {
		var found []string
		for _, f := range t.files {
			if strings.Count(f.path, "/") > 3 {
				found = append(found, f.path+": the package is more than 3 deep")
			}
		}
		return found
	}, map[string]string{"a/b/c/x.go": "package c", "a/b/c/d/x.go": "package d"}, "a/b/c/d/x.go: the package is more than 3 deep")
}

// hosting is what those who host a repository ask for, beside the folders of the product.
var hosting = []string{".ci", ".github"}

func TestTopFoldersAreThoseOfTheArchitecture(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, listing, _ := strings.Cut(string(page), "## Folders\n```\n")
	listing, _, _ = strings.Cut(listing, "```")
	var known []string
	for _, match := range regexp.MustCompile(`(?m)(?:^| )([a-z0-9-]+)/`).FindAllStringSubmatch(listing, -1) {
		known = append(known, match[1])
	}
	if !slices.Contains(known, "tenants") || !slices.Contains(known, "docs") {
		t.Fatalf("docs/ARCHITECTURE.md lists only the folders %v", known)
	}
	keep(t, func(t tree) []string {
		var found []string
		for _, folder := range t.folders {
			if folder != "." && path.Dir(folder) == "." && !slices.Contains(known, folder) && !slices.Contains(hosting, folder) {
				found = append(found, folder+": docs/ARCHITECTURE.md lists no such folder; a new one needs a decision record")
			}
		}
		return found
	}, map[string]string{"tenants/a.go": "package tenants", "bin/x": "", "stuff/x": "", "edge/stuff/x": ""},
		"stuff: docs/ARCHITECTURE.md lists no such folder; a new one needs a decision record")
}
