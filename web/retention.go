package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/organisation"
)

// How long what was signed can be kept, in years.
const (
	leastYears = 5
	mostYears  = 100
)

// readYears reads how long what was signed is kept.
func readYears(text string) (int, error) {
	years, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || years < leastYears || years > mostYears {
		return 0, fmt.Errorf("%sRETENTION_YEARS is %q: use a number of years from %d to %d, such as 20", prefix, text, leastYears, mostYears)
	}
	return years, nil
}

type retentionCommand struct{}

// Run lists what has been kept as long as it must be. It changes nothing.
func (retentionCommand) Run(ctx context.Context, sh *shell) error {
	s, err := open(ctx, sh.config, sh.now)
	if err != nil {
		return err
	}
	list, err := s.archive.Outlived(ctx, access.PortalActor("retention"))
	if err := errors.Join(err, s.db.Close()); err != nil {
		return err
	}
	for _, each := range list {
		if _, err := fmt.Fprintln(sh.out, outlivedLine(each, sh.config.Years)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(sh.out, "%s kept longer than %d years. Nothing was erased.\n", attestation.Count(len(list), "signed statement"), sh.config.Years)
	return err
}

// outlivedLine says which statement it is, and what its evidence is still for.
func outlivedLine(o attestation.Outlived, years int) string {
	line := fmt.Sprintf("%s %s, %s, signed %s, kept until %s", o.Organisation, o.Code.Groups(), o.Title, organisation.DayOf(o.SignedAt).Word(), attestation.Kept(o.SignedAt, years).Word())
	if o.Evidence > 0 {
		line += fmt.Sprintf("; evidence: %s, of which %d something else stands on too", attestation.Count(o.Evidence, "file"), o.Elsewhere)
	}
	return line
}
