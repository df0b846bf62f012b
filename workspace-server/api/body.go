package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/longhouse-dev/longhouse/internal/strictjson"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// deepest is how far a body nests at most. Props are passed on as they came, in lists with many posts, and clients can't read
// a list in which one thing is too deep; the protocol's own objects have about five levels.
const deepest = 32

// decode reads the body as JSON. Fields that nobody knows are ignored, because newer clients send them.
func decode[T any](r *Request) (T, error) {
	var v T
	return v, r.decodeTo(&v)
}

// decodeTo reads the body into v, once it is sure to say one thing only, and nothing that can't be kept or passed on.
func (r *Request) decodeTo(v any) error {
	if !r.sound {
		if err := strictjson.Check(r.body, deepest); err != nil {
			return fault.New(http.StatusBadRequest, "api.context.invalid_body_param.app_error", "Invalid request body: %s.", err)
		}
		r.sound = true
	}
	err := json.Unmarshal(r.body, v)
	if err == nil {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return fault.BadBody(wrong.Field, "a "+wrong.Type.String())
	case errors.Is(err, id.ErrMalformed):
		return fault.BadBody("id", "26 letters and digits wherever an id stands")
	}
	return fault.BadBody("body", "a JSON document of the shape that the protocol says")
}
