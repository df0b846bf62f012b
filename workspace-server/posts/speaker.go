package posts

import (
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// sign has the props say who speaks, whatever they said before: a bot, a program that may say a name of its own, or the author alone.
func (d *Draft) sign() error {
	switch {
	case d.Author.IsBot:
		d.ByProgram = true
		if err := setProp(&d.Props, "from_bot", "true"); err != nil {
			return err
		}
	case !d.ByProgram:
		return ownProps(&d.Props)
	}
	return d.disturb()
}

// disturb has the props of what a program says tell whether it disturbs those who wanted peace.
func (d *Draft) disturb() error {
	if string(d.Props) == "{}" && !d.Asked {
		return nil
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(d.Props, &all) != nil {
		return fault.BadBody("props", "a JSON object")
	}
	_, said := all[ForceNotification]
	delete(all, ForceNotification)
	if d.Asked {
		all[ForceNotification] = json.RawMessage("true")
	}
	if !said && !d.Asked {
		return nil
	}
	text, err := json.Marshal(all)
	d.Props = text
	return err
}

func setProp(props *json.RawMessage, name, value string) (err error) {
	var all map[string]json.RawMessage
	if err = json.Unmarshal(*props, &all); err != nil {
		return fault.BadBody("props", "a JSON object")
	}
	if all[name], err = json.Marshal(value); err == nil {
		*props, err = json.Marshal(all)
	}
	return err
}

// ForceNotification is the prop of what people are told of though they wanted peace: they have just asked for it.
const ForceNotification = "force_notification"

// notOwn are props by which clients show another speaker than a post's author, or disturb people.
var notOwn = []string{"from_bot", "from_webhook", "from_plugin", "override_username", "override_icon_url", "override_icon_emoji", "webhook_display_name", ForceNotification}

// ownProps takes from a person's props what would make them somebody else.
func ownProps(props *json.RawMessage) error { return keepSpeaker(props, json.RawMessage("{}")) }

// keepSpeaker has props say of who speaks what they said before, and nothing else.
func keepSpeaker(props *json.RawMessage, before json.RawMessage) error {
	if string(*props) == "{}" && string(before) == "{}" { // as nearly all are
		return nil
	}
	var all, was map[string]json.RawMessage
	if json.Unmarshal(*props, &all) != nil || json.Unmarshal(before, &was) != nil {
		return fault.BadBody("props", "a JSON object")
	}
	changed := false
	for _, name := range notOwn {
		_, said := all[name]
		value, stays := was[name]
		if changed = changed || said || stays; stays {
			all[name] = value
		} else {
			delete(all, name)
		}
	}
	if !changed {
		return nil
	}
	text, err := json.Marshal(all)
	*props = text
	return err
}

// Speaker is what props say of who speaks, and nothing else.
func Speaker(props json.RawMessage) json.RawMessage {
	out := json.RawMessage("{}")
	if keepSpeaker(&out, props) != nil { // they are no object
		return json.RawMessage("{}")
	}
	return out
}
