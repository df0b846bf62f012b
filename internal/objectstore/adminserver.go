package objectstore

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/longhouse-dev/longhouse/internal/keyring"
	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
)

// maxAdminBody is far more than any request to the admin socket needs.
const maxAdminBody = 64 << 10

// adminHandler serves the admin socket. Who can open the socket may do everything.
func (s *store) adminHandler(state *state) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("PUT /v1/buckets/{bucket}", s.adminCall(func(r *http.Request) (any, error) {
		var spec admin.BucketSpec
		if err := decode(r, &spec); err != nil {
			return nil, err
		}
		return nil, s.putBucket(r.PathValue("bucket"), spec.Owner, spec.Key)
	}))
	mux.Handle("DELETE /v1/buckets/{bucket}", s.adminCall(func(r *http.Request) (any, error) {
		only := r.URL.Query().Get("only")
		if only != "" && only != "empty" {
			return nil, badRequest("only is %q; it must be empty, or absent", only)
		}
		return nil, s.deleteBucket(r.PathValue("bucket"), only == "empty")
	}))
	mux.Handle("GET /v1/buckets", s.adminCall(func(*http.Request) (any, error) {
		out := []admin.Bucket{}
		for _, b := range s.bucketsOf("") {
			out = append(out, admin.Bucket{Name: b.name, Owner: b.record.Owner, Key: b.record.Key})
		}
		return out, nil
	}))
	mux.Handle("PUT /v1/credentials/{access}", s.adminCall(func(r *http.Request) (any, error) {
		var spec admin.CredentialSpec
		if err := decode(r, &spec); err != nil {
			return nil, err
		}
		return nil, s.credentials.put(r.PathValue("access"), spec.Secret)
	}))
	mux.Handle("DELETE /v1/credentials/{access}", s.adminCall(func(r *http.Request) (any, error) {
		return nil, s.credentials.remove(r.PathValue("access"))
	}))
	mux.Handle("GET /v1/credentials", s.adminCall(func(*http.Request) (any, error) { return s.credentials.list(), nil }))
	mux.Handle("DELETE /v1/keys/{key}", s.adminCall(func(r *http.Request) (any, error) {
		return nil, s.destroyKey(r.PathValue("key"))
	}))
	mux.Handle("POST /v1/keys/{key}/derived", s.adminCall(func(r *http.Request) (any, error) {
		var spec admin.DerivedSpec
		if err := decode(r, &spec); err != nil {
			return nil, err
		}
		return s.deriveKey(r.PathValue("key"), spec.Purpose)
	}))
	mux.Handle("GET /v1/keys", s.adminCall(func(*http.Request) (any, error) { return s.listKeys() }))
	mux.Handle("GET /v1/info", s.adminCall(func(*http.Request) (any, error) { return state.get(), nil }))
	return mux
}

// adminCall answers 204 for nothing, 200 with JSON for something, and a sentence for an error.
func (s *store) adminCall(do func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxAdminBody)
		out, err := do(r)
		status := http.StatusOK
		switch {
		case err != nil:
			status, out = s.adminFailure(r, err)
		case out == nil:
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(out) // a client that has gone needs no answer
	})
}

func (s *store) adminFailure(r *http.Request, err error) (int, admin.Failure) {
	var bad requestError
	switch {
	case errors.As(err, &bad):
		return http.StatusBadRequest, admin.Failure{Error: err.Error()}
	case errors.Is(err, keyring.ErrNotFound):
		return http.StatusNotFound, admin.Failure{Error: "there is no such key; it may have been destroyed"}
	case errors.Is(err, admin.ErrConflict):
		return http.StatusConflict, admin.Failure{Error: err.Error()}
	}
	s.log.Error("administration failed", "method", r.Method, "path", r.URL.Path, "error", err)
	return http.StatusInternalServerError, admin.Failure{Error: "the store could not do this; its log says why"}
}

func decode(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return badRequest("the body is not valid: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return badRequest("the body has something after its JSON object")
	}
	return nil
}
