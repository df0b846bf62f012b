package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// login is what is saved of a sign-in.
type login struct {
	API   string `json:"api"`
	Token string `json:"token"`
}

func loginFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find where the login is saved: %w", err)
	}
	return filepath.Join(dir, "longhouse", "login.json"), nil
}

// readLogin returns the zero login when none is saved.
func readLogin() (login, error) {
	path, err := loginFile()
	if err != nil {
		return login{}, nil // no home, no saved login: the environment is enough
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return login{}, nil
	}
	if err != nil {
		return login{}, fmt.Errorf("read the saved login: %w", err)
	}
	saved, err := parseLogin(raw)
	if err != nil { // not repeated: it may tell a part of the token
		return login{}, fmt.Errorf("the saved login %s is damaged; remove it and sign in again", path)
	}
	return saved, nil
}

func parseLogin(raw []byte) (login, error) {
	var saved login
	if err := json.Unmarshal(raw, &saved); err != nil {
		return login{}, err
	}
	return saved, nil
}

// save keeps the login for this user alone. It appears whole or not at all.
func (l login) save() error {
	path, err := loginFile()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode the login: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("save the login: %w", err)
	}
	fresh, err := os.CreateTemp(filepath.Dir(path), ".login-*") // 0600
	if err != nil {
		return fmt.Errorf("save the login: %w", err)
	}
	defer func() { _ = os.Remove(fresh.Name()) }()
	_, err = fresh.Write(raw)
	if err := errors.Join(err, fresh.Close()); err != nil {
		return fmt.Errorf("save the login: %w", err)
	}
	if err := os.Rename(fresh.Name(), path); err != nil {
		return fmt.Errorf("save the login: %w", err)
	}
	return nil
}

func forgetLogin() error {
	path, err := loginFile()
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the saved login: %w", err)
	}
	return nil
}
