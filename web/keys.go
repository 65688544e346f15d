package main

import (
	"fmt"

	"countersign/internal/keys"
)

type keysCommand struct {
	New  newKey  `cmd:"" help:"Make the key of the public log, its mark and the act key beside it. None is ever written over."`
	Seal newSeal `cmd:"" help:"Make a key and a certificate that PDFs are sealed with."`
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
