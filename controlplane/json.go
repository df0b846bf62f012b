package controlplane

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const depthMost = 16

// checkJSON refuses what a decoder would repair or choose from, or a database could not store.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("the body is not valid UTF-8 text")
	}
	tokens, at := json.NewDecoder(bytes.NewReader(body)), nesting{}
	for {
		token, err := tokens.Token()
		if errors.Is(err, io.EOF) && json.Valid(body) { // one value, and nothing after it
			return nil
		}
		if err != nil {
			return fmt.Errorf("the body is not valid JSON; it goes wrong after %d bytes", tokens.InputOffset())
		}
		if text, ok := token.(string); ok && strings.ContainsRune(text, 0) {
			return errors.New("the body has a text with the character U+0000 in it, which is not allowed")
		}
		if err := at.enter(token); err != nil {
			return err
		}
	}
}

// nesting is what is open where a token stands, from the outermost.
type nesting []level

// level is an array, or an object with the names that it has so far.
type level struct {
	names map[string]bool // nil: an array
	named bool            // the next token is the value of the last name
}

func (n *nesting) enter(token json.Token) error {
	if token == json.Delim('}') || token == json.Delim(']') {
		*n = (*n)[:len(*n)-1]
		return nil
	}
	if err := n.name(token); err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		*n = append(*n, level{names: map[string]bool{}})
	case json.Delim('['):
		*n = append(*n, level{})
	}
	if len(*n) > depthMost {
		return fmt.Errorf("the body nests more than the %d levels that are allowed", depthMost)
	}
	return nil
}

// name refuses a property that the object has already: readers don't agree on which of the two counts.
func (n *nesting) name(token json.Token) error {
	if len(*n) == 0 {
		return nil
	}
	here := &(*n)[len(*n)-1]
	if here.names == nil {
		return nil
	}
	if here.named = !here.named; !here.named {
		return nil
	}
	name, _ := token.(string) // always, by the decoder's contract
	if here.names[name] {
		return fmt.Errorf("the body has the property %.40q twice in one object; each is allowed once", name)
	}
	here.names[name] = true
	return nil
}
