package protocol

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// What admins ask of people, people say, and everybody is told of both.
func TestPeopleSayOfThemselvesWhatAdminsAsk(t *testing.T) {
	t.Parallel()
	_, ada, ben, _ := talk(t)
	ctx := t.Context()
	if config := ok[map[string]string](t)(ben.GetClientConfig(ctx, "")); config["FeatureFlagCustomProfileAttributes"] != "true" {
		t.Errorf("the flag is %q", config["FeatureFlagCustomProfileAttributes"])
	}
	made := ok[*model.PropertyField](t)(ada.CreateCPAField(ctx, &model.PropertyField{Name: "trade", Type: model.PropertyFieldTypeSelect,
		Attrs: model.StringInterface{"options": []map[string]string{{"name": "mason"}, {"name": "carpenter"}}, "sort_order": 1}}))
	field, err := model.NewCPAFieldFromPropertyField(made)
	if err != nil || len(field.Attrs.Options) != 2 || field.Attrs.Options.IsValid() != nil || field.Attrs.Visibility != model.CustomProfileAttributesVisibilityDefault {
		t.Fatalf("made %+v (%v)", field, err)
	}
	told, _ := ben.expect(model.WebsocketEventCPAFieldCreated).GetData()["field"].(map[string]any)
	if told["id"] != made.ID || told["name"] != "trade" {
		t.Errorf("told %v", told)
	}
	carpenter := json.RawMessage(`"` + field.Attrs.Options[1].ID + `"`)
	if got := ok[map[string]json.RawMessage](t)(ben.PatchCPAValues(ctx, map[string]json.RawMessage{made.ID: carpenter})); string(got[made.ID]) != string(carpenter) {
		t.Errorf("said %s", got)
	}
	said := ada.expect(model.WebsocketEventCPAValuesUpdated).GetData()
	if values, _ := said["values"].(map[string]any); said["user_id"] != ben.me.Id || values[made.ID] != field.Attrs.Options[1].ID {
		t.Errorf("told %v", said)
	}
	mason := map[string]json.RawMessage{made.ID: json.RawMessage(`"` + field.Attrs.Options[0].ID + `"`)}
	ok[map[string]json.RawMessage](t)(ada.PatchCPAValuesForUser(ctx, ben.me.Id, mason))
	if got := ok[map[string]json.RawMessage](t)(ben.ListCPAValues(ctx, ben.me.Id)); string(got[made.ID]) != string(mason[made.ID]) {
		t.Errorf("says %s", got)
	}
	_, answer, err := ben.CreateCPAField(ctx, &model.PropertyField{Name: "x", Type: model.PropertyFieldTypeText})
	refused(t, http.StatusForbidden, answer, err)
	text := model.PropertyFieldTypeText
	ok[*model.PropertyField](t)(ada.PatchCPAField(ctx, made.ID, &model.PropertyFieldPatch{Type: &text}))
	if e := ben.expect(model.WebsocketEventCPAFieldUpdated); e.GetData()["delete_values"] != true {
		t.Errorf("told %v", e.GetData())
	}
	if _, err := ada.DeleteCPAField(ctx, made.ID); err != nil {
		t.Fatal(err)
	}
	if e := ben.expect(model.WebsocketEventCPAFieldDeleted); e.GetData()["field_id"] != made.ID {
		t.Errorf("told %v", e.GetData())
	}
	if got := ok[[]*model.PropertyField](t)(ben.ListCPAFields(ctx)); len(got) != 0 {
		t.Errorf("left are %+v", got)
	}
}

// What is hidden is told to its user and to admins alone.
func TestHiddenAttributesAreToldToNobodyElse(t *testing.T) {
	t.Parallel()
	w, ada, ben, _ := talk(t)
	ctx := t.Context()
	ok[*model.User](t)(ada.CreateUser(ctx, &model.User{Username: "cy", Email: "cy@example.com", Password: "cys-password"}))
	cy := w.signIn("cy", "cys-password")
	made := ok[*model.PropertyField](t)(ada.CreateCPAField(ctx, &model.PropertyField{Name: "note", Type: model.PropertyFieldTypeText, Attrs: model.StringInterface{"visibility": "hidden"}}))
	ok[map[string]json.RawMessage](t)(ben.PatchCPAValues(ctx, map[string]json.RawMessage{made.ID: json.RawMessage(`"ask first"`)}))
	for _, c := range []*client{ada, ben} {
		if values, _ := c.expect(model.WebsocketEventCPAValuesUpdated).GetData()["values"].(map[string]any); values[made.ID] != "ask first" {
			t.Errorf("told %v", values)
		}
	}
	if _, err := ada.DeleteCPAField(ctx, made.ID); err != nil {
		t.Fatal(err)
	}
	cy.expect(model.WebsocketEventCPAFieldDeleted, model.WebsocketEventCPAValuesUpdated)
}
