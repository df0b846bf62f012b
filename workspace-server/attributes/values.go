package attributes

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const longestText = 64 // runes of a value

// Values are what somebody says, each a text or a list of texts, by attribute.
type Values = map[id.ID]json.RawMessage

// Of are a user's values; those of hidden attributes only where asked for.
func (b *Book) Of(ctx context.Context, user id.ID, hidden bool) (Values, error) {
	rows, err := b.DB.AttributeValues(ctx, user)
	out := Values{}
	for _, v := range rows {
		if hidden || v.Visibility != Hidden {
			out[v.AttributeID] = v.Value
		}
	}
	return out, err
}

// Say keeps what a user says, or an admin of them: all of it or nothing. An empty text or list takes back what was said.
func (b *Book) Say(ctx context.Context, user id.ID, values Values, admin bool) (Values, error) {
	if len(values) > MostAttributes {
		return nil, fault.BadBody("values", "at most one for each attribute")
	}
	said, open := Values{}, Values{}
	err := b.DB.Tx(ctx, func(q *dbsql.Queries) error {
		rows, err := q.AttributesNamed(ctx, slices.Collect(maps.Keys(values)))
		if err != nil {
			return err
		}
		if len(rows) != len(values) {
			return errAbsent
		}
		for _, a := range rows {
			if a.Managed == byAdmin && !admin {
				return fault.New(http.StatusForbidden, "app.custom_profile_attributes.property_field_is_managed.app_error", "What %s is, only admins say.", a.Name)
			}
			value, empty, err := sanitized(a, values[a.ID])
			if err != nil {
				return err
			}
			said[a.ID] = value
			if a.Visibility != Hidden {
				open[a.ID] = value
			}
			if empty {
				err = q.ClearAttributeValue(ctx, dbsql.ClearAttributeValueParams{UserID: user, AttributeID: a.ID})
			} else {
				err = q.PutAttributeValue(ctx, dbsql.PutAttributeValueParams{UserID: user, AttributeID: a.ID, Value: value})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(said) == 0 {
		return said, err
	}
	b.tell(user, said, open)
	return said, nil
}

type valuesUpdated struct {
	UserID id.ID  `json:"user_id"`
	Values Values `json:"values"`
}

// tell shows everybody what somebody says, and what is hidden only to them and to admins.
func (b *Book) tell(user id.ID, said, open Values) {
	publish := func(values Values, to wire.Broadcast) {
		b.Hub.Publish(realtime.Event{Name: realtime.AttributeValuesUpdated, Data: valuesUpdated{user, values}, To: to})
	}
	if len(said) == len(open) {
		publish(said, wire.Broadcast{})
		return
	}
	omit := map[id.ID]bool{user: true}
	publish(said, wire.Broadcast{UserID: user})
	publish(said, wire.Broadcast{OmitUsers: omit, ContainsSensitiveData: true})
	if len(open) > 0 {
		publish(open, wire.Broadcast{OmitUsers: omit, ContainsSanitizedData: true})
	}
}

// sanitized is a value as it is kept, and whether it says nothing.
func sanitized(a dbsql.Attribute, raw json.RawMessage) (value json.RawMessage, empty bool, err error) {
	if a.Type == Multiselect {
		var list []string
		if json.Unmarshal(raw, &list) != nil {
			return nil, false, badValue(a, "a list of ids of options")
		}
		chosen := []string{}
		for _, v := range list {
			if v = strings.TrimSpace(v); v != "" && !slices.Contains(chosen, v) {
				chosen = append(chosen, v)
			}
		}
		for _, v := range chosen {
			if !offered(a, v) {
				return nil, false, badValue(a, "a list of ids of its options")
			}
		}
		return json.RawMessage(realtime.Text(chosen)), len(chosen) == 0, nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil, false, badValue(a, "a text")
	}
	if text = strings.TrimSpace(text); text != "" {
		err = checkText(a, text)
	}
	return json.RawMessage(realtime.Text(text)), text == "", err
}

func checkText(a dbsql.Attribute, text string) error {
	switch {
	case a.Type == Select && !offered(a, text):
		return badValue(a, "the id of one of its options")
	case a.Type == Select:
		return nil
	case utf8.RuneCountInString(text) > longestText:
		return badValue(a, "at most 64 characters")
	case a.ValueType == Email:
		if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
			return badValue(a, "an e-mail address")
		}
	case a.ValueType == URL: // clients make a link of it
		if at, err := url.ParseRequestURI(text); err != nil || at.Host == "" || (at.Scheme != "http" && at.Scheme != "https") {
			return badValue(a, "a URL that begins with http or https")
		}
	}
	return nil
}

func offered(a dbsql.Attribute, option string) bool {
	return slices.ContainsFunc(a.Options, func(o wire.AttributeOption) bool { return o.ID == option })
}

func badValue(a dbsql.Attribute, allowed string) error {
	return fault.New(http.StatusBadRequest, "app.custom_profile_attributes.validate_value.app_error", "Invalid value of %s: %s.", a.Name, allowed)
}
