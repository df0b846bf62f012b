package clientwalk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Result is what a method answers first, and whether that is read of the server's answer.
func (m Method) Result() (reflect.Type, bool) {
	t := m.call.Type()
	if t.NumOut() < 3 {
		return nil, false
	}
	out := t.Out(0)
	switch elem := deref(out); elem.Kind() {
	case reflect.Struct, reflect.Map:
		return out, true
	case reflect.Slice:
		return out, deref(elem.Elem()).Kind() == reflect.Struct
	}
	return nil, false
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// Fits says why an answer can't be read into the type; where that is to be strict, also that it has no field for some of it.
func (a *Answer) Fits(t reflect.Type, strict bool) error {
	into := reflect.New(t)
	decoder := json.NewDecoder(bytes.NewReader(a.Body))
	if strict {
		decoder.DisallowUnknownFields()
	}
	if err := decoder.Decode(into.Interface()); err != nil {
		return fmt.Errorf("%s %s: %w in %s", a.Method, a.Path, err, a.Body)
	}
	return nil
}

// Missing says what of the type, which it always sends, an answer hasn't, by its paths; those of the exceptions, Type.field, are left out.
func (a *Answer) Missing(t reflect.Type, except map[string]bool) (paths []string) {
	var v any
	if json.Unmarshal(a.Body, &v) != nil {
		return []string{"everything"}
	}
	missing(t, v, "", except, &paths)
	slices.Sort(paths)
	return slices.Compact(paths)
}

func missing(t reflect.Type, v any, at string, except map[string]bool, paths *[]string) {
	t = deref(t)
	if v == nil || at != "" && marshals(t) {
		return
	}
	switch t.Kind() {
	case reflect.Slice:
		list, _ := v.([]any)
		for _, item := range list {
			missing(t.Elem(), item, at+"[]", except, paths)
		}
	case reflect.Map:
		object, _ := v.(map[string]any)
		for _, item := range object {
			missing(t.Elem(), item, at+"{}", except, paths)
		}
	case reflect.Struct:
		if object, is := v.(map[string]any); is {
			missingFields(t, object, at, except, paths)
		}
	}
}

func missingFields(t reflect.Type, object map[string]any, at string, except map[string]bool, paths *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if f.Anonymous && tag == "" {
			if inner := deref(f.Type); inner.Kind() == reflect.Struct {
				missingFields(inner, object, at, except, paths)
			}
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" {
			name = f.Name
		}
		if !f.IsExported() || name == "-" || except[t.Name()+"."+name] {
			continue
		}
		value, there := object[name]
		if !there {
			if !strings.Contains(options, "omit") {
				*paths = append(*paths, at+"."+name)
			}
			continue
		}
		missing(f.Type, value, at+"."+name, except, paths)
	}
}

// marshals reports whether a type writes itself, so that its fields say nothing of its JSON.
func marshals(t reflect.Type) bool {
	own := reflect.TypeFor[json.Marshaler]()
	return t.Implements(own) || reflect.PointerTo(t).Implements(own)
}

// Shapes is how the answers of a client's reading methods are looked at.
type Shapes struct {
	Names  []string          // of things that there are, to ask for
	Except map[string]string // methods to leave out, and why
	Fields map[string]bool   // Type.field, which need not be there: always sent to servers alone, or no more
	Strict bool              // an answer may have no field that the type hasn't
}

// enough answers of a method say what it answers.
const enough = 30

// Look asks by every reading method, and tells what of its answers has not the shape of the client's types; and how many were answered at all.
func (s Shapes) Look(ctx context.Context, client any, r *Recorder) (answered int, objections []string) {
	for _, m := range Methods(client) {
		kind, is := m.Result()
		if !is || !m.Reads() || s.Except[m.Name] != "" {
			continue
		}
		n, err := s.look(ctx, m, kind, r)
		if err != nil {
			objections = append(objections, fmt.Sprintf("%s: %.500s", m.Name, err))
		}
		if n > 0 {
			answered++
		}
	}
	return answered, objections
}

func (s Shapes) look(ctx context.Context, m Method, kind reflect.Type, r *Recorder) (answers int, err error) {
	for texts := range Choices(s.Names, m.Texts()) {
		asking, done := context.WithTimeout(ctx, patience)
		a, err := m.Call(asking, r, texts)
		done()
		if err != nil || a == nil || a.Status >= 300 {
			continue
		}
		if paths := a.Missing(kind, s.Fields); len(paths) > 0 {
			return answers, fmt.Errorf("%s %s lacks %v", a.Method, a.Path, paths)
		}
		if err := a.Fits(kind, s.Strict); err != nil {
			return answers, err
		}
		if answers++; answers == enough {
			break
		}
	}
	return answers, nil
}

// patience is how long an answer may take on a busy machine.
const patience = 20 * time.Second
