package ipfilter

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/cidr"
)

// Purpose is what a request comes for, where a filter may have an exception for it. The zero Purpose is anything else.
type Purpose string

// The purposes, as the control plane names them.
const (
	IncomingWebhook Purpose = "incoming_webhook"
	SCIM            Purpose = "scim"
)

// Token is the SHA-256 of what a request comes with.
type Token [sha256.Size]byte

// exception lets a network in for a purpose, with one of the tokens.
type exception struct {
	purpose Purpose
	network netip.Prefix
	until   int64
	tokens  []Token // in order
}

// Excepts reports whether the address is let in for this purpose, with this token, though Allows says no. It does not allocate.
func (f *Filter) Excepts(client netip.Addr, purpose Purpose, token Token, now func() time.Time) bool {
	if purpose == "" || !client.IsValid() {
		return false
	}
	client = client.WithZone("").Unmap()
	for i := range f.exceptions {
		e := &f.exceptions[i]
		if e.purpose != purpose || !e.network.Contains(client) {
			continue
		}
		_, known := slices.BinarySearchFunc(e.tokens, token, compareTokens)
		if known && (e.until == never || now().UnixMicro() < e.until) {
			return true
		}
	}
	return false
}

// readExceptions returns those that can be read.
func readExceptions(list []feed.Exception) (read []exception) {
	for _, said := range list {
		if e, err := readException(said); err == nil {
			read = append(read, e)
		}
	}
	return read
}

func readException(said feed.Exception) (e exception, err error) {
	if e.purpose = Purpose(said.For); e.purpose != IncomingWebhook && e.purpose != SCIM {
		return e, fmt.Errorf("for %.40q; known are %s and %s", said.For, IncomingWebhook, SCIM)
	}
	if e.network, err = cidr.Parse(said.Network); err != nil {
		return e, err
	}
	for _, text := range said.Tokens {
		var token Token
		if n, err := hex.Decode(token[:], []byte(text)); err != nil || n != len(token) || len(text) != hex.EncodedLen(len(token)) {
			return e, errors.New("a token is not a SHA-256 in hexadecimal")
		}
		e.tokens = append(e.tokens, token)
	}
	slices.SortFunc(e.tokens, compareTokens)
	e.until = endOf(said.Until)
	return e, nil
}

func compareTokens(a, b Token) int { return slices.Compare(a[:], b[:]) }

func checkException(said feed.Exception) error {
	if _, err := readException(said); err != nil {
		return fmt.Errorf("an exception of the IP filter for %.60q lets nobody in: %w", said.Network, err)
	}
	return nil
}
