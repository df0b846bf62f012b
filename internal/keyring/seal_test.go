package keyring

import (
	"bytes"
	"errors"
	"testing"
)

func TestSealedSecretOpensOnlyWithItsKeyInItsPlace(t *testing.T) {
	t.Parallel()
	key, other := bytes.Repeat([]byte{1}, KeySize), bytes.Repeat([]byte{2}, KeySize)
	for _, secret := range [][]byte{{}, []byte("correct horse")} {
		sealed, err := Seal(key, secret, []byte("row 1"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Unseal(key, sealed, []byte("row 1"))
		if err != nil || !bytes.Equal(got, secret) {
			t.Fatalf("%q %v", got, err)
		}
		if _, err := Unseal(other, sealed, []byte("row 1")); !errors.Is(err, ErrSealed) {
			t.Errorf("another key: %v", err)
		}
		if _, err := Unseal(key, sealed, []byte("row 2")); !errors.Is(err, ErrSealed) {
			t.Errorf("another place: %v", err)
		}
		for i := range sealed {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1
			if _, err := Unseal(key, changed, []byte("row 1")); !errors.Is(err, ErrSealed) {
				t.Fatalf("byte %d changed: %v", i, err)
			}
			if _, err := Unseal(key, sealed[:i], []byte("row 1")); !errors.Is(err, ErrSealed) {
				t.Fatalf("cut to %d bytes: %v", i, err)
			}
		}
	}
}

func TestSealNeverRepeatsItself(t *testing.T) {
	t.Parallel()
	key := make([]byte, KeySize)
	a, _ := Seal(key, []byte("x"), nil)
	b, _ := Seal(key, []byte("x"), nil)
	if bytes.Equal(a, b) {
		t.Fatal("two seals of one secret are equal")
	}
}

func TestAKeyOfTheWrongLengthIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := Seal([]byte("short"), nil, nil); err == nil {
		t.Error("Seal took a short key")
	}
	if _, err := Unseal([]byte("short"), nil, nil); err == nil || errors.Is(err, ErrSealed) {
		t.Errorf("Unseal: %v", err)
	}
}
