// Package clientwalk calls every method of an official client of the chat protocol against a live server, whichever version of the client it is: it
// knows no type of it. It is for tests alone, and never decides what an answer should say, only what no answer may be.
package clientwalk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Recorder is the transport of the client that is walked: it keeps the last answer.
type Recorder struct {
	mu   sync.Mutex
	last *Answer
}

// Answer is what a server said, and to what.
type Answer struct {
	Method, Path string
	Status       int
	Type         string // of its content
	Body         []byte
}

// RoundTrip asks as http.DefaultTransport does.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = &Answer{req.Method, req.URL.Path, resp.StatusCode, resp.Header.Get("Content-Type"), body}
	return resp, nil
}

func (r *Recorder) take() *Answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.last
	r.last = nil
	return a
}

// Method is one that makes a request: its first argument is a context, its last result an error.
type Method struct {
	Name string
	call reflect.Value
}

// Methods are those of a client, in the order of their names.
func Methods(client any) (all []Method) {
	v := reflect.ValueOf(client)
	for i := range v.NumMethod() {
		m := v.Method(i)
		t := m.Type()
		if t.NumIn() > 0 && t.In(0) == reflect.TypeFor[context.Context]() && t.NumOut() > 0 && t.Out(t.NumOut()-1) == reflect.TypeFor[error]() {
			all = append(all, Method{v.Type().Method(i).Name, m})
		}
	}
	return all
}

// Texts is how many arguments are texts.
func (m Method) Texts() (n int) {
	for in := range m.call.Type().Ins() {
		if in.Kind() == reflect.String {
			n++
		}
	}
	return n
}

// Call gives the texts one after another to the arguments that are such, and to others what there is least of their kind. It answers what the server said,
// nil where it was not asked.
func (m Method) Call(ctx context.Context, r *Recorder, texts []string) (a *Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s panics: %v", m.Name, p)
		}
	}()
	r.take()
	var args []reflect.Value
	t := m.call.Type()
	for i := range t.NumIn() {
		in := t.In(i)
		switch {
		case i == 0:
			args = append(args, reflect.ValueOf(ctx))
		case t.IsVariadic() && i == t.NumIn()-1: // none
		case in.Kind() == reflect.String:
			args = append(args, reflect.ValueOf(texts[0]).Convert(in))
			texts = texts[1:]
		default:
			args = append(args, least(in))
		}
	}
	m.call.Call(args)
	return r.take(), nil
}

func least(t reflect.Type) reflect.Value {
	switch {
	case t.Kind() == reflect.Pointer:
		return reflect.New(t.Elem())
	case t.Kind() == reflect.Map:
		return reflect.MakeMap(t)
	case t.Kind() == reflect.Slice:
		return reflect.MakeSlice(t, 0, 0)
	case t == reflect.TypeFor[io.Reader]():
		return reflect.ValueOf(strings.NewReader("x"))
	}
	return reflect.Zero(t)
}

// Objection is what no answer may be: nil where it is none of that.
func (a *Answer) Objection() error {
	switch {
	case a.Status >= 500 && a.Status != http.StatusNotImplemented:
		return fmt.Errorf("%s %s fails with %d: %s", a.Method, a.Path, a.Status, a.Body)
	case strings.Contains(a.Type, "html") || bytes.HasPrefix(bytes.TrimSpace(a.Body), []byte("<")) && strings.Contains(a.Type, "text"):
		return fmt.Errorf("%s %s answers with a page", a.Method, a.Path)
	}
	if a.Status < 400 {
		return nil
	}
	var e struct {
		ID      string `json:"id"`
		Message string `json:"message"`
		Status  int    `json:"status_code"`
	}
	if err := json.Unmarshal(a.Body, &e); err != nil || e.ID == "" || e.Message == "" || e.Status != a.Status {
		return fmt.Errorf("%s %s refuses with %d and no error of the protocol: %s", a.Method, a.Path, a.Status, a.Body)
	}
	if a.Status == http.StatusNotFound && e.ID == "api.context.404.app_error" && strings.Contains(e.Message, "route") {
		return fmt.Errorf("%s %s is no route here", a.Method, a.Path)
	}
	return nil
}

// Reads reports whether a method only asks, by its name.
func (m Method) Reads() bool {
	return slices.ContainsFunc([]string{"Get", "Search", "Autocomplete", "List", "Check"}, func(p string) bool { return strings.HasPrefix(m.Name, p) })
}

// Choices are the ways to choose so many of the names, in an order that begins with the first; of three and more only the first few are chosen.
func Choices(names []string, n int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		choose(names, make([]string, n), 0, yield)
	}
}

func choose(names, chosen []string, at int, yield func([]string) bool) bool {
	if at == len(chosen) {
		return yield(slices.Clone(chosen))
	}
	if len(chosen) > 2 {
		names = names[:min(len(names), fewNames)]
	}
	for _, name := range names {
		chosen[at] = name
		if !choose(names, chosen, at+1, yield) {
			return false
		}
	}
	return true
}

// fewNames are tried for each of many arguments.
const fewNames = 6
