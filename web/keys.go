package main

import (
	"context"
	"errors"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/keys"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

type keysCommand struct {
	New    newKey     `cmd:"" help:"Make the key of the public log, its mark and the act key beside it. None is ever written over."`
	Recode recodeKeys `cmd:"" help:"After the act key was replaced: make the codes of log entries, logins and appointments anew with it, so that the old secret is worth nothing."`
	Seal   newSeal    `cmd:"" help:"Make a key and a certificate that PDFs are sealed with."`
}

type newKey struct {
	File string `arg:"" help:"Where the key is kept: a file that nobody else can read, not with the database."`
}

// Run makes a key for the log of this portal's address.
func (k newKey) Run(sh *shell) error {
	made, err := keys.NewLog(k.File, origin(sh.config.BaseURL))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(sh.out, "The key of the log %s is in %s, how far the log was shown in %s.mark, and what acts are recorded with in %s.acts.\nSet %sLOG_KEY to the first. Give this verifier key to witnesses and to whoever checks signatures:\n%s\n",
		made.Name(), k.File, k.File, k.File, prefix, made.Verifier())
	return err
}

type recodeKeys struct{}

// Run makes the codes of before anew, and says when the secrets of
// before can go.
func (recodeKeys) Run(ctx context.Context, sh *shell) error {
	pass, err := access.Check(access.PortalActor("keys"), access.KeepLog, organisation.National)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, sh.config)
	if err != nil {
		return err
	}
	done, err := storage.Log{DB: db}.Recode(ctx, pass, func(codes int, of string) event.Event {
		return event.New(newID(), pass, sh.now(), "codes made anew", "log", fmt.Sprintf("%s of %s, made anew with the act key in use", attestation.Count(codes, "code"), of))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(sh.out, "%s made anew.\n", attestation.Count(done.Anew, "code")); err != nil {
		return err
	}
	switch {
	case done.Foreign > 0:
		return fmt.Errorf("%s stayed as they were, because no secret of the act key made them or the record does not vouch for their rows: run `countersign fsck`", attestation.Count(done.Foreign, "code"))
	case done.Waiting > 0:
		return fmt.Errorf("%s of before still without a place in the log: let the portal run for a minute with the secret of before alone, or look whose they are, and run this again", attestation.Count(done.Waiting, "act"))
	}
	_, err = fmt.Fprintf(sh.out, "Every code is of the first secret in %s. Take the secrets below it out, on every machine, and start the programs again.\n", sh.config.Log.Acts)
	return err
}

type newSeal struct {
	File string `arg:"" help:"Where key and certificate are kept: a file that nobody else can read."`
}

// Run makes a key for sealing documents.
func (k newSeal) Run(sh *shell) error {
	made, err := keys.NewSeal(k.File, sh.config.Service+" ("+sh.config.BaseURL.Host+")", sh.now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(sh.out, "The key and certificate are in %s. Set %sSEAL_KEY to it. The certificate’s SHA-256 is\n%s\nNobody but its own key has signed it: for one that other programs know, put a key and certificates of an authority into the file instead.\n",
		k.File, prefix, keys.Fingerprint(made.Chain[0]))
	return err
}
