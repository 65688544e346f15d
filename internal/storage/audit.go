package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/event"
	"countersign/internal/storage/gen"
	"countersign/internal/transparency"
)

// Audit reads everything that is compared with the log. It writes nothing.
type Audit struct{ DB *DB }

// auditPage is how many rows are read at once.
const auditPage = 1000

// paged reads rows page by page, each from the key of the last one.
func paged[T any, K any](first K, read func(after K) ([]T, error), key func(T) K, see func(T) error) error {
	for after := first; ; {
		rows, err := read(after)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := see(row); err != nil {
				return err
			}
			after = key(row)
		}
		if len(rows) < auditPage {
			return nil
		}
	}
}

// Entries reads the log in its order, from a place on.
func (s Audit) Entries(ctx context.Context, pass access.Pass, from int64, see func(audit.Entry) error) error {
	if err := national(pass); err != nil {
		return err
	}
	return paged(from, func(n int64) ([]gen.AuditEntriesRow, error) {
		rows, err := s.DB.read.AuditEntries(ctx, gen.AuditEntriesParams{N: n, Limit: auditPage})
		return rows, wrapped(err, "read entries")
	}, func(r gen.AuditEntriesRow) int64 { return r.N + 1 }, func(r gen.AuditEntriesRow) error {
		leaf := transparency.Leaf(r.Leaf)
		return see(audit.Entry{N: r.N, Leaf: leaf, Salt: r.Salt, Own: s.DB.acts.Made(leaf, r.Mac), Event: toEvent(gen.Event{ID: r.ID, At: r.At, Actor: r.Actor, ActorName: r.ActorName, Office: r.Office,
			Organisation: r.Organisation, Kind: r.Kind, Thing: r.Thing, Detail: r.Detail, Digest: r.Digest})})
	})
}

// Hashes reads the stored hashes in their order.
func (s Audit) Hashes(ctx context.Context, pass access.Pass, see func(int64, tlog.Hash) error) error {
	if err := national(pass); err != nil {
		return err
	}
	return paged(0, func(n int64) ([]gen.LogHash, error) {
		rows, err := s.DB.read.AuditHashes(ctx, gen.AuditHashesParams{N: n, Limit: auditPage})
		return rows, wrapped(err, "read hashes")
	}, func(r gen.LogHash) int64 { return r.N + 1 }, func(r gen.LogHash) error {
		if len(r.Hash) != tlog.HashSize {
			return see(r.N, tlog.Hash{})
		}
		return see(r.N, tlog.Hash(r.Hash))
	})
}

// Heads reads every checkpoint as its row says it is.
func (s Audit) Heads(ctx context.Context, pass access.Pass, see func(transparency.Head, bool) error) error {
	if err := national(pass); err != nil {
		return err
	}
	return paged(0, func(size int64) ([]gen.AuditCheckpointsRow, error) {
		rows, err := s.DB.read.AuditCheckpoints(ctx, gen.AuditCheckpointsParams{Size: size, Limit: auditPage})
		return rows, wrapped(err, "read checkpoints")
	}, func(r gen.AuditCheckpointsRow) int64 { return r.Size }, func(r gen.AuditCheckpointsRow) error {
		lines, err := s.DB.read.ListCosignatures(ctx, r.Size)
		if err != nil {
			return fmt.Errorf("list cosignatures of size %d: %w", r.Size, err)
		}
		head := transparency.Head{Checkpoint: transparency.Checkpoint{Size: r.Size}, Note: r.Note, SignedAt: instant(r.SignedAt)}
		head.Root, _ = tlog.ParseHash(r.Root) // a root that cannot be read is not the one of the note
		for _, line := range lines {
			head.Note += line.Line
		}
		return see(head, r.Shown == 1)
	})
}

// Waiting reads the queue.
func (s Audit) Waiting(ctx context.Context, pass access.Pass, see func(audit.Entry) error) error {
	if err := national(pass); err != nil {
		return err
	}
	return paged("", func(id string) ([]gen.AuditQueueRow, error) {
		rows, err := s.DB.read.AuditQueue(ctx, gen.AuditQueueParams{Event: id, Limit: auditPage})
		return rows, wrapped(err, "read the queue")
	}, func(r gen.AuditQueueRow) string { return r.Event }, func(r gen.AuditQueueRow) error {
		leaf := transparency.Leaf(r.Leaf)
		return see(audit.Entry{Leaf: leaf, Own: s.DB.acts.Made(leaf, r.Mac), Event: event.Event{ID: r.Event, Kind: r.Kind, Thing: r.Thing}})
	})
}

// Newest reads the event of the latest moment.
func (s Audit) Newest(ctx context.Context, pass access.Pass, see func(event.Event) error) error {
	if err := national(pass); err != nil {
		return err
	}
	rows, err := s.DB.read.AuditNewest(ctx)
	if err != nil {
		return fmt.Errorf("find the newest event: %w", err)
	}
	for _, row := range rows {
		if err := see(toEvent(row)); err != nil {
			return err
		}
	}
	return nil
}

// Loose lists events whose leaf will never get a place.
func (s Audit) Loose(ctx context.Context, pass access.Pass) ([]string, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	events, err := s.DB.read.AuditLoose(ctx)
	return events, wrapped(err, "list loose leaves")
}

// Without lists events since the log began that have no leaf.
func (s Audit) Without(ctx context.Context, pass access.Pass, see func(event.Event) error) error {
	if err := national(pass); err != nil {
		return err
	}
	return paged("", func(id string) ([]gen.Event, error) {
		rows, err := s.DB.read.AuditWithout(ctx, gen.AuditWithoutParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list events without a leaf")
	}, func(r gen.Event) string { return r.ID }, func(r gen.Event) error { return see(toEvent(r)) })
}

// Records reads what events vouch for.
func (s Audit) Records(ctx context.Context, pass access.Pass, see func(audit.Record) error) error {
	if err := national(pass); err != nil {
		return err
	}
	for _, read := range []func(context.Context, func(audit.Record) error) error{s.organisations, s.people, s.logins, s.appointments, s.statements, s.returns, s.versions, s.responses, s.evidence, s.decisions, s.campaigns, s.asking, s.commitments, s.acting, s.wordings} {
		if err := read(ctx, see); err != nil {
			return err
		}
	}
	return nil
}

// vouched reads the digest of the newest event of a kind about a thing.
func (s Audit) vouched(ctx context.Context, thing, org, kind string) (string, error) {
	digest, err := s.DB.read.AuditVouching(ctx, gen.AuditVouchingParams{Thing: thing, Organisation: org, Kind: kind})
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return digest, wrapped(err, "find what vouches for "+thing)
}

func (s Audit) organisations(ctx context.Context, see func(audit.Record) error) error {
	rows, err := s.DB.read.ListOrganisations(ctx)
	if err != nil {
		return fmt.Errorf("list organisations: %w", err)
	}
	for _, row := range rows {
		r := audit.Record{What: "organisation", Thing: "organisation/" + row.Code, Digest: row.Code}
		known, err := s.DB.read.AuditKnown(ctx, r.Thing)
		if err != nil {
			return fmt.Errorf("find the event of %s: %w", r.Thing, err)
		}
		if known > 0 {
			r.Vouched = row.Code
		}
		if err := see(r); err != nil {
			return err
		}
	}
	return nil
}

// seeRecord passes a record on, without the row it is of.
func seeRecord[R any](see func(audit.Record) error) func(R, audit.Record) error {
	return func(_ R, r audit.Record) error { return see(r) }
}

func (s Audit) people(ctx context.Context, see func(audit.Record) error) error {
	return peopleRows.all(ctx, s.DB.read, auditPage, seeRecord[gen.Person](see))
}

func (s Audit) logins(ctx context.Context, see func(audit.Record) error) error {
	return loginRows.all(ctx, s.DB.read, auditPage, seeRecord[gen.Login](see))
}

func (s Audit) appointments(ctx context.Context, see func(audit.Record) error) error {
	return appointmentRows.all(ctx, s.DB.read, auditPage, seeRecord[gen.Appointment](see))
}

// People reads a slice of the rows about people, at most limit of each kind.
func (s Audit) People(ctx context.Context, pass access.Pass, from audit.Slice, limit int, see func(audit.Record) error) (audit.Slice, error) {
	if err := national(pass); err != nil {
		return from, err
	}
	next := from
	var err error
	if next.Person, err = peopleRows.page(ctx, s.DB.read, from.Person, limit, seeRecord[gen.Person](see)); err != nil {
		return from, err
	}
	if next.Login, err = loginRows.page(ctx, s.DB.read, from.Login, limit, seeRecord[gen.Login](see)); err != nil {
		return from, err
	}
	if next.Appointment, err = appointmentRows.page(ctx, s.DB.read, from.Appointment, limit, seeRecord[gen.Appointment](see)); err != nil {
		return from, err
	}
	return next, nil
}

func (s Audit) statements(ctx context.Context, see func(audit.Record) error) error {
	return paged("", func(id string) ([]gen.AuditStatementsRow, error) {
		rows, err := s.DB.read.AuditStatements(ctx, gen.AuditStatementsParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list statements")
	}, func(r gen.AuditStatementsRow) string { return r.ID }, func(row gen.AuditStatementsRow) error {
		r := audit.Record{What: "statement", Thing: "statement/" + row.ID, Digest: string(attestation.DigestOf(row.Words))}
		if row.Digest != r.Digest || int(row.CoSigns) != len(attestation.Statement{Words: row.Words}.CoSigns()) {
			r.Digest = "words, digest and who signs beside apart"
		}
		var err error
		if r.Vouched, err = s.vouched(ctx, r.Thing, row.Organisation, "statement locked"); err != nil {
			return err
		}
		return see(r)
	})
}

func (s Audit) returns(ctx context.Context, see func(audit.Record) error) error {
	rows, err := s.DB.read.AuditReturns(ctx)
	if err != nil {
		return fmt.Errorf("list returned statements: %w", err)
	}
	for _, row := range rows {
		r := audit.Record{What: "reason of a returned statement", Thing: "statement/" + row.ID, Digest: string(attestation.DigestOf(row.Reason))}
		if r.Vouched, err = s.vouched(ctx, r.Thing, row.Organisation, "statement returned"); err != nil {
			return err
		}
		if err := see(r); err != nil {
			return err
		}
	}
	return nil
}

// versionKinds is how the event of each kind of version is called.
var versionKinds = map[string]string{"issue": "alert issued", "correction": "alert corrected", "update": "alert updated", "extension": "alert extended", "withdrawal": "alert withdrawn"}

func (s Audit) versions(ctx context.Context, see func(audit.Record) error) error {
	return paged("", func(id string) ([]gen.AlertVersion, error) {
		rows, err := s.DB.read.AuditVersions(ctx, gen.AuditVersionsParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list versions of alerts")
	}, func(r gen.AlertVersion) string { return r.ID }, func(row gen.AlertVersion) error {
		v, err := toVersion(row)
		if err != nil {
			return see(audit.Record{What: "version of an alert", Thing: "alert/" + row.Alert, Digest: "unreadable", Vouched: "readable"})
		}
		r := audit.Record{What: "version of an alert", Thing: "alert/" + row.Alert, Digest: v.Digest()}
		for _, kind := range []string{versionKinds[row.Kind], "past alert imported"} {
			made, err := s.DB.read.AuditMade(ctx, gen.AuditMadeParams{Thing: r.Thing, Kind: kind, Digest: r.Digest})
			if err != nil {
				return fmt.Errorf("find the event of %s: %w", r.Thing, err)
			}
			if made > 0 {
				r.Vouched = r.Digest
			}
		}
		if r.Vouched == "" {
			r.Vouched = "another version" // the alert has its events: what they stand for is another text
		}
		return see(r)
	})
}

func (s Audit) responses(ctx context.Context, see func(audit.Record) error) error {
	organisations, err := s.DB.read.ListOrganisations(ctx)
	if err != nil {
		return fmt.Errorf("list organisations: %w", err)
	}
	for _, o := range organisations {
		rows, err := s.DB.read.AuditResponses(ctx, o.Code)
		if err != nil {
			return fmt.Errorf("list answers of %s: %w", o.Code, err)
		}
		for _, row := range rows {
			r := audit.Record{What: "answer of " + o.Code, Thing: "alert/" + row.Alert, Digest: "unreadable"}
			if response, err := toResponse(row); err == nil {
				r.Digest = response.Digest()
			}
			r.Vouched, err = s.DB.read.AuditAnswering(ctx, gen.AuditAnsweringParams{Thing: r.Thing, Organisation: o.Code})
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return fmt.Errorf("find what vouches for %s of %s: %w", r.Thing, o.Code, err)
			}
			if err := see(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s Audit) evidence(ctx context.Context, see func(audit.Record) error) error {
	return paged("", func(id string) ([]gen.AuditEvidenceRow, error) {
		rows, err := s.DB.read.AuditEvidence(ctx, gen.AuditEvidenceParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list evidence")
	}, func(r gen.AuditEvidenceRow) string { return r.ID }, func(row gen.AuditEvidenceRow) error {
		r := audit.Record{What: "evidence", Thing: "evidence/" + row.ID, Digest: row.Digest}
		var err error
		for _, kind := range []string{"evidence released", "evidence scanned"} {
			if r.Vouched, err = s.vouched(ctx, r.Thing, row.Organisation, kind); err != nil {
				return err
			} else if r.Vouched != "" {
				break
			}
		}
		return see(r)
	})
}

func (s Audit) decisions(ctx context.Context, see func(audit.Record) error) error {
	return paged("", func(id string) ([]gen.AuditDecisionsRow, error) {
		rows, err := s.DB.read.AuditDecisions(ctx, gen.AuditDecisionsParams{ID: id, Limit: auditPage})
		return rows, wrapped(err, "list decisions about risks")
	}, func(r gen.AuditDecisionsRow) string { return r.ID }, func(row gen.AuditDecisionsRow) error {
		r := audit.Record{What: "decision about a risk", Thing: "alert/" + row.Alert, Digest: row.Digest, Vouched: ""}
		for _, kind := range []string{"risk accepted", "risk accepted in part", "risk refused"} {
			made, err := s.DB.read.AuditMade(ctx, gen.AuditMadeParams{Thing: r.Thing, Kind: kind, Digest: r.Digest})
			if err != nil {
				return fmt.Errorf("find the event of a decision about %s: %w", r.Thing, err)
			}
			if made > 0 {
				r.Vouched = r.Digest
			}
		}
		return see(r)
	})
}

func wrapped(err error, what string) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
