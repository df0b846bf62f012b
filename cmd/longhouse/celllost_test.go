package main

import (
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestWhatARestoreDoesNotFindIsAcceptedByName(t *testing.T) {
	t.Parallel()
	s := asOperator(t)
	s.must(s.store.Restored(t.Context(), time.Now(), auditKey))
	local, err := s.store.FindCell(t.Context(), "local")
	s.must(err)
	s.must(s.store.NoteUnreconciled(t.Context(), local.ID, "of the 7 workspaces that live in it, 5 have no database there", 5))
	if r := s.want(exitDone, "cells", "show", "local"); !strings.Contains(r.out, "nobody works in cell local until it was compared with the control plane's database: of the 7 workspaces") {
		t.Errorf("%s", r.out)
	}
	s.want(exitUsage, "cells", "accept-loss", "local") // nobody to ask
	s.want(exitUsage, "cells", "accept-loss", "local", "--confirm", "north")
	if r := s.want(exitDone, "cells", "accept-loss", "local", "--dry-run"); !strings.Contains(r.out, "cell.accept_loss") || !strings.Contains(r.out, "workspaces=5") {
		t.Errorf("%+v", r)
	}
	s.want(exitDone, "cells", "accept-loss", "local", "--confirm", "local")
	if r, _, err := s.store.Reconciliation(t.Context(), local.ID); err != nil || r.Accepted != 5 {
		t.Errorf("%+v, %v", r, err)
	}
	if r := s.want(exitRefused, "cells", "give-up", "local", "--confirm", "local"); !strings.Contains(r.err, "keeps the archive of the audit trail") {
		t.Errorf("%+v", r)
	}
}

func TestWhatIsKeptAsideIsDiscardedByName(t *testing.T) {
	t.Parallel()
	s := asOperator(t)
	name := tenants.NamesOfStorage(id.New()).Database
	s.want(exitUsage, "cells", "discard", "local", name) // nobody to ask
	s.want(exitUsage, "cells", "discard", "local", name, "--confirm", "local")
	if r := s.want(exitDone, "cells", "discard", "local", name, "--dry-run"); !strings.Contains(r.out, "cell.discard") || !strings.Contains(r.out, "storage="+name) {
		t.Errorf("%+v", r)
	}
	var op client.Operation
	s.want(exitDone, "cells", "discard", "local", name, "--confirm", name, "--json").into(t, &op)
	if op.Kind != client.OperationKindDiscard {
		t.Errorf("%+v", op)
	}
	s.want(exitRefused, "cells", "discard", "local", name, "--confirm", name)
}
