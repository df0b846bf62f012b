package config

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/upcall"
)

// environment reads variables and keeps the first complaint.
type environment struct {
	get func(string) string
	err error
}

func (e *environment) refuse(name, value, allowed string) {
	if e.err == nil {
		e.err = &Invalid{Name: name, Value: value, Allowed: allowed}
	}
}

func (e *environment) text(name, fallback string) string {
	if v := e.get(name); v != "" {
		return v
	}
	return fallback
}

// secret is required and never repeated in a complaint.
func (e *environment) secret(name string) string {
	v := e.get(name)
	if v == "" {
		e.refuse(name, "", "a PostgreSQL connection URL such as postgres://role:password@/database?host=/socket/directory")
	}
	return v
}

func (e *environment) choice(name, fallback string, allowed ...string) string {
	v := e.text(name, fallback)
	for _, a := range allowed {
		if strings.EqualFold(a, v) {
			return a
		}
	}
	e.refuse(name, v, "one of "+strings.Join(allowed, ", "))
	return fallback
}

func (e *environment) flag(name string, fallback bool) bool {
	v, err := strconv.ParseBool(e.text(name, strconv.FormatBool(fallback)))
	if err != nil {
		e.refuse(name, e.get(name), "true or false")
	}
	return v
}

func (e *environment) number(name string, fallback, low, high int64) int64 {
	v, err := strconv.ParseInt(e.text(name, strconv.FormatInt(fallback, 10)), 10, 64)
	if err != nil || v < low || v > high {
		e.refuse(name, e.get(name), fmt.Sprintf("a whole number from %d to %d", low, high))
	}
	return v
}

func (e *environment) site(name string) *url.URL {
	v := e.get(name)
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(v, "#") {
		e.refuse(name, v, "an address such as https://team.example.com, without a path")
		return nil
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}
}

func (e *environment) address(name, fallback string) string {
	v := e.text(name, fallback)
	path, unix := strings.CutPrefix(v, "unix:")
	switch {
	case unix && (!strings.HasPrefix(path, "/") || len(path) > 107 || strings.ContainsRune(path, 0)):
		e.refuse(name, v, "unix: and an absolute path of at most 107 bytes")
	case !unix && !listenable(v):
		e.refuse(name, v, "host:port, :port or unix:/path")
	}
	return v
}

func listenable(address string) bool {
	_, port, err := net.SplitHostPort(address)
	_, wrong := strconv.ParseUint(port, 10, 16)
	return err == nil && wrong == nil
}

func (e *environment) bucket() Bucket {
	const p = "MM_FILESETTINGS_AMAZONS3"
	if e.get("MM_FILESETTINGS_DRIVERNAME") == "" {
		return Bucket{}
	}
	e.choice("MM_FILESETTINGS_DRIVERNAME", "", "amazons3")
	b := Bucket{
		Endpoint:  e.text(p+"ENDPOINT", "s3.amazonaws.com"),
		Region:    e.text(p+"REGION", "us-east-1"),
		Name:      e.get(p + "BUCKET"),
		AccessKey: e.get(p + "ACCESSKEYID"),
		SecretKey: e.get(p + "SECRETACCESSKEY"),
	}
	for name, v := range map[string]string{"BUCKET": b.Name, "ACCESSKEYID": b.AccessKey, "SECRETACCESSKEY": b.SecretKey} {
		if v == "" {
			e.refuse(p+name, "", "set, because MM_FILESETTINGS_DRIVERNAME is amazons3")
		}
	}
	scheme := "http://"
	if e.flag(p+"SSL", true) {
		scheme = "https://"
	}
	b.Endpoint = scheme + b.Endpoint
	return b
}

func (e *environment) sockets() Sockets {
	s := Sockets{Inherited: int(e.number("LONGHOUSE_INHERITED", 0, 0, 16)), Broker: e.get("LONGHOUSE_BROKER_LISTEN")}
	if s.Broker != "" && !strings.HasPrefix(e.address("LONGHOUSE_BROKER_LISTEN", ""), "unix:") {
		e.refuse("LONGHOUSE_BROKER_LISTEN", s.Broker, "unix: and an absolute path of at most 107 bytes")
	}
	return s
}

func (e *environment) control() Control {
	address := e.get(upcall.AddressVariable)
	if address == "" {
		return Control{}
	}
	path, is := strings.CutPrefix(e.address(upcall.AddressVariable, ""), "unix:")
	if !is {
		e.refuse(upcall.AddressVariable, address, "unix: and an absolute path of at most 107 bytes")
	}
	c := Control{Socket: path, Token: e.get(upcall.TokenVariable)}
	if c.Token == "" {
		e.refuse(upcall.TokenVariable, "", "a secret, because "+upcall.AddressVariable+" is set")
	}
	return c
}

func (e *environment) admin() Admin {
	if e.get("LONGHOUSE_ADMIN_LISTEN") == "" {
		return Admin{}
	}
	a := Admin{
		Listen:      e.address("LONGHOUSE_ADMIN_LISTEN", ""),
		WorkspaceID: e.get("LONGHOUSE_WORKSPACE_ID"),
	}
	if a.WorkspaceID == "" {
		e.refuse("LONGHOUSE_WORKSPACE_ID", "", "the workspace's id, because LONGHOUSE_ADMIN_LISTEN is set")
	}
	key, err := base64.StdEncoding.DecodeString(e.get("LONGHOUSE_CONTROL_KEY"))
	if err != nil || len(key) != ed25519.PublicKeySize {
		e.refuse("LONGHOUSE_CONTROL_KEY", e.get("LONGHOUSE_CONTROL_KEY"), "an Ed25519 public key of 32 bytes in standard base64, because LONGHOUSE_ADMIN_LISTEN is set")
	}
	a.Key = key
	return a
}
