// Package strictjson owns what JSON from outside must be before anybody decodes it: one value that every reader makes the
// same of, and that can be kept and given back. It never decodes a value itself.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Check refuses what a decoder would choose from, what a database could not store or would store much larger, and what nests
// more than depth levels: readers give up on deep JSON, and on all that comes with it. The error is a sentence about "the body"
// for whoever sent it. The escape of half a surrogate is let through: texts that clients cut have them, and every decoder
// makes U+FFFD of it.
func Check(body []byte, depth int) error {
	if !utf8.Valid(body) {
		return errors.New("the body is not valid UTF-8 text")
	}
	tokens, at := json.NewDecoder(bytes.NewReader(body)), nesting{}
	tokens.UseNumber()
	for {
		token, err := tokens.Token()
		if errors.Is(err, io.EOF) && json.Valid(body) { // one value, and nothing after it
			return nil
		}
		if err != nil {
			return fmt.Errorf("the body is not valid JSON; it goes wrong after %d bytes", tokens.InputOffset())
		}
		if err := value(token); err != nil {
			return err
		}
		if err := at.enter(token); err != nil {
			return err
		}
		if len(at) > depth {
			return fmt.Errorf("the body nests more than the %d levels that are allowed", depth)
		}
	}
}

func value(token json.Token) error {
	switch token := token.(type) {
	case string:
		if strings.ContainsRune(token, 0) {
			return errors.New("the body has a text with the character U+0000 in it, which is not allowed")
		}
	case json.Number:
		if n := digits(string(token)); n > digitsMost {
			return fmt.Errorf("the body has the number %.40s, which has more than the %d digits that are allowed, all of them written out", token, digitsMost)
		}
	}
	return nil
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
