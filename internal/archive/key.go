package archive

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"filippo.io/age"
)

// shortestPassphrase is in characters.
const shortestPassphrase = 12

// Recipients are who may read an archive: public keys of the form age1..., or else who knows the passphrase in a file.
func Recipients(keys []string, passphraseFile string) ([]age.Recipient, error) {
	if len(keys) > 0 && passphraseFile != "" {
		return nil, errors.New("choose a passphrase or recipients, not both: age can't mix them")
	}
	if passphraseFile != "" {
		passphrase, err := readPassphrase(passphraseFile)
		if err != nil {
			return nil, err
		}
		r, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			return nil, fmt.Errorf("passphrase in %s: %w", passphraseFile, err)
		}
		return []age.Recipient{r}, nil
	}
	var list []age.Recipient
	for _, key := range keys {
		r, err := age.ParseX25519Recipient(key)
		if err != nil {
			return nil, fmt.Errorf("recipient %q is not a public key such as age1..., which `age-keygen` prints", key)
		}
		list = append(list, r)
	}
	return list, nil
}

// Identities open an archive: the secret keys in a file, as age-keygen writes it, or the passphrase in one.
func Identities(identityFile, passphraseFile string) ([]age.Identity, error) {
	switch {
	case (identityFile == "") == (passphraseFile == ""):
		return nil, errors.New("choose a file with an identity or one with a passphrase")
	case passphraseFile != "":
		passphrase, err := readPassphrase(passphraseFile)
		if err != nil {
			return nil, err
		}
		i, err := age.NewScryptIdentity(passphrase)
		if err != nil {
			return nil, fmt.Errorf("passphrase in %s: %w", passphraseFile, err)
		}
		return []age.Identity{i}, nil
	}
	data, err := os.ReadFile(identityFile)
	if err != nil {
		return nil, fmt.Errorf("read an identity: %w", err)
	}
	list, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil { // not repeated: the line at fault may be a secret
		return nil, fmt.Errorf("%s does not hold identities as `age-keygen` writes them", identityFile)
	}
	return list, nil
}

func readPassphrase(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read a passphrase: %w", err)
	}
	passphrase := strings.TrimRight(string(data), "\r\n")
	if utf8.RuneCountInString(passphrase) < shortestPassphrase {
		return "", fmt.Errorf("the passphrase in %s is shorter than %d characters", file, shortestPassphrase)
	}
	return passphrase, nil
}
