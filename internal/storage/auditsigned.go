package storage

import (
	"context"
	"fmt"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/storage/gen"
)

// Signatures reads every signature with what it is held against.
func (s Audit) Signatures(ctx context.Context, pass access.Pass, see func(audit.Signed) error) error {
	if err := national(pass); err != nil {
		return err
	}
	return paged("", func(id string) ([]gen.AuditSignaturesRow, error) {
		rows, err := s.DB.read.AuditSignatures(ctx, gen.AuditSignaturesParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list signatures")
	}, func(r gen.AuditSignaturesRow) string { return r.Signature.ID }, func(row gen.AuditSignaturesRow) error {
		g, err := toSignature(row.Signature)
		if err != nil {
			return err
		}
		signed := audit.Signed{Signature: g, Words: row.Words, State: attestation.State(row.State)}
		st, err := beside(ctx, s.DB.read, attestation.Statement{ID: g.Statement, Organisation: g.Organisation, Words: row.Words})
		if err != nil {
			return err
		}
		signed.Beside = st.Beside
		about := gen.ListEventsMadeParams{Thing: "statement/" + row.Signature.Statement, Organisation: row.Signature.Organisation, Kind: "statement signed"}
		if signed.Made, err = newestRecorded(ctx, s.DB.read, about, anything); err != nil {
			return err
		}
		return see(signed)
	})
}

// Gone lists events whose record is not there, and statements that stand as
// signed without a signature.
func (s Audit) Gone(ctx context.Context, pass access.Pass, see func(thing, kind string) error) error {
	if err := national(pass); err != nil {
		return err
	}
	rows, err := s.DB.read.AuditGone(ctx)
	if err != nil {
		return fmt.Errorf("list events without their record: %w", err)
	}
	for _, row := range rows {
		if err := see(row.Thing, row.Kind); err != nil {
			return err
		}
	}
	unsupported, err := s.DB.read.AuditUnsupported(ctx)
	if err != nil {
		return fmt.Errorf("list signed statements without a signature: %w", err)
	}
	for _, id := range unsupported {
		if err := see("statement/"+id, ""); err != nil {
			return err
		}
	}
	return nil
}

// KeySets reads every provider's key set that was kept.
func (s Audit) KeySets(ctx context.Context, pass access.Pass, see func(audit.Record) error) error {
	if err := national(pass); err != nil {
		return err
	}
	rows, err := s.DB.read.ListKeySets(ctx)
	if err != nil {
		return fmt.Errorf("list key sets: %w", err)
	}
	for _, row := range rows {
		r := audit.Record{What: "key set of " + row.KeySet.Issuer, Thing: row.Event.Thing, Digest: string(attestation.KeySetDigest(row.KeySet.Issuer, row.KeySet.Document))}
		if e := toEvent(row.Event); e.Kind == "key set seen" && s.DB.acts.records(e, row.Leaf, row.Salt, row.Mac) {
			r.Vouched = e.Digest
		}
		if row.KeySet.Digest != string(attestation.DigestOf(row.KeySet.Document)) {
			r.Digest = "keys and digest apart"
		}
		if err := see(r); err != nil {
			return err
		}
	}
	return nil
}
