package terraform

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode"

	tfjson "github.com/hashicorp/terraform-json"
)

// FuzzCell: an output that is taken says the same once more, names no part twice, and holds nothing that would leave its line.
func FuzzCell(f *testing.F) {
	for _, output := range []string{goodCell, strings.Replace(goodCell, `"region": "eu",`, `"region": "eu", "region": "us",`, 1), strings.Replace(goodCell, `"region"`, `"REGION"`, 1),
		strings.Replace(goodCell, "db.example", `db\n.example`, 1), strings.Replace(goodCell, "db.example", "/run/a b", 1), strings.Replace(goodCell, "s3.example", `s3\u0000`, 1),
		strings.Replace(goodCell, "5432", "5432.0", 1), goodCell + "{}", "null", "[]", "", strings.Repeat(`{"database":`, 20_000)} {
		f.Add([]byte(output))
	}
	f.Fuzz(func(t *testing.T, output []byte) {
		cell, err := DecodeCell(output)
		if err != nil {
			return
		}
		again, err := json.Marshal(cell)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeCell(again); err != nil || !reflect.DeepEqual(back, cell) {
			t.Errorf("%q says %+v, and that %+v, %v", output, cell, back, err)
		}
		for _, text := range []string{cell.Region, cell.Database.Host, cell.Database.Template, cell.ObjectStore.Endpoint, cell.ObjectStore.Region, cell.Workloads.Endpoint} {
			if text == "" || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%q has %q", output, text)
			}
		}
		if strings.Count(string(output), `"`) != strings.Count(string(again), `"`) && !strings.Contains(string(output), `\`) {
			t.Errorf("%q has more than %s", output, again)
		}
	})
}

// FuzzState: a state with a number has a lineage, as nothing else tells it from that of another stack; and nothing of it is repeated.
func FuzzState(f *testing.F) {
	for _, text := range []string{`{"version":4,"serial":3,"lineage":"a-b","resources":[]}`, `{"lineage":""}`, `{"lineage":"a","serial":-1}`, `{"serial":1e99}`, "null", "[]", "secret-of-a-state", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lineage, serial, err := parseState(text)
		if lineage == "" && serial != 0 || serial < 0 || err != nil && (lineage != "" || len(text) > 16 && strings.Contains(err.Error(), text)) {
			t.Errorf("%q is %q, %d, %v", text, lineage, serial, err)
		}
	})
}

// FuzzVersion: a version that is taken reads as itself.
func FuzzVersion(f *testing.F) {
	for _, out := range []string{`{"terraform_version":"1.11.0"}`, `{"terraform_version":"1.11.0-beta1+x"}`, `{"terraform_version":""}`, `{"terraform_version":"99999999999999999999"}`, `{}`, "null", "Terraform v1.11.0"} {
		f.Add([]byte(out))
	}
	f.Fuzz(func(t *testing.T, out []byte) {
		v, err := parseVersion(out)
		if err != nil {
			return
		}
		again, err := json.Marshal(map[string]string{"terraform_version": v.String()})
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseVersion(again); err != nil || !back.Equal(v) || back.LessThan(oldestTerraform) != v.LessThan(oldestTerraform) {
			t.Errorf("%q is %s, and that %v, %v", out, v, back, err)
		}
	})
}

// FuzzAttributes: of a plan no text is shown that terraform calls sensitive, wherever the mark stands, and what is shown differs.
func FuzzAttributes(f *testing.F) {
	f.Add(`{"name":"x","password":"secret"}`, `{"name":"y"}`, `{"password":true}`, `{}`, `{}`)
	f.Add(`{"login":{"list":["secret"]}}`, `{"login":{"list":["hidden"]}}`, `{"login":{"list":[true]}}`, `true`, `{"login":{"id":true}}`)
	f.Add(`null`, `{"a":[1,{"b":"c"}]}`, `false`, `{"a":[false,{"b":true}]}`, `{"a":false}`)
	f.Add(`"text"`, `7`, `[]`, `null`, `[true]`)
	f.Fuzz(func(t *testing.T, before, after, sensitiveBefore, sensitiveAfter, unknown string) {
		var c tfjson.Change
		for text, into := range map[*string]*any{&before: &c.Before, &after: &c.After, &sensitiveBefore: &c.BeforeSensitive, &sensitiveAfter: &c.AfterSensitive, &unknown: &c.AfterUnknown} {
			if json.Unmarshal([]byte(*text), into) != nil {
				return
			}
		}
		for _, a := range attributesOf(c) {
			if secret(c.BeforeSensitive, a.Name) && a.Before != "" && a.Before != maskedValue || secret(c.AfterSensitive, a.Name) && a.After != "" && a.After != maskedValue {
				t.Errorf("%s, %s, sensitive %s, %s: %+v", before, after, sensitiveBefore, sensitiveAfter, a)
			}
			if a.Before == a.After && a.After != maskedValue && a.After != unknownValue {
				t.Errorf("%s, %s: %+v does not differ", before, after, a)
			}
		}
	})
}

// secret reports whether there is a mark on the attribute or anything in it.
func secret(marks any, name string) bool {
	if object, ok := marks.(map[string]any); ok {
		text, _ := json.Marshal(object[name])
		return strings.Contains(string(text), "true") // nothing else is in marks but names, and then it is masked for nothing
	}
	return marks == true
}

// FuzzComplaints: whatever terraform prints, its error is one line, without where the state is and its password.
func FuzzComplaints(f *testing.F) {
	for _, text := range []string{"Error: it broke\n\n\tfor a reason", "postgres://u:pass%25%2Fword-7@host/db is down", "pass word-7", "Error: Error: \x1b[31m", "pass\nword-7"} {
		f.Add(text, "pass%/word-7")
	}
	f.Fuzz(func(t *testing.T, text, password string) {
		if len(password) < 8 || strings.ContainsAny(password, "*()' ") || len(strings.Fields(password)) != 1 {
			return // ours are long and of letters; a shorter one may be part of what stands for it
		}
		at := (&url.URL{Scheme: "postgres", User: url.UserPassword("u", password), Host: "h", Path: "/d"}).String()
		c := newComplaints("cell-x", at)
		err := c.complain(t.Context(), "plan", errors.New("Error: "+text+" "+password+" "+at+" "+url.QueryEscape(password)+" "+strings.Replace(at, "/d", "/other", 1)))
		inURL := strings.TrimPrefix(url.UserPassword("", password).String(), ":")
		if said := err.Error(); strings.Contains(said, password) || strings.Contains(said, inURL) || strings.Contains(said, at) || strings.Contains(said, "\n") {
			t.Errorf("%q says %q", text, said)
		}
	})
}
