package storage

import (
	"context"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Withdrawals reads every withdrawal with what it is held against.
func (s Audit) Withdrawals(ctx context.Context, pass access.Pass, see func(audit.Revoked) error) error {
	if err := national(pass); err != nil {
		return err
	}
	return paged("", func(id string) ([]gen.AuditWithdrawalsRow, error) {
		rows, err := s.DB.read.AuditWithdrawals(ctx, gen.AuditWithdrawalsParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list withdrawals")
	}, func(r gen.AuditWithdrawalsRow) string { return r.Withdrawal.ID }, func(row gen.AuditWithdrawalsRow) error {
		revoked := audit.Revoked{Withdrawal: toWithdrawal(row.Withdrawal, row.WithdrawalAttempt), Signature: attestation.Signature{Code: attestation.Code(row.Code), Digest: attestation.Digest(row.SignedDigest),
			Statement: attestation.ID(row.Withdrawal.Statement), Organisation: organisation.Code(row.Withdrawal.Organisation)}}
		about := gen.ListEventsMadeParams{Thing: "statement/" + row.Withdrawal.Statement, Organisation: row.Withdrawal.Organisation, Kind: "signature withdrawn"}
		var err error
		if revoked.Made, err = newestRecorded(ctx, s.DB.read, about, anything); err != nil {
			return err
		}
		return see(revoked)
	})
}

// Successors reads every statement that takes the place of another.
func (s Audit) Successors(ctx context.Context, pass access.Pass, see func(audit.Successor) error) error {
	if err := national(pass); err != nil {
		return err
	}
	return paged("", func(id string) ([]gen.AuditSuccessorsRow, error) {
		rows, err := s.DB.read.AuditSuccessors(ctx, gen.AuditSuccessorsParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list replacements")
	}, func(r gen.AuditSuccessorsRow) string { return r.Statement.ID }, func(row gen.AuditSuccessorsRow) error {
		st, err := toStatement(row.Statement)
		if err != nil {
			return see(audit.Successor{Statement: attestation.Statement{ID: attestation.ID(row.Statement.ID)}, Unreadable: true})
		}
		next := audit.Successor{Statement: st, Code: attestation.Code(row.Code), Digest: attestation.Digest(row.Digest), Begun: row.Begun > 0, Told: row.Told > 0}
		moves, err := s.moves(ctx, st)
		if err != nil {
			return err
		}
		if next.Asked, err = s.asked(ctx, st, moves, time.Time{}); err != nil {
			return err
		}
		return see(next)
	})
}
