package house

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// refused are licences that would bind whoever runs or changes Longhouse, by what only their own texts say.
var refused = map[string]*regexp.Regexp{
	"AGPL": regexp.MustCompile(`(?i)gnu affero general public license`),
	"GPL":  regexp.MustCompile(`(?i)gnu general public license`),
	"SSPL": regexp.MustCompile(`(?i)server side public license`),
	"BUSL": regexp.MustCompile(`(?i)business source license`),
}

// taken are the licences that may be linked. What is none of them has to be looked at by a person first.
var taken = map[string]*regexp.Regexp{
	"Apache-2.0": regexp.MustCompile(`(?i)apache license,?\s+version 2\.0`),
	"MPL-2.0":    regexp.MustCompile(`(?i)mozilla public license,? (version|v\.) ?2\.0`),
	"MIT":        regexp.MustCompile(`(?i)permission is hereby granted, free of charge, to any person obtaining a copy`),
	"BSD":        regexp.MustCompile(`(?i)redistribution and use in source and binary forms`),
	"ISC":        regexp.MustCompile(`(?i)permission to use, copy, modify, and(/or)? distribute this software for any purpose`),
	"CC0-1.0":    regexp.MustCompile(`(?i)public domain with CC0 1\.0`),
	"Unlicense":  regexp.MustCompile(`(?i)this is free and unencumbered software released into the public domain`),
}

func TestLinkedModulesMayBeLinked(t *testing.T) {
	t.Parallel()
	for module, folder := range linked(t) {
		if complaint := judge(licences(t, folder)); complaint != "" {
			t.Errorf("%s: %s", module, complaint)
		}
	}
}

func TestLicencesAreToldApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                     "it has no licence that is known to be harmless",
		"All rights reserved.": "it has no licence that is known to be harmless",
		"GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3": "its licence is AGPL",
		"GNU GENERAL PUBLIC LICENSE\nVersion 2":        "its licence is GPL",
		"Server Side Public License\nVERSION 1":        "its licence is SSPL",
		"Business Source License 1.1":                  "its licence is BUSL",
		"Mozilla Public License Version 2.0\n\"Secondary License\"\nmeans the GNU Affero General Public License or later versions of those licenses.": "",
		"Apache License\nVersion 2.0\nor\nGNU AFFERO GENERAL PUBLIC LICENSE":                                                                          "its licence is AGPL",
		"Apache License\n Version 2.0, January 2004":                                                                                                  "",
	} {
		if got := judge(text); got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
}

// linked are the modules, with their folders, of which our programs hold code.
func linked(t *testing.T) map[string]string {
	t.Helper()
	var complaints bytes.Buffer
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", `{{with .Module}}{{if not .Main}}{{.Path}}={{.Dir}}{{end}}{{end}}`, "./cmd/...")
	list.Dir, list.Stderr = "../..", &complaints
	out, err := list.Output()
	if err != nil {
		t.Fatalf("list what is linked: %v\n%s", err, complaints.String())
	}
	modules := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if module, folder, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			modules[module] = folder
		}
	}
	if len(modules) < 10 {
		t.Fatalf("only these modules are linked: %v", modules)
	}
	return modules
}

func licences(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, file := range files {
		if name := strings.ToUpper(filepath.Base(file)); strings.HasPrefix(name, "LICEN") || strings.HasPrefix(name, "COPYING") {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(content)
		}
	}
	return text.String()
}

// secondary is where MPL names licences that it can be combined with.
var secondary = regexp.MustCompile(`Secondary License\W+means.*?those licenses\.`)

func judge(text string) string {
	text = secondary.ReplaceAllString(strings.Join(strings.Fields(text), " "), "")
	for _, name := range []string{"AGPL", "SSPL", "BUSL", "GPL"} {
		if refused[name].MatchString(text) {
			return "its licence is " + name
		}
	}
	for _, form := range taken {
		if form.MatchString(text) {
			return ""
		}
	}
	return "it has no licence that is known to be harmless"
}
