package storage

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Evidence keeps what is known of each file; the bytes are package blob's.
type Evidence struct{ DB *DB }

// Add keeps a file with its uses, if the organisation then holds no more than
// its quota. The sum leans on every record of the organisation: of two files
// added at once, one sees the other.
func (s Evidence) Add(ctx context.Context, pass access.Pass, f evidence.File, quota int64, e event.Event) error {
	return s.DB.lean(ctx, func(q *queries) error {
		held, err := q.HeldEvidence(ctx, code(pass.In()))
		if err != nil {
			return fmt.Errorf("measure the evidence of %s: %w", pass.In(), err)
		}
		if held+f.Size > quota {
			return evidence.ErrFull
		}
		err = q.AddEvidence(ctx, gen.AddEvidenceParams{ID: string(f.ID), Organisation: code(pass.In()), Title: f.Title, Owner: string(f.Owner), AboutOn: string(f.AboutOn),
			RunsUntil: string(f.RunsUntil), FileName: f.Name, MediaType: f.MediaType, Size: f.Size, Digest: f.Digest, Verdict: string(f.Verdict), VerdictBy: f.VerdictBy,
			VerdictWhy: f.VerdictWhy, ReceivedBy: f.ReceivedBy, ReceivedAt: micros(f.ReceivedAt)})
		if err != nil {
			if taken(err) {
				return evidence.ErrSame // uploaded twice at the same moment
			}
			return fmt.Errorf("add evidence: %w", err)
		}
		if err := link(ctx, q, pass, f.ID, f.Uses, f.ReceivedAt); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

// Link adds uses to a file of the decision's organisation.
func (s Evidence) Link(ctx context.Context, pass access.Pass, id evidence.ID, things []string, at time.Time, decide func(evidence.File) (event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		f, _, err := findEvidence(ctx, q, pass, id)
		if err != nil {
			return err
		}
		e, err := decide(f)
		if err != nil {
			return err
		}
		if err := link(ctx, q, pass, id, things, at); err != nil {
			return err
		}
		return addEvents(ctx, q, e)
	})
}

func link(ctx context.Context, q *queries, pass access.Pass, id evidence.ID, things []string, at time.Time) error {
	for _, thing := range things {
		err := q.AddEvidenceLink(ctx, gen.AddEvidenceLinkParams{Evidence: string(id), Organisation: code(pass.In()), Thing: thing, LinkedBy: pass.Who().ID, LinkedAt: micros(at)})
		if err != nil {
			return fmt.Errorf("link evidence %s: %w", id, err)
		}
	}
	return nil
}

// Find reads one file of the decision's organisation, with its uses.
func (s Evidence) Find(ctx context.Context, pass access.Pass, id evidence.ID) (evidence.File, error) {
	f, _, err := findEvidence(ctx, s.DB.read, pass, id)
	if err != nil {
		return f, err
	}
	uses, err := s.uses(ctx, pass)
	f.Uses = uses[f.ID]
	return f, err
}

// SameBytes finds the file of the decision's organisation with these bytes.
// Another organisation's identical file is not told of.
func (s Evidence) SameBytes(ctx context.Context, pass access.Pass, digest string) (evidence.File, error) {
	row, err := s.DB.read.FindEvidenceByDigest(ctx, gen.FindEvidenceByDigestParams{Digest: digest, Organisation: code(pass.In())})
	if err != nil {
		return evidence.File{}, found(err, evidence.ErrUnknown, "evidence by digest")
	}
	return toFile(row.Evidence, row.OwnerName), nil
}

// List reads the evidence of the decision's organisation, with its uses.
func (s Evidence) List(ctx context.Context, pass access.Pass) ([]evidence.File, error) {
	return rememberList(ctx, s.DB, pass.In(), "evidence", func() ([]evidence.File, error) {
		rows, err := s.DB.read.ListEvidence(ctx, code(pass.In()))
		if err != nil {
			return nil, fmt.Errorf("list evidence of %s: %w", pass.In(), err)
		}
		uses, err := s.uses(ctx, pass)
		if err != nil {
			return nil, err
		}
		files := make([]evidence.File, 0, len(rows))
		for _, row := range rows {
			f := toFile(row.Evidence, row.OwnerName)
			f.Uses = uses[f.ID]
			files = append(files, f)
		}
		return files, nil
	})
}

// Ready tells until which day each file of the decision's organisation runs
// that may be shown, by the digest of its bytes. Whoever gets it changes
// nothing in it: pages share it.
func (s Evidence) Ready(ctx context.Context, pass access.Pass) (map[string]organisation.Day, error) {
	return remember(ctx, s.DB, pass.In(), "ready evidence", func() (map[string]organisation.Day, error) {
		rows, err := s.DB.read.ListReadyEvidence(ctx, code(pass.In()))
		if err != nil {
			return nil, fmt.Errorf("list ready evidence of %s: %w", pass.In(), err)
		}
		ready := make(map[string]organisation.Day, len(rows))
		for _, r := range rows {
			ready[r.Digest] = max(ready[r.Digest], organisation.Day(r.RunsUntil))
		}
		return ready, nil
	})
}

// For reads the evidence linked to one thing.
func (s Evidence) For(ctx context.Context, pass access.Pass, thing string) ([]evidence.File, error) {
	rows, err := s.DB.read.ListEvidenceFor(ctx, gen.ListEvidenceForParams{Organisation: code(pass.In()), Thing: thing})
	if err != nil {
		return nil, fmt.Errorf("list evidence for %s: %w", thing, err)
	}
	files := make([]evidence.File, 0, len(rows))
	for _, row := range rows {
		files = append(files, toFile(row.Evidence, row.OwnerName))
	}
	return files, nil
}

// Record applies a decision about a file's verdict, or that it was read.
func (s Evidence) Record(ctx context.Context, pass access.Pass, id evidence.ID, decide func(evidence.File) (evidence.File, event.Event, error)) error {
	return s.DB.write(ctx, func(q *queries) error {
		was, version, err := findEvidence(ctx, q, pass, id)
		if err != nil {
			return err
		}
		is, e, err := decide(was)
		if err != nil {
			return err
		}
		if is.Verdict != was.Verdict {
			err := changed(q.ChangeEvidenceVerdict(ctx, gen.ChangeEvidenceVerdictParams{ID: string(id), Organisation: code(pass.In()), Verdict: string(is.Verdict),
				VerdictBy: is.VerdictBy, VerdictWhy: is.VerdictWhy, Version: version}))
			if err != nil {
				return fmt.Errorf("change verdict of %s: %w", id, err)
			}
		}
		return addEvents(ctx, q, e)
	})
}

// Count counts what may be handed out and still runs on a day.
func (s Evidence) Count(ctx context.Context, pass access.Pass, on organisation.Day) (int, error) {
	return remember(ctx, s.DB, pass.In(), "evidence on "+string(on), func() (int, error) {
		n, err := s.DB.read.CountEvidence(ctx, gen.CountEvidenceParams{Organisation: code(pass.In()), RunsUntil: string(on)})
		return int(n), err
	})
}

// Held is how many bytes the decision's organisation keeps.
func (s Evidence) Held(ctx context.Context, pass access.Pass) (int64, error) {
	held, err := s.DB.read.HeldEvidence(ctx, code(pass.In()))
	if err != nil {
		return 0, fmt.Errorf("measure the evidence of %s: %w", pass.In(), err)
	}
	return held, nil
}

// Waiting lists the files of every organisation that no scanner has judged.
func (s Evidence) Waiting(ctx context.Context, pass access.Pass, after evidence.ID, limit int) ([]evidence.File, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListEvidenceWaiting(ctx, gen.ListEvidenceWaitingParams{ID: string(after), Limit: int32(limit)})
	if err != nil {
		return nil, fmt.Errorf("list evidence that waits for a scan: %w", err)
	}
	files := make([]evidence.File, 0, len(rows))
	for _, row := range rows {
		files = append(files, toFile(row.Evidence, row.OwnerName))
	}
	return files, nil
}

// Entries lists what every record says of its bytes.
func (s Evidence) Entries(ctx context.Context, pass access.Pass, after evidence.ID, limit int) ([]evidence.Entry, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	rows, err := s.DB.read.ListEvidenceEntries(ctx, gen.ListEvidenceEntriesParams{ID: string(after), Limit: int32(limit)})
	if err != nil {
		return nil, fmt.Errorf("list the records of evidence: %w", err)
	}
	entries := make([]evidence.Entry, 0, len(rows))
	for _, row := range rows {
		entries = append(entries, evidence.Entry{ID: evidence.ID(row.ID), Organisation: organisation.Code(row.Organisation), Digest: row.Digest, Size: row.Size})
	}
	return entries, nil
}

func (s Evidence) uses(ctx context.Context, pass access.Pass) (map[evidence.ID][]string, error) {
	rows, err := s.DB.read.ListEvidenceLinks(ctx, code(pass.In()))
	if err != nil {
		return nil, fmt.Errorf("list uses of evidence: %w", err)
	}
	uses := map[evidence.ID][]string{}
	for _, row := range rows {
		uses[evidence.ID(row.Evidence)] = append(uses[evidence.ID(row.Evidence)], row.Thing)
	}
	return uses, nil
}

func findEvidence(ctx context.Context, q *queries, pass access.Pass, id evidence.ID) (evidence.File, int64, error) {
	row, err := q.FindEvidence(ctx, gen.FindEvidenceParams{ID: string(id), Organisation: code(pass.In())})
	if err != nil {
		return evidence.File{}, 0, found(err, evidence.ErrUnknown, "evidence "+string(id))
	}
	return toFile(row.Evidence, row.OwnerName), row.Evidence.Version, nil
}

func toFile(r gen.Evidence, owner string) evidence.File {
	return evidence.File{ID: evidence.ID(r.ID), Organisation: organisation.Code(r.Organisation), Title: r.Title, Owner: identity.PersonID(r.Owner), OwnerName: owner,
		AboutOn: organisation.Day(r.AboutOn), RunsUntil: organisation.Day(r.RunsUntil), Name: r.FileName, MediaType: r.MediaType, Size: r.Size, Digest: r.Digest,
		Verdict: evidence.Verdict(r.Verdict), VerdictBy: r.VerdictBy, VerdictWhy: r.VerdictWhy, ReceivedBy: r.ReceivedBy, ReceivedAt: instant(r.ReceivedAt)}
}
