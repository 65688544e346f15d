package main

import (
	"context"
	"errors"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/audit"
	"countersign/internal/storage"
)

type fsckCommand struct {
	Limit int `help:"How many findings to print." default:"1000"`
}

// Run compares database, public log and blobs, and names what does not agree.
// It changes nothing.
func (f fsckCommand) Run(ctx context.Context, sh *shell) error {
	if sh.config.Log.Acts == "" {
		return fmt.Errorf("%w, and nothing told from what somebody wrote into the database", storage.ErrNoActKey)
	}
	s, err := open(ctx, sh.config, sh.now)
	if err != nil {
		return err
	}
	found, err := s.check(ctx, f.Limit)
	if err := errors.Join(err, s.db.Close()); err != nil {
		return err
	}
	for _, each := range found {
		if _, err := fmt.Fprintln(sh.out, each); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		return fmt.Errorf("%d things do not agree. docs/transparency.md says what each means", len(found))
	}
	_, err = fmt.Fprintln(sh.out, "Database, public log and files agree.")
	return err
}

// check compares everything there is.
func (s *services) check(ctx context.Context, limit int) ([]audit.Finding, error) {
	who := access.PortalActor("fsck")
	found, err := s.audit.Check(ctx, who, limit)
	if err != nil {
		return found, err
	}
	differences, err := s.evidence.Reconcile(ctx, who, s.blobs)
	for _, e := range differences.Missing {
		found = append(found, audit.Finding{Class: audit.Bytes, Thing: "evidence/" + string(e.ID), Detail: "its bytes are not there, or not as many"})
	}
	if err != nil {
		return found, err
	}
	changed, err := s.blobs.Changed(ctx)
	for _, digest := range changed {
		found = append(found, audit.Finding{Class: audit.Bytes, Thing: "file " + digest, Detail: "its bytes are not those of its name"})
	}
	return found, err
}
