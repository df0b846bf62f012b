// Package client speaks the control plane's API. All of it is generated from controlplane/openapi.json; it owns no word
// of the protocol and never retries, stores a credential or prints.
package client

//go:generate go tool -modfile=../../internal/tools/go.mod oapi-codegen -config oapi-codegen.yaml ../openapi.json
