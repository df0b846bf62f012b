package invariant

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// some is how many answers of a workspace are judged in each state that it is brought to.
const some = 150

// episodes are what becomes of a workspace that serves, until it serves again. It may be another one then.
var episodes = map[string]func(*house) *house{
	"stop and start": func(h *house) *house {
		h.through(http.MethodPost, "/stop", halted)
		h.heard(some)
		h.through(http.MethodPost, "/start", serving)
		return h
	},
	"hibernate while somebody may come": func(h *house) *house {
		h.w.ask(h, http.MethodPost, "/hibernate")
		return h
	},
	"sleep until somebody comes": func(h *house) *house {
		h.asleep(func() {}) // whoever may come comes
		h.awake()
		return h
	},
	"sleep until something is due": func(h *house) *house {
		h.asleep(func() {
			h.w.query("update workspaces set wake_at = now() where slug = '" + h.slug + "'")
			h.awake()
		})
		return h
	},
	"sleep until it is woken": func(h *house) *house {
		h.asleep(func() { h.w.must(h, http.MethodPost, "/wake") })
		return h
	},
	"stop while it sleeps": func(h *house) *house {
		h.asleep(func() { h.through(http.MethodPost, "/stop", halted) })
		h.heard(some)
		h.through(http.MethodPost, "/start", serving)
		return h
	},
	"delete and undelete": func(h *house) *house {
		h.through(http.MethodDelete, "", halted)
		h.heard(some)
		h.through(http.MethodPost, "/undelete", serving)
		return h
	},
	"delete while it is stopped": func(h *house) *house {
		h.through(http.MethodPost, "/stop", halted)
		h.through(http.MethodDelete, "", halted)
		h.heard(some)
		h.through(http.MethodPost, "/undelete", halted)
		h.through(http.MethodPost, "/start", serving)
		return h
	},
	"delete while it sleeps": func(h *house) *house {
		h.asleep(func() { h.through(http.MethodDelete, "", halted) })
		h.heard(some)
		h.through(http.MethodPost, "/undelete", serving)
		h.awake()
		return h
	},
	"take a domain, and give it back": (*house).useDomain,
	"kill its instance":               (*house).killInstance,
	"delete for good": func(h *house) *house {
		return h.removed()
	},
	"delete for good while it waits for that": func(h *house) *house {
		h.through(http.MethodDelete, "", halted)
		h.heard(some)
		return h.removed()
	},
}

// asleep puts it to rest while only those come who may not, sees that it sleeps on, and does what ends that.
func (h *house) asleep(end func()) {
	w := h.w
	h.visits.Lock()
	defer h.visits.Unlock()
	w.until("the filter of "+h.slug, func() error {
		if h.save(half()) == [edges]bool{} {
			return errors.New("no edge has confirmed it")
		}
		return nil
	})
	h.round.Lock() // until all have their answer who were let in before
	h.round.Unlock()
	w.until(h.slug+" to sleep", func() error {
		op := w.ask(h, http.MethodPost, "/hibernate")
		if op.State != "succeeded" {
			return errors.New(op.Message)
		}
		return nil
	})
	before := h.shown()
	w.grows("those who are denied at "+h.slug, &h.denied, some/2)
	w.judged.Add(1)
	if now := h.shown(); now != before || now.State != "hibernated" {
		w.t.Errorf("%s was %+v, and is %+v since somebody came who may not", h.slug, before, now)
	}
	end()
}

func (h *house) awake() {
	h.w.until(h.slug+" to be awake", func() error {
		if state := h.shown().State; state != "running" {
			return fmt.Errorf("it is %s", state)
		}
		return nil
	})
}

// useDomain brings a domain of its own into service, makes it the primary one, and gives it up.
func (h *house) useDomain() *house {
	w := h.w
	var d struct {
		State, Says string
		Records     []struct{ Type, Name, Value string }
	}
	at := "/workspaces/" + h.id + "/domains"
	w.want(http.MethodPost, at, h.token, map[string]string{"name": h.domain}, &d)
	h.served.begin(true)
	for _, record := range d.Records {
		w.names.Set(record.Name, record.Type+" "+record.Value+map[bool]string{true: "."}[record.Type == "CNAME"])
	}
	w.until(h.domain+" to be in service", func() error {
		w.call(http.MethodPost, at+"/"+h.domain+"/check", h.token, nil, nil)
		if w.want(http.MethodGet, at+"/"+h.domain, h.token, nil, &d); d.State != "serving" {
			return fmt.Errorf("it is %s: %s", d.State, d.Says)
		}
		return nil
	})
	h.settle(serving)
	h.heard(some)
	w.want(http.MethodPost, at+"/"+h.domain+"/primary", h.token, nil, nil)
	h.settle(serving)
	h.heard(some)
	h.served.begin(false)
	if status, said := w.call(http.MethodDelete, at+"/"+h.domain, h.token, nil, nil); status >= http.StatusMultipleChoices && status != http.StatusNotFound {
		w.fail("%s: %d %s", h.domain, status, said)
	}
	h.settle(serving)
	return h
}

// killInstance ends its process, and waits until the next one answers on its socket.
func (h *house) killInstance() *house {
	h.trouble.Add(1)
	h.awake()
	text := h.w.query("select i.id || ' ' || i.address from instances i join workspaces w on w.id = i.workspace_id where w.slug = '" + h.slug + "' and i.state = 'ready'")
	name, socket, _ := strings.Cut(text, " ")
	instance, err := uuid.Parse(name)
	h.w.check(err)
	was := h.w.process(id.Show(id.Instance, instance))
	h.w.check(syscall.Kill(was, syscall.SIGKILL))
	h.w.until("another instance of "+h.slug, func() error {
		if now := h.w.process(id.Show(id.Instance, instance)); now == was {
			return fmt.Errorf("it is %d still", now)
		}
		return ping(socket)
	})
	h.trouble.Add(1)
	return h
}

func (w *world) process(instance string) int {
	var started struct{ Record struct{ PID int } }
	w.until("the record of "+instance, func() error {
		return read(filepath.Join(w.m.Dir, "agent", "instances", instance, "process.json"), &started)
	})
	return started.Record.PID
}

// removed is the workspace that comes after this one was deleted for good.
func (h *house) removed() *house {
	h.through(http.MethodDelete, "?delete_at=now&confirm="+h.slug, gone)
	h.w.bury(h)
	return h.w.newHouse()
}

// live takes a workspace through one episode after the other.
func (w *world) live(slot int) {
	for !w.ended(w.over) {
		name := w.deal()
		began := time.Now()
		h := episodes[name](w.slots[slot].Load())
		w.slots[slot].Store(h)
		h.heard(2 * some)
		w.t.Logf("%s: %s, %s", h.slug, name, time.Since(began).Round(time.Millisecond))
		w.count(name, 1)
		w.lived.Add(1)
	}
}
