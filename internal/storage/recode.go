package storage

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/storage/gen"
	"countersign/internal/transparency"
)

// recodePage is how many entries one transaction of Recode goes through.
const recodePage = 5000

// Recode makes the codes of the log's entries anew with the secret in use, so
// that those of before are worth nothing once they are taken out of the act key's
// file. What no secret made stays as it is. Each transaction that changed
// something has its event; interrupted, it goes on when it is called again.
func (s Log) Recode(ctx context.Context, pass access.Pass, said func(codes int, from, to int64) event.Event) (transparency.Recoded, error) {
	if err := national(pass); err != nil {
		return transparency.Recoded{}, err
	}
	if !s.DB.acts.Set() {
		return transparency.Recoded{}, ErrNoActKey
	}
	head, err := findHead(ctx, s.DB.read)
	if err != nil {
		return transparency.Recoded{}, err
	}
	var all transparency.Recoded
	for from := int64(0); from < head.Size; from += recodePage {
		var page transparency.Recoded
		err := s.DB.write(ctx, func(q *queries) error {
			to := min(from+recodePage, head.Size)
			var err error
			if page, err = recode(ctx, q, from, to); err != nil || page.Anew == 0 {
				return err
			}
			return addEvents(ctx, q, said(page.Anew, from, to-1))
		})
		if err != nil {
			return all, err
		}
		all.Anew, all.Foreign = all.Anew+page.Anew, all.Foreign+page.Foreign
	}
	all.Waiting, err = s.waitingFromBefore(ctx)
	return all, err
}

func recode(ctx context.Context, q *queries, from, to int64) (transparency.Recoded, error) {
	var page transparency.Recoded
	rows, err := q.ListCodes(ctx, gen.ListCodesParams{N: from, N_2: to})
	if err != nil {
		return page, fmt.Errorf("list the codes of entries %d to %d: %w", from, to-1, err)
	}
	for _, row := range rows {
		leaf := transparency.Leaf(row.Leaf)
		kept, err := readHash(ctx, q, tlog.StoredHashIndex(0, row.N))
		switch {
		case err != nil:
			return page, err
		case q.acts.Current(leaf, row.Mac):
			continue
		case !q.acts.Made(leaf, row.Mac) || kept != leaf.Hash():
			page.Foreign++
			continue
		}
		if err := changed(q.ChangeCode(ctx, gen.ChangeCodeParams{Code: q.acts.Code(leaf), Event: row.Event, Was: row.Mac})); err != nil {
			return page, fmt.Errorf("make the code of entry %d anew: %w", row.N, err)
		}
		page.Anew++
	}
	return page, nil
}

// waitingFromBefore counts what waits for its place with a code of an earlier
// secret.
func (s Log) waitingFromBefore(ctx context.Context) (int, error) {
	waiting := 0
	err := paged("", func(after string) ([]gen.ListQueueRow, error) {
		rows, err := s.DB.read.ListQueue(ctx, gen.ListQueueParams{Event: after, Limit: auditPage})
		return rows, wrapped(err, "list what waits for the log")
	}, func(r gen.ListQueueRow) string { return r.Event }, func(r gen.ListQueueRow) error {
		if leaf := transparency.Leaf(r.Leaf); s.DB.acts.Made(leaf, r.Mac) && !s.DB.acts.Current(leaf, r.Mac) {
			waiting++
		}
		return nil
	})
	return waiting, err
}
