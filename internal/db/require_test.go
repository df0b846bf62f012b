package db

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestRowsMayRequireNewerCodeThanTheirSchema(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	must(t, Migrate(t.Context(), pool, migrations(3)))
	require := func(version int, outcome error) error {
		return pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			must(t, Require(t.Context(), tx, version))
			return outcome
		})
	}
	refused := errors.New("refused")
	if err := require(3, refused); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	must(t, Current(t.Context(), pool, migrations(2)))
	must(t, require(3, nil))
	must(t, require(1, nil)) // what is less is required already
	if err := Current(t.Context(), pool, migrations(2)); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("err = %v", err)
	}
	must(t, Current(t.Context(), pool, migrations(3)))
}
