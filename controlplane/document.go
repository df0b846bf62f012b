package controlplane

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

const description = "Writes take an Idempotency-Key, errors are problem documents (RFC 9457), lists have cursors. `x-rule` says who may " +
	"call an operation: everybody (public), every principal (signed-in), a person's session, the operators, or whoever has the " +
	"named permission in the tenant that the operation is about."

func apiConfig() huma.Config {
	config := huma.DefaultConfig("Longhouse", "1")
	config.Info.Description = description
	config.CreateHooks = nil
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "The token of a session, or an API token"},
	}
	return config
}

func idempotencyParam() *huma.Param {
	most := 255
	return &huma.Param{Name: keyHeader, In: "header", Schema: &huma.Schema{Type: "string", MaxLength: &most},
		Description: "Makes it safe to ask again: for 24 hours the same key gives the same answer, and a different request is refused"}
}

// Document returns the OpenAPI 3.1 description of the API, as it is committed.
func Document() ([]byte, error) {
	raw, err := json.Marshal(newServer(Config{}).api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, fmt.Errorf("indent the OpenAPI document: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func (s *Server) document(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/openapi+json")
	_ = json.NewEncoder(w).Encode(s.api.OpenAPI()) // nobody is left to tell
}
