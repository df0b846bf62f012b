package tenants

import (
	"context"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// heard are the states in which a workspace may ask the control plane for something.
var heard = []State{Running, Starting, Waking, Stopping, Hibernating}

// NewInstanceToken returns the secret by which an instance asks the control plane for what is its workspace's, and what is stored of it.
func NewInstanceToken() (secret string, hash []byte) {
	secret = newSecret(instancePrefix)
	return secret, hashSecret(secret)
}

// WorkspaceOf returns the workspace whose instance has this secret.
func (s *Store) WorkspaceOf(ctx context.Context, secret string) (uuid.UUID, error) {
	workspace, err := dbsql.New(s.pool).WorkspaceOfInstanceToken(ctx, dbsql.WorkspaceOfInstanceTokenParams{TokenHash: hashSecret(secret), States: texts(heard)})
	if err != nil {
		return uuid.Nil, unlessMissing(err, refuse(Unauthenticated, "", "this is no workspace's token, or no longer"))
	}
	return workspace, nil
}
