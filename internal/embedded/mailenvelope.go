package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// envelope is what SMTP says of a message, whatever the message says of itself.
type envelope struct {
	from string
	to   []string
}

// The envelope is kept as headers in front of the message. The last of them ends it: what comes behind is the sender's own.
const (
	returnPath  = "Return-Path: <"
	deliveredTo = "Delivered-To: "
	received    = "Received: by the mail catcher"
)

// enclose puts a message into its envelope. An address with a control character would be a header of its own.
func enclose(e envelope, raw []byte) ([]byte, error) {
	if strings.ContainsFunc(e.from+strings.Join(e.to, ""), unicode.IsControl) {
		return nil, errors.New("an address has a control character")
	}
	var content bytes.Buffer
	fmt.Fprintf(&content, "%s%s>\r\n", returnPath, e.from)
	for _, to := range e.to {
		fmt.Fprintf(&content, "%s%s\r\n", deliveredTo, to)
	}
	content.WriteString(received + "\r\n")
	content.Write(raw)
	return content.Bytes(), nil
}

// disclose takes a message out of its envelope. Those that were kept before envelopes had an end have one without it.
func disclose(content []byte) (e envelope, raw []byte) {
	for raw = content; ; {
		line, rest, found := bytes.Cut(raw, []byte("\r\n"))
		from, isFrom := bytes.CutPrefix(line, []byte(returnPath))
		to, isTo := bytes.CutPrefix(line, []byte(deliveredTo))
		switch {
		case found && string(line) == received:
			return e, rest
		case found && isFrom:
			e.from = string(bytes.TrimSuffix(from, []byte(">")))
		case found && isTo:
			e.to = append(e.to, string(to))
		default:
			return e, raw
		}
		raw = rest
	}
}
