package main

import (
	"fmt"

	"countersign/internal/keys"
)

type keysCommand struct {
	New newKey `cmd:"" help:"Make the key of the public log, and its mark beside it. Neither is ever written over."`
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
	_, err = fmt.Fprintf(sh.out, "The key of the log %s is in %s, and how far the log was shown in %s.mark.\nSet %sLOG_KEY to the first. Give this verifier key to witnesses and to whoever checks signatures:\n%s\n",
		made.Name(), k.File, k.File, prefix, made.Verifier())
	return err
}
