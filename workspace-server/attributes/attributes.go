// Package attributes owns what people can say of themselves beside what every profile has, the protocol's custom profile attributes: which there
// are, and what everybody says. It never decides who may change them.
package attributes

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// MostAttributes is how many a workspace has.
const MostAttributes = 20

// Book holds a workspace's attributes.
type Book struct {
	DB  *store.DB
	Hub *realtime.Hub
	Now clock.Clock
}

// View is an attribute as the protocol has it: of all users of the system, in a group of its own.
func View(a dbsql.Attribute) *wire.Attribute {
	return &wire.Attribute{ID: a.ID, GroupID: "custom_profile_attributes", Name: a.Name, Type: a.Type, ObjectType: "user", TargetType: "system",
		CreateAt: a.CreateAt, UpdateAt: a.UpdateAt, CreatedBy: a.CreatedBy, UpdatedBy: a.UpdatedBy,
		Attrs: wire.AttributeAttrs{Visibility: a.Visibility, SortOrder: a.SortOrder, Options: a.Options, ValueType: a.ValueType, Managed: a.Managed, DisplayName: a.DisplayName}}
}

// All are the attributes that there are, in order.
func (b *Book) All(ctx context.Context) ([]*wire.Attribute, error) {
	rows, err := b.DB.Attributes(ctx)
	out := make([]*wire.Attribute, len(rows))
	for i, a := range rows {
		out[i] = View(a)
	}
	return out, err
}

type changed struct {
	Field        *wire.Attribute `json:"field"`
	DeleteValues *bool           `json:"delete_values,omitempty"`
}

type gone struct {
	FieldID id.ID `json:"field_id"`
}

// Create makes one more, where there are not too many.
func (b *Book) Create(ctx context.Context, in wire.AttributePatch, by id.ID) (*wire.Attribute, error) {
	var next dbsql.Attribute
	if err := apply(&next, in); err != nil {
		return nil, err
	}
	row, err := b.DB.InsertAttribute(ctx, dbsql.InsertAttributeParams{ID: id.New(), Now: b.Now.Millis(), By: by, Name: next.Name, DisplayName: next.DisplayName, Type: next.Type,
		ValueType: next.ValueType, Visibility: next.Visibility, Managed: next.Managed, SortOrder: next.SortOrder, Options: next.Options, Most: MostAttributes})
	if store.Missing(err) {
		return nil, fault.New(http.StatusUnprocessableEntity, "app.custom_profile_attributes.limit_reached.app_error", "A workspace has at most %d attributes.", MostAttributes)
	}
	if err != nil {
		return nil, taken(err)
	}
	view := View(row)
	b.Hub.Publish(realtime.Event{Name: realtime.AttributeCreated, Data: changed{Field: view}})
	return view, nil
}

// Update changes one. Of another type it is another: what people have said before is forgotten.
func (b *Book) Update(ctx context.Context, attribute id.ID, patch wire.AttributePatch, by id.ID) (*wire.Attribute, error) {
	var row dbsql.Attribute
	forget := false
	err := b.DB.Tx(ctx, func(q *dbsql.Queries) error {
		next, err := q.LockAttribute(ctx, attribute)
		if err != nil {
			return err
		}
		before := next.Type
		if err := apply(&next, patch); err != nil {
			return err
		}
		if forget = next.Type != before; forget {
			if err := q.ForgetAttributeValues(ctx, attribute); err != nil {
				return err
			}
		}
		row, err = q.UpdateAttribute(ctx, dbsql.UpdateAttributeParams{ID: attribute, Now: b.Now.Millis(), By: by, Name: next.Name, DisplayName: next.DisplayName, Type: next.Type,
			ValueType: next.ValueType, Visibility: next.Visibility, Managed: next.Managed, SortOrder: next.SortOrder, Options: next.Options})
		return err
	})
	if err != nil {
		return nil, taken(err)
	}
	view := View(row)
	b.Hub.Publish(realtime.Event{Name: realtime.AttributeUpdated, Data: changed{view, &forget}})
	return view, nil
}

// Delete removes one with all that was said.
func (b *Book) Delete(ctx context.Context, attribute id.ID) error {
	n, err := b.DB.DeleteAttribute(ctx, attribute)
	if err != nil {
		return err
	}
	if n == 0 {
		return errAbsent
	}
	b.Hub.Publish(realtime.Event{Name: realtime.AttributeDeleted, Data: gone{attribute}})
	return nil
}

var errAbsent = fault.New(http.StatusNotFound, "app.custom_profile_attributes.property_field_not_found.app_error", "There is no such attribute.")

func taken(err error) error {
	switch {
	case store.Missing(err):
		return errAbsent
	case store.Violates(err, "attributes_name_unique"):
		return fault.New(http.StatusConflict, "app.property_field.create.name_conflict.app_error", "There is an attribute with that name already.")
	}
	return err
}
