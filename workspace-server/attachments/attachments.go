// Package attachments owns the buttons and menus that programs attach to posts, in the props of these: what each has the server call, which no
// client is shown, and how a client gives that back where no post is kept. It never calls anything.
package attachments

import (
	"bytes"
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// Action is a button or a menu, as far as the server must know it.
type Action struct {
	Type        string       `json:"type"`
	DataSource  string       `json:"data_source"`
	Integration *Integration `json:"integration"`
}

// Integration is what an action calls, and what is said there besides.
type Integration struct {
	URL     string `json:"url"`
	Context object `json:"context,omitempty"`
}

// object is JSON by its names, which are taken exactly as they are written.
type object = map[string]json.RawMessage

// Named gives actions ids that have none, so that they can be asked for.
func Named(props json.RawMessage) json.RawMessage {
	return each(props, func(action object) bool {
		if name(action) != "" {
			return false
		}
		action["id"] = encoded(id.New())
		return true
	})
}

// In reports whether props have any attachments.
func In(props json.RawMessage) bool {
	if !bytes.Contains(props, []byte("attachments")) {
		return false
	}
	var all struct {
		Attachments []json.RawMessage `json:"attachments"`
	}
	return json.Unmarshal(props, &all) == nil && len(all.Attachments) > 0
}

// Shown are props without what actions call.
func Shown(props json.RawMessage) json.RawMessage {
	return each(props, func(action object) bool {
		_, has := action["integration"]
		delete(action, "integration")
		return has
	})
}

// Kept are props in which actions call what they called before, where they don't say: clients give back what they were shown.
func Kept(props, before json.RawMessage) json.RawMessage {
	was := map[string]json.RawMessage{}
	each(before, func(action object) bool {
		was[name(action)] = action["integration"]
		return false
	})
	return each(props, func(action object) bool {
		is, known := was[name(action)]
		if _, says := action["integration"]; says || !known || len(is) == 0 {
			return false
		}
		action["integration"] = is
		return true
	})
}

// Find is the action of that id.
func Find(props json.RawMessage, wanted string) (found Action, ok bool) {
	each(props, func(action object) bool {
		if !ok && wanted != "" && name(action) == wanted {
			found, ok = read(action), true
		}
		return false
	})
	return found, ok && found.Integration != nil
}

// read takes what it can of an action.
func read(action object) (a Action) {
	_ = json.Unmarshal(action["type"], &a.Type)
	_ = json.Unmarshal(action["data_source"], &a.DataSource)
	var calls Integration
	if json.Unmarshal(action["integration"], &calls) == nil && calls.URL != "" {
		a.Integration = &calls
	}
	return a
}

func name(action object) (text string) {
	_ = json.Unmarshal(action["id"], &text) // none where it is no text
	return text
}

// each gives every action in props to see, which reports whether it has changed it. Props without any, as nearly all are, cost next to nothing.
func each(props json.RawMessage, see func(object) bool) json.RawMessage {
	if !bytes.Contains(props, []byte("actions")) && !bytes.Contains(props, []byte(`\u`)) { // by which a name can be written otherwise
		return props
	}
	var all object
	if json.Unmarshal(props, &all) != nil {
		return props
	}
	list, changed := elements(all["attachments"], func(attachment object) bool {
		actions, changed := elements(attachment["actions"], see)
		if changed {
			attachment["actions"] = actions
		}
		return changed
	})
	if !changed {
		return props
	}
	all["attachments"] = list
	return encoded(all)
}

// elements gives each object of a list to see, and the list with what that has changed.
func elements(list json.RawMessage, see func(object) bool) (out json.RawMessage, changed bool) {
	var items []json.RawMessage
	if json.Unmarshal(list, &items) != nil {
		return list, false
	}
	for i, item := range items {
		var o object
		if json.Unmarshal(item, &o) == nil && o != nil && see(o) {
			items[i], changed = encoded(o), true
		}
	}
	if !changed {
		return list, false
	}
	return encoded(items), true
}

func encoded(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // it was read from JSON
	}
	return text
}
