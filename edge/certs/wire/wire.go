// Package wire owns what edges and the control plane tell each other of TLS certificates: addresses, parameters and answers. It never
// opens a connection.
//
// Every request has `Authorization: Bearer TOKEN`, the edges' token. A value is sent as it is:
//
//	GET, PUT, DELETE {control}/edge/v1/tls/value?key=K      the value under a key; 404 where there is none
//	GET              {control}/edge/v1/tls/stat?key=K       a Stat; 404 where nothing is at the key or under it
//	GET              {control}/edge/v1/tls/keys?under=P     Keys, all that are under a path
//	PUT, DELETE      {control}/edge/v1/tls/lock?name=N&owner=O&lease=SECONDS   409 while somebody else has it
//	POST             {control}/edge/v1/tls/sign             a certificate request in PEM; the certificate in PEM
//	POST             {control}/edge/v1/tls/asks?host=H&issuer=I   an Ask: an issuer may be asked for a certificate; 429 with Retry-After where not yet
//	PUT              {control}/edge/v1/tls/asks?id=N        what it failed of, or nothing
//	GET              {control}/edge/v1/tls/revocations      Revocations, of certificates that nobody may use any more
//	PUT              {control}/edge/v1/tls/revocations?id=N what telling the issuer failed of, or nothing
package wire

import "time"

// Where the control plane serves.
const (
	ValuePath = "/edge/v1/tls/value"
	StatPath  = "/edge/v1/tls/stat"
	KeysPath  = "/edge/v1/tls/keys"
	LockPath  = "/edge/v1/tls/lock"
	SignPath  = "/edge/v1/tls/sign"
	AsksPath  = "/edge/v1/tls/asks"

	RevocationsPath = "/edge/v1/tls/revocations"
)

// The parameters of queries.
const (
	KeyParam   = "key"
	UnderParam = "under"
	NameParam  = "name"
	OwnerParam = "owner"
	LeaseParam = "lease" // whole seconds
	HostParam  = "host"
	ByParam    = "issuer"
	IDParam    = "id"
)

const (
	// MaxValue bounds a value; a certificate with its chain takes some KiB.
	MaxValue = 256 << 10
	// MaxRequest bounds a certificate request.
	MaxRequest = 16 << 10
	// MaxSaid bounds what something failed of.
	MaxSaid = 4 << 10
	// ContentType of values.
	ContentType = "application/octet-stream"
)

// Stat is what is known of a key.
type Stat struct {
	Key      string    `json:"key"`
	Modified time.Time `json:"modified"`
	Size     int64     `json:"size"`
	Final    bool      `json:"final"` // false: other keys begin with it, and nothing is under it itself
}

// Keys are keys, in order.
type Keys struct {
	Keys []string `json:"keys"`
}

// Ask is a certificate that an issuer is asked for.
type Ask struct {
	ID int64 `json:"id"`
}

// Revocation is a certificate that nobody may use any more.
type Revocation struct {
	ID          int64  `json:"id"`
	Host        string `json:"host"`
	Issuer      string `json:"issuer"`
	Fingerprint string `json:"fingerprint"`           // SHA-256 in hexadecimal
	Reason      string `json:"reason"`                // as RFC 5280 calls it
	Certificate string `json:"certificate,omitempty"` // the chain in PEM, where the issuer has not heard of it
}

// Revocations are those of certificates that have not ended by themselves.
type Revocations struct {
	Revocations []Revocation `json:"revocations"`
}
