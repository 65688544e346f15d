package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/alert/exchange"
)

type importAlerts struct {
	File string `arg:"" help:"An NHS cyber alert listing, the catalogue of known exploited vulnerabilities or a CSAF 2.0 advisory, in JSON." type:"existingfile"`
	Dry  bool   `help:"Say what would change, and change nothing." name:"dry-run"`
}

// Run keeps the alerts of a file as drafts, whole or not at all. What the file
// is, its content says.
func (i importAlerts) Run(ctx context.Context, sh *shell) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", i.File, err)
	}
	read, err := exchange.Read(bytes.NewReader(text))
	if err != nil {
		return refused(sh.out, i.File, err)
	}
	s, err := open(ctx, sh.config, sh.now)
	if err != nil {
		return err
	}
	did, err := s.alerts.Import(ctx, access.PortalActor("import"), read.Drafts, i.Dry)
	if err == nil {
		_, err = fmt.Fprintf(sh.out, "This is %s.\n%s", read.Format.Word(), did.Text(i.Dry))
	}
	for _, note := range read.Notes {
		if err == nil {
			_, err = fmt.Fprintln(sh.out, "Note:", note)
		}
	}
	return errors.Join(err, s.db.Close())
}

type importResponses struct {
	File string `arg:"" help:"A CSV of past alerts and what organisations answered (docs/moving-in.md)." type:"existingfile"`
	Dry  bool   `help:"Say what would change, and change nothing." name:"dry-run"`
}

// Run keeps past alerts and answers, whole or not at all.
func (i importResponses) Run(ctx context.Context, sh *shell) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", i.File, err)
	}
	lines, err := alert.ReadPast(bytes.NewReader(text))
	if err != nil {
		return refused(sh.out, i.File, err)
	}
	s, err := open(ctx, sh.config, sh.now)
	if err != nil {
		return err
	}
	did, err := s.alerts.ImportPast(ctx, access.PortalActor("import"), lines, i.Dry)
	if err != nil {
		return errors.Join(refused(sh.out, i.File, err), s.db.Close())
	}
	_, err = fmt.Fprint(sh.out, did.Text(i.Dry))
	return errors.Join(err, s.db.Close())
}

type importTemplate struct {
	File string `arg:"" help:"The wording of a statement, in JSON (docs/statements.md)." type:"existingfile"`
}

// Run keeps a wording as a draft, or says what is wrong with it. A regulator
// publishes it.
func (i importTemplate) Run(ctx context.Context, sh *shell) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", i.File, err)
	}
	s, err := open(ctx, sh.config, sh.now)
	if err != nil {
		return err
	}
	t, err := s.editor.Import(ctx, access.PortalActor("import"), text)
	if err != nil {
		return errors.Join(refused(sh.out, i.File, err), s.db.Close())
	}
	_, err = fmt.Fprintf(sh.out, "%s, edition %d, waits as a draft. A regulator publishes it.\n", t.ID, t.Edition)
	return errors.Join(err, s.db.Close())
}
