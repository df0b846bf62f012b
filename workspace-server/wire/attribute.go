package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// Attribute is what people can say of themselves beside what every profile has: one of the protocol's property fields.
type Attribute struct {
	ID                id.ID          `json:"id"`
	GroupID           string         `json:"group_id"`
	Name              string         `json:"name"`
	Type              string         `json:"type"`
	Attrs             AttributeAttrs `json:"attrs"`
	TargetID          string         `json:"target_id"`
	TargetType        string         `json:"target_type"`
	ObjectType        string         `json:"object_type"`
	Protected         bool           `json:"protected"`
	PermissionField   *string        `json:"permission_field,omitempty"`
	PermissionValues  *string        `json:"permission_values,omitempty"`
	PermissionOptions *string        `json:"permission_options,omitempty"`
	LinkedFieldID     *string        `json:"linked_field_id,omitempty"`
	CreateAt          int64          `json:"create_at"`
	UpdateAt          int64          `json:"update_at"`
	DeleteAt          int64          `json:"delete_at"`
	CreatedBy         id.ID          `json:"created_by"`
	UpdatedBy         id.ID          `json:"updated_by"`
}

// AttributeAttrs says how an attribute is shown and what may be said.
type AttributeAttrs struct {
	Visibility     string           `json:"visibility"`
	SortOrder      float64          `json:"sort_order"`
	Options        AttributeOptions `json:"options"`
	ValueType      string           `json:"value_type"`
	LDAP           string           `json:"ldap"`
	SAML           string           `json:"saml"`
	Managed        string           `json:"managed"`
	Protected      bool             `json:"protected"`
	SourcePluginID string           `json:"source_plugin_id"`
	AccessMode     string           `json:"access_mode"`
	DisplayName    string           `json:"display_name,omitempty"`
}

// AttributeOptions are the things of which some can be chosen.
type AttributeOptions []AttributeOption

// AttributeOption is one of them.
type AttributeOption struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color string `json:"color"`
}

// AttributePatch changes what is not null, and Attrs as a whole.
type AttributePatch struct {
	Name          *string         `json:"name"`
	Type          *string         `json:"type"`
	Attrs         *AttributeAttrs `json:"attrs"`
	TargetID      *string         `json:"target_id"`
	TargetType    *string         `json:"target_type"`
	LinkedFieldID *string         `json:"linked_field_id,omitempty"`
}
