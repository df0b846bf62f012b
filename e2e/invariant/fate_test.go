package invariant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// fates are what becomes of edges and of the control plane.
var fates = map[string]func(*world, *rand.Rand){
	"cut an edge off": func(w *world, r *rand.Rand) {
		e := w.anyBeside(r)
		e.cutOff(true)
		w.heard(2 * some)
		e.cutOff(false)
		e.sound()
	},
	"restart an edge that is cut off": func(w *world, r *rand.Rand) {
		e := w.anyBeside(r)
		e.cutOff(true)
		w.heard(some)
		e.trouble.Add(1)
		e.restart(func() {})
		w.heard(2 * some)
		e.cutOff(false)
		e.sound()
	},
	"restart an edge": func(w *world, r *rand.Rand) {
		e := w.anyBeside(r)
		e.trouble.Add(1)
		e.restart(func() {
			e.stopped.Store(true)
			for range 3 {
				w.steady.turn()
			}
			e.stopped.Store(false)
		})
		e.sound()
	},
	"fence an edge": func(w *world, r *rand.Rand) { w.entrances[r.IntN(edges)].fence(r) },
	"replace the machine's edge": func(w *world, _ *rand.Rand) {
		w.end("edge", syscall.SIGTERM) // nobody notices: it drains beside its successor
		w.heard(some)
	},
	"kill the machine's edge": func(w *world, _ *rand.Rand) {
		w.entrances[0].trouble.Add(1)
		w.end("edge", syscall.SIGKILL)
		w.entrances[0].sound()
	},
	"kill the API":              func(w *world, _ *rand.Rand) { w.end("control", syscall.SIGKILL) },
	"kill the worker at work":   func(w *world, _ *rand.Rand) { w.end(w.m.AtWork(w.t), syscall.SIGKILL) },
	"kill the agent":            func(w *world, _ *rand.Rand) { w.end("agent", syscall.SIGKILL) },
	"kill the control database": func(w *world, _ *rand.Rand) { w.end("pg-control", syscall.SIGKILL) },
	"kill longhouse up, and run it again": func(w *world, _ *rand.Rand) {
		w.m.Kill(w.t)
		w.heard(some)
		w.m.Again(w.t)
	},
}

func (w *world) anyBeside(r *rand.Rand) *entrance { return w.entrances[1+r.IntN(edges-1)] }

// cutOff keeps it from hearing of the control plane, or no more.
func (e *entrance) cutOff(cut bool) {
	if cut {
		e.away.Add(1)
	}
	e.wire.set(cut)
}

// fence lets it serve nothing for a while.
func (e *entrance) fence(r *rand.Rand) {
	w := e.w
	e.trouble.Add(1) // it closes its connections
	place := e.fenced.begin(true)
	id := w.listed(e.name).ID
	w.want(http.MethodPost, "/edges/"+id+"/fence", w.operator, nil, nil)
	w.until(e.name+" to be told that it is fenced", func() error {
		if l := w.listed(e.name); l.ToldAt == nil {
			return fmt.Errorf("it is %+v", l)
		}
		return nil
	})
	told := [edges]bool{}
	told[e.number] = true
	// It acts a moment after it was told.
	w.until(e.name+" to be fenced", func() error { return e.isFenced(r, true) })
	e.fenced.confirm(told, place)
	w.heard(2 * some)
	place = e.fenced.begin(false)
	w.want(http.MethodPost, "/edges/"+id+"/unfence", w.operator, nil, nil)
	w.until(e.name+" to be fenced no more", func() error { return e.isFenced(r, false) })
	e.fenced.confirm(told, place)
	e.sound()
}

// isFenced asks it.
func (e *entrance) isFenced(r *rand.Rand, want bool) error {
	q := &question{h: e.w.steady, e: e, host: e.w.steady.host, way: ways[0]}
	if answer, whole := q.put(r); answer == "" || (answer == "fenced") != want {
		return errors.New(whole)
	}
	return nil
}

// end has a part of the machine end, and waits until another one has its place.
func (w *world) end(part string, by syscall.Signal) {
	was := w.m.Child(w.t, part)
	w.check(syscall.Kill(was, by))
	w.until("another "+part, func() error {
		if w.m.Child(w.t, part) == was {
			return errors.New("it is the same still")
		}
		return nil
	})
}

// heard waits until some more answers were judged.
func (w *world) heard(more int64) {
	w.grows("answers", &w.judged, more)
}

// ping asks an instance at its own socket.
func ping(socket string) error {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	res, err := client.Get("http://instance/api/v4/system/ping")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return nil
}

func read(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
