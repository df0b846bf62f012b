package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// setting is one that whoever runs the workspace may decide, and otherwise its admins. The protocol names it by section and name.
type setting struct {
	section, name string
	client        string // what it is called where clients are told of it, if not by its name
	refusal       string // what its refusal is called, if not by its name
	// get is its value as JSON; nil where nobody has said any.
	get func(*Settings) json.RawMessage
	// set takes a value, or says what is allowed.
	set func(*Settings, json.RawMessage) (allowed string)
	// written is a variable's text as JSON.
	written func(text string) json.RawMessage
}

// full is what the protocol calls a setting in one word.
func (s setting) full() string { return s.section + "." + s.name }

// variable is what decides a setting in the environment.
func (s setting) variable() string { return variable(s.section, s.name) }

func variable(section, name string) string {
	return "MM_" + strings.ToUpper(section) + "_" + strings.ToUpper(name)
}

// refused is the id of the error that a wrong value is refused with.
func (s setting) refused() string {
	is := s.refusal
	if is == "" {
		is = snake(s.name)
	}
	return "model.config.is_valid." + is + ".app_error"
}

func snake(name string) string {
	var out strings.Builder
	before := 'A'
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
		before = r
	}
	return out.String()
}

// told gives a setting another name where clients are told of it.
func (s setting) told(name string) setting {
	s.client = name
	return s
}

// named gives a setting's refusal the name that the protocol has for it.
func (s setting) named(refusal string) setting {
	s.refusal = refusal
	return s
}

// kind is what values of a type a setting may have.
type kind[T any] struct {
	allowed string
	good    func(T) bool
	written func(string) json.RawMessage
}

func (k kind[T]) read(raw json.RawMessage) (v T, allowed string) {
	if json.Unmarshal(raw, &v) != nil || !k.good(v) {
		return v, k.allowed
	}
	return v, ""
}

// kept is a setting that this server heeds, and keeps where at says.
func kept[T any](section, name string, k kind[T], at func(*Settings) *T) setting {
	return converted(section, name, k, func(s *Settings) T { return *at(s) }, func(s *Settings, v T) { *at(s) = v })
}

// converted is one that this server keeps otherwise than it is said.
func converted[T any](section, name string, k kind[T], get func(*Settings) T, set func(*Settings, T)) setting {
	return setting{section: section, name: name, written: k.written,
		get: func(s *Settings) json.RawMessage { return encoded(get(s)) },
		set: func(s *Settings, raw json.RawMessage) string {
			v, allowed := k.read(raw)
			if allowed == "" {
				set(s, v)
			}
			return allowed
		}}
}

// heeded is a setting that clients alone heed: this server tells them of it, and keeps it as it was said.
func heeded[T any](section, name string, k kind[T]) setting {
	one := setting{section: section, name: name, written: k.written}
	one.get = func(s *Settings) json.RawMessage { return s.heeded[one.full()] }
	one.set = func(s *Settings, raw json.RawMessage) string {
		v, allowed := k.read(raw)
		if allowed == "" {
			next := map[string]json.RawMessage{one.full(): encoded(v)}
			for key, v := range s.heeded { // which other Settings may share
				if key != one.full() {
					next[key] = v
				}
			}
			s.heeded = next
		}
		return allowed
	}
	return one
}

func encoded(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // values of settings always encode
	}
	return text
}

// text is a value as clients are told of it.
func text(raw json.RawMessage) string {
	var one string
	var list []string
	switch {
	case json.Unmarshal(raw, &one) == nil:
		return one
	case json.Unmarshal(raw, &list) == nil:
		return strings.Join(list, ",")
	}
	return string(raw)
}

func quoted(text string) json.RawMessage { return encoded(text) }

var flag = kind[bool]{allowed: "true or false", good: func(bool) bool { return true }, written: func(text string) json.RawMessage {
	v, err := strconv.ParseBool(text)
	if err != nil {
		return nil
	}
	return encoded(v)
}}

func number[T int | int64](low, high T) kind[T] {
	return kind[T]{allowed: fmt.Sprintf("a whole number from %d to %d", low, high), good: func(v T) bool { return v >= low && v <= high },
		written: func(text string) json.RawMessage { return json.RawMessage(text) }}
}

// line is a text without line breaks.
func line(low, high int) kind[string] {
	return kind[string]{allowed: fmt.Sprintf("a line of %d to %d characters", low, high), written: quoted, good: func(v string) bool {
		n := utf8.RuneCountInString(v)
		return n >= low && n <= high && utf8.ValidString(v) && !strings.ContainsFunc(v, unicode.IsControl)
	}}
}

func choice(of ...string) kind[string] {
	return kind[string]{allowed: "one of " + strings.Join(of, ", "), written: quoted, good: func(v string) bool { return slices.Contains(of, v) }}
}
