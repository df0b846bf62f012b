package actions

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// The longest texts of a dialog, in bytes, as the official model counts them.
const (
	longestTitle  = 24
	longestName   = 300
	longestText   = 150
	longestChoice = 3000 // and what is written in a field of many lines
)

func wrong(what string, args ...any) error {
	return fault.BadBody("dialog", fmt.Sprintf(what, args...))
}

// check says whether a dialog can be shown.
func check(d wire.Dialog) error {
	switch {
	case d.Title == "" || len(d.Title) > longestTitle:
		return wrong("a title of 1 to %d bytes", longestTitle)
	case d.IconURL != "" && !outbound.Valid(d.IconURL):
		return wrong("an icon_url that begins with http:// or https://, or none")
	}
	seen := map[string]bool{}
	for _, e := range d.Elements {
		if seen[e.Name] {
			return wrong("elements of different names: %.60q is there twice", e.Name)
		}
		seen[e.Name] = true
		if err := checkElement(e); err != nil {
			return err
		}
	}
	return nil
}

func checkElement(e wire.DialogElement) error {
	switch {
	case e.DisplayName == "" || len(e.DisplayName) > longestTitle:
		return wrong("a display_name of 1 to %d bytes for each element", longestTitle)
	case e.Name == "" || len(e.Name) > longestName:
		return wrong("a name of 1 to %d bytes for each element", longestName)
	case len(e.HelpText) > longestText:
		return wrong("a help_text of at most %d bytes for each element", longestText)
	case e.MinLength < 0 || e.MinLength > e.MaxLength:
		return wrong("a min_length from 0 to the max_length of the element")
	case e.MultiSelect && e.Type != "select":
		return wrong("multiselect for elements of the type select only")
	}
	longest := longestText
	if e.Type == "textarea" || e.Type == "select" {
		longest = longestChoice
	}
	if e.Type != "radio" && (len(e.Placeholder) > longest || e.Type != "bool" && len(e.Default) > longest) {
		return wrong("a default and a placeholder of at most %d bytes for an element of the type %s", longest, e.Type)
	}
	return checkKind(e)
}

func checkKind(e wire.DialogElement) error {
	switch e.Type {
	case "text", "textarea":
		if !slices.Contains([]string{"", "text", "email", "number", "tel", "url", "password"}, e.SubType) {
			return wrong("a subtype of text, email, number, tel, url or password")
		}
	case "select":
		return checkSelect(e)
	case "bool":
		if !slices.Contains([]string{"", "true", "false"}, e.Default) {
			return wrong("true or false as the default of a bool")
		}
	case "radio":
		if !offered(e, e.Default) {
			return wrong("a default that is among the options")
		}
	case "date", "datetime":
		return checkTimes(e)
	default:
		return wrong("elements of the types text, textarea, select, bool, radio, date and datetime")
	}
	return nil
}

func checkSelect(e wire.DialogElement) error {
	if !slices.Contains([]string{"", "users", "channels", "dynamic"}, e.DataSource) {
		return wrong("a data_source of users, channels or dynamic, or none")
	}
	if e.DataSource == "dynamic" && (!outbound.Valid(e.DataSourceURL) || len(e.Options) > 0) {
		return wrong("a data_source_url and no options where the data_source is dynamic")
	}
	if e.DataSource != "" {
		return nil
	}
	chosen := []string{e.Default}
	if e.MultiSelect {
		chosen = strings.Split(strings.ReplaceAll(e.Default, " ", ""), ",")
	}
	for _, value := range chosen {
		if !offered(e, value) {
			return wrong("a default that is among the options")
		}
	}
	return nil
}

func offered(e wire.DialogElement, value string) bool {
	return value == "" || slices.ContainsFunc(e.Options, func(o *wire.DialogOption) bool { return o != nil && o.Value == value })
}

func checkTimes(e wire.DialogElement) error {
	first, last, interval := e.MinDate, e.MaxDate, e.TimeInterval
	if c := e.DateTimeConfig; c != nil {
		if c.MinDate != "" {
			first = c.MinDate
		}
		if c.MaxDate != "" {
			last = c.MaxDate
		}
		if c.TimeInterval != 0 {
			interval = c.TimeInterval
		}
	}
	dateOnly := e.Type == "date"
	if !isTime(e.Default, dateOnly, !dateOnly) || !isTime(first, true, !dateOnly) || !isTime(last, true, !dateOnly) {
		return wrong("days as 2006-01-02, times as 2006-01-02T15:04:05Z, or either as today or +7d")
	}
	if !dateOnly && interval != 0 && (interval < 1 || interval > 1440 || 1440%interval != 0) {
		return wrong("a time_interval of minutes by which a day can be divided")
	}
	return nil
}

var timeForms = []string{"2006-01-02T15:04:05Z", "2006-01-02T15:04:05-07:00", "2006-01-02T15:04:05", "2006-01-02T15:04"}

// isTime reports whether a text is a day or a time, as far as these are asked for: absolute, or relative as in +7d. Nothing is one too.
func isTime(text string, day, clock bool) bool {
	if text == "" || slices.Contains([]string{"today", "tomorrow", "yesterday"}, text) || relative(text) {
		return true
	}
	if _, err := time.Parse("2006-01-02", text); day && err == nil {
		return true
	}
	return clock && slices.ContainsFunc(timeForms, func(form string) bool { _, err := time.Parse(form, text); return err == nil })
}

func relative(text string) bool {
	if len(text) < 3 || len(text) > 5 || text[0] != '+' && text[0] != '-' || !strings.ContainsRune("dwmHMS", rune(text[len(text)-1])) {
		return false
	}
	return strings.Trim(text[1:len(text)-1], "0123456789") == ""
}
