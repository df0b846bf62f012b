package embedded

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// keptMails is how many messages a mailbox holds before the oldest make room.
const keptMails = 500

// mailTime sorts as text, so that a message's name tells its age.
const mailTime = "20060102T150405.000000000Z"

// message is a caught mail. From and To are the envelope's: who it would really have gone to.
type message struct {
	ID         string    `json:"id"`
	From       string    `json:"from"`
	To         []string  `json:"to"`
	Subject    string    `json:"subject"`
	ReceivedAt time.Time `json:"received_at"`
	Text       string    `json:"text,omitempty"`
}

// mailbox is a directory of messages, each a file that mail programs open, the envelope as headers in front.
type mailbox struct {
	dir string
	mu  sync.Mutex // held while messages are added and removed
}

func openMailbox(dir string) (*mailbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mail catcher's directory: %w", err)
	}
	return &mailbox{dir: dir}, nil
}

func (b *mailbox) put(from string, to []string, raw []byte) error {
	content, err := enclose(envelope{from, to}, raw)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	id := time.Now().UTC().Format(mailTime) + "-" + strings.ToLower(rand.Text()[:8])
	partial := filepath.Join(b.dir, id+".partial")
	if err := os.WriteFile(partial, content, 0o600); err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	if err := os.Rename(partial, b.path(id)); err != nil {
		return err
	}
	return b.makeRoom()
}

func (b *mailbox) makeRoom() error {
	ids, err := b.ids()
	if err != nil {
		return err
	}
	for _, id := range ids[min(keptMails, len(ids)):] {
		if err := os.Remove(b.path(id)); err != nil {
			return err
		}
	}
	return nil
}

// ids returns the newest first.
func (b *mailbox) ids() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(b.dir, "*.eml"))
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(files))
	for _, f := range slices.Backward(files) {
		ids = append(ids, strings.TrimSuffix(filepath.Base(f), ".eml"))
	}
	return ids, nil
}

// list returns the messages to an address, to anybody if it is empty, the newest first and without their text.
func (b *mailbox) list(to string) ([]message, error) {
	ids, err := b.ids()
	if err != nil {
		return nil, err
	}
	found := []message{}
	for _, id := range ids {
		m, err := b.get(id)
		if errors.Is(err, os.ErrNotExist) {
			continue // made room since
		}
		if err != nil {
			return nil, err
		}
		if to == "" || slices.ContainsFunc(m.To, func(rcpt string) bool { return strings.EqualFold(rcpt, to) }) {
			m.Text = ""
			found = append(found, m)
		}
	}
	return found, nil
}

var mailID = regexp.MustCompile(`^\d{8}T\d{6}\.\d{9}Z-[a-z2-7]{8}$`)

// get returns os.ErrNotExist for a message that is not here.
func (b *mailbox) get(id string) (message, error) {
	if !mailID.MatchString(id) {
		return message{}, fmt.Errorf("mail %q: %w", id, os.ErrNotExist)
	}
	raw, err := os.ReadFile(b.path(id))
	if err != nil {
		return message{}, err
	}
	received, err := time.Parse(mailTime, id[:len(mailTime)])
	if err != nil {
		return message{}, fmt.Errorf("mail %q: %w", id, os.ErrNotExist)
	}
	return parseMail(id, received, raw), nil
}

// parseMail reads a kept message. A sender's nonsense is shown as it came.
func parseMail(id string, received time.Time, content []byte) message {
	sent, raw := disclose(content)
	m := message{ID: id, From: readable(sent.from), To: []string{}, ReceivedAt: received, Text: readable(string(raw))}
	for _, to := range sent.to {
		m.To = append(m.To, readable(to))
	}
	if parsed, err := mail.ReadMessage(bytes.NewReader(raw)); err == nil {
		m.Subject, m.Text = readable(decodeHeader(parsed.Header.Get("Subject"))), readableText(parsed.Header, parsed.Body)
	}
	return m
}

func (b *mailbox) path(id string) string { return filepath.Join(b.dir, id+".eml") }
