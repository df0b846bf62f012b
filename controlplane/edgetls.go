package controlplane

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
	"github.com/longhouse-dev/longhouse/tenants"
)

// edgeRow is something that edges ask for beside the stream of routes.
type edgeRow struct {
	method, path string
	serve        func(http.ResponseWriter, *http.Request) error
}

// tlsTable is what edges ask for of TLS certificates.
func (s *Server) tlsTable() []edgeRow {
	return []edgeRow{
		{get, wire.ValuePath, s.tlsValue},
		{put, wire.ValuePath, s.putTLSValue},
		{remove, wire.ValuePath, s.removeTLSValue},
		{get, wire.StatPath, s.tlsStat},
		{get, wire.KeysPath, s.tlsKeys},
		{put, wire.LockPath, s.takeTLSLock},
		{remove, wire.LockPath, s.releaseTLSLock},
		{post, wire.SignPath, s.signTLS},
		{post, wire.AsksPath, s.askTLS},
		{put, wire.AsksPath, s.endTLSAsk},
		{get, wire.RevocationsPath, s.tlsRevocations},
		{put, wire.RevocationsPath, s.endTLSRevocation},
	}
}

// forEdges lets nobody pass but who has the edges' token.
func (s *Server) forEdges(serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := s.isEdge(r)
		if err == nil {
			entryOf(r.Context()).principal = "edge"
			err = serve(w, r)
		}
		if err != nil {
			writeProblem(w, problemOf(r.Context(), err))
		}
	}
}

func (s *Server) tlsValue(w http.ResponseWriter, r *http.Request) error {
	value, err := s.tls.Get(r.Context(), r.URL.Query().Get(wire.KeyParam))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", wire.ContentType)
	_, _ = w.Write(value) // nobody is left to tell
	return nil
}

func (s *Server) putTLSValue(w http.ResponseWriter, r *http.Request) error {
	value, err := takeAll(w, r, wire.MaxValue)
	if err != nil {
		return err
	}
	return done(w, s.tls.Put(r.Context(), r.URL.Query().Get(wire.KeyParam), value))
}

func (s *Server) removeTLSValue(w http.ResponseWriter, r *http.Request) error {
	return done(w, s.tls.Remove(r.Context(), r.URL.Query().Get(wire.KeyParam)))
}

func (s *Server) tlsStat(w http.ResponseWriter, r *http.Request) error {
	v, err := s.tls.Stat(r.Context(), r.URL.Query().Get(wire.KeyParam))
	if err != nil {
		return err
	}
	return answerEdge(w, wire.Stat{Key: v.Key, Modified: v.Modified, Size: v.Size, Final: v.Final})
}

func (s *Server) tlsKeys(w http.ResponseWriter, r *http.Request) error {
	keys, err := s.tls.Keys(r.Context(), r.URL.Query().Get(wire.UnderParam))
	if err != nil {
		return err
	}
	return answerEdge(w, wire.Keys{Keys: keys})
}

func (s *Server) takeTLSLock(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	seconds, err := strconv.Atoi(q.Get(wire.LeaseParam))
	if err != nil || seconds < 1 || time.Duration(seconds)*time.Second > tenants.MaxTLSLease {
		return &tenants.Refusal{Reason: tenants.Invalid, Message: "lease is a whole number of seconds, at least 1 and at most " + strconv.Itoa(int(tenants.MaxTLSLease/time.Second))}
	}
	taken, err := s.tls.Lock(r.Context(), q.Get(wire.NameParam), q.Get(wire.OwnerParam), time.Duration(seconds)*time.Second)
	if err == nil && !taken {
		err = &tenants.Refusal{Reason: tenants.Conflict, Message: "another edge has this lock"}
	}
	return done(w, err)
}

func (s *Server) releaseTLSLock(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	return done(w, s.tls.Unlock(r.Context(), q.Get(wire.NameParam), q.Get(wire.OwnerParam)))
}

func (s *Server) signTLS(w http.ResponseWriter, r *http.Request) error {
	request, err := takeAll(w, r, wire.MaxRequest)
	if err != nil {
		return err
	}
	signed, err := s.tls.Sign(r.Context(), request)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pem-certificate-chain") // RFC 8555, section 9.1
	_, _ = w.Write(signed)                                              // nobody is left to tell
	return nil
}

func takeAll(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return nil, &tenants.Refusal{Reason: tenants.Invalid, Message: "the body must arrive whole, and have at most " + strconv.FormatInt(most, 10) + " bytes"}
	}
	return body, nil
}

func done(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func answerEdge(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // nobody is left to tell
	return nil
}
