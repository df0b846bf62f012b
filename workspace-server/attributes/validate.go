package attributes

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// The types of attributes: a text, one of several options, or some of them.
const (
	Text        = "text"
	Select      = "select"
	Multiselect = "multiselect"
)

// Who sees that an attribute is there: Hidden ones are shown to their user and to admins only.
const (
	Always  = "always"
	WhenSet = "when_set"
	Hidden  = "hidden"
)

// What a text is.
const (
	Email = "email"
	URL   = "url"
	Phone = "phone"
)

// Of each, all that there are, as the database knows them too.
var (
	Types        = []string{Text, Select, Multiselect}
	Visibilities = []string{Always, WhenSet, Hidden}
	ValueTypes   = []string{"", Email, URL, Phone}
)

// byAdmin is said of what only admins may say of people.
const byAdmin = "admin"

const (
	longestName   = 255 // runes
	longestOption = 128
	mostOptions   = 500
)

// apply changes what a patch says of an attribute, and fails where that would be none. What does not belong to its type is dropped.
func apply(a *dbsql.Attribute, patch wire.AttributePatch) error {
	if patch.Name != nil {
		a.Name = strings.TrimSpace(*patch.Name)
	}
	if patch.Type != nil {
		a.Type = *patch.Type
	}
	if attrs := patch.Attrs; attrs != nil {
		if attrs.LDAP != "" || attrs.SAML != "" {
			return wrong("ldap", "empty, as saml: nothing is taken from a directory")
		}
		a.Visibility, a.ValueType, a.Managed = strings.TrimSpace(attrs.Visibility), strings.TrimSpace(attrs.ValueType), strings.TrimSpace(attrs.Managed)
		a.SortOrder, a.DisplayName, a.Options = attrs.SortOrder, strings.TrimSpace(attrs.DisplayName), slices.Clone(attrs.Options)
	}
	if a.Visibility == "" {
		a.Visibility = WhenSet
	}
	if n := utf8.RuneCountInString(a.Name); n == 0 || n > longestName {
		return fault.BadBody("name", "1 to 255 characters")
	}
	switch {
	case !slices.Contains(Types, a.Type):
		return fault.BadBody("type", "text, select or multiselect")
	case utf8.RuneCountInString(a.DisplayName) > longestName:
		return wrong("display_name", "at most 255 characters")
	case !slices.Contains(Visibilities, a.Visibility):
		return wrong("visibility", "always, when_set or hidden")
	case a.Managed != "" && a.Managed != byAdmin:
		return wrong("managed", "admin or nothing")
	}
	if a.Type == Text {
		a.Options = wire.AttributeOptions{}
		if !slices.Contains(ValueTypes, a.ValueType) {
			return wrong("value_type", "email, url, phone or nothing")
		}
		return nil
	}
	a.ValueType = ""
	return name(a.Options)
}

// name gives an id to each option that has none.
func name(options wire.AttributeOptions) error {
	if len(options) == 0 || len(options) > mostOptions {
		return wrong("options", "1 to 500 of them")
	}
	seen := map[string]bool{}
	for i := range options {
		o := &options[i]
		if o.ID == "" {
			o.ID = id.New().String()
		}
		switch n := utf8.RuneCountInString(o.Name); {
		case n == 0 || n > longestOption || utf8.RuneCountInString(o.Color) > longestOption:
			return wrong("options", "each with a name, and it and its colour of at most 128 characters")
		case seen["name "+o.Name] || seen["id "+o.ID]:
			return wrong("options", "each with a name and an id of its own")
		case !isID(o.ID):
			return wrong("options", "with ids of 26 letters and digits, or without")
		}
		seen["name "+o.Name], seen["id "+o.ID] = true, true
	}
	return nil
}

func isID(text string) bool {
	foreign := func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') }
	return len(text) == id.Length && !strings.ContainsFunc(text, foreign)
}

func wrong(attr, allowed string) error {
	return fault.New(http.StatusUnprocessableEntity, "app.custom_profile_attributes.sanitize_and_validate.app_error", "Invalid %s of an attribute: %s.", attr, allowed)
}
