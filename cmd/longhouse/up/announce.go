package up

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// Announcement says where everything answers. It is what DIR/up.json holds.
type Announcement struct {
	PID     int    `json:"pid"`
	Program string `json:"program"` // SHA-256 of the program that runs
	API     string `json:"api"`
	Edge    struct {
		HTTP  string `json:"http"`            // host:port
		HTTPS string `json:"https,omitempty"` // host:port; empty without TLS
	} `json:"edge"`
	Mail              string `json:"mail"`
	Metrics           string `json:"metrics"`
	BaseDomain        string `json:"base_domain"`
	OperatorTokenFile string `json:"operator_token_file"`
}

func (m *machine) announcement() Announcement {
	a := Announcement{PID: os.Getpid(), Program: m.sum, API: m.settings.APIURL(), Mail: m.settings.MailURL(), Metrics: m.settings.MetricsURL(),
		BaseDomain: m.settings.BaseDomain, OperatorTokenFile: m.layout.OperatorToken()}
	a.Edge.HTTP, a.Edge.HTTPS = m.settings.EdgeAddress(), m.settings.EdgeSecureAddress()
	return a
}

// announce writes up.json, which is there from when everything has answered until everything is stopped, also while a part
// that crashed is restarted, and tells the person who started us.
func (m *machine) announce(tell func(Announcement)) error {
	a := m.announcement()
	data, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return fmt.Errorf("encode up.json: %w", err)
	}
	if err := datadir.WriteFile(m.layout.UpFile(), append(data, '\n'), 0o644, os.Getuid()); err != nil {
		return err
	}
	tell(a)
	return nil
}

// ReadAnnouncement returns what the `longhouse up` that runs on the data directory says; os.ErrNotExist when there is
// none, or not everything answers yet.
func ReadAnnouncement(layout datadir.Layout) (a Announcement, err error) {
	data, err := os.ReadFile(layout.UpFile())
	if err != nil {
		return a, fmt.Errorf("read what runs: %w", err)
	}
	if err := json.Unmarshal(data, &a); err != nil {
		return a, fmt.Errorf("read %s: %w", layout.UpFile(), err)
	}
	return a, nil
}

// unannounce removes up.json, also one that an earlier life left when it was killed.
func (m *machine) unannounce() error {
	if err := os.Remove(m.layout.UpFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove up.json: %w", err)
	}
	return nil
}
