package storage

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// League reads what organisations are compared by. It writes nothing.
type League struct{ DB *DB }

// Pairs reads across organisations, so it asks for a national decision or one
// to compare: a comparison crosses organisations by its nature, and what of it
// a trust may see is decided in package league.
func (s League) Pairs(ctx context.Context, pass access.Pass, kind organisation.Kind, period league.Period, asOf time.Time) ([]league.Pair, error) {
	if !pass.National() && pass.Verb() != access.Compare {
		return nil, access.ErrNotFound
	}
	rows, err := s.DB.read.ListOnTimePairs(ctx, gen.ListOnTimePairsParams{IssuedAt: maybeMicros(period.From), IssuedAt_2: maybeMicros(period.To), AnswerDue: micros(asOf), Kind: string(kind)})
	if err != nil {
		return nil, fmt.Errorf("list what %s organisations were asked: %w", kind, err)
	}
	pairs := make([]league.Pair, 0, len(rows))
	for _, r := range rows {
		pairs = append(pairs, league.Pair{Organisation: organisation.Code(r.Organisation), IssuedAt: instant(r.IssuedAt), Due: instant(r.AnswerDue), AnsweredAt: maybeInstant(r.AnsweredAt)})
	}
	return pairs, nil
}

// Built gives the comparison that was built for the same question, if nothing
// on record has changed since, and builds it otherwise. Of several who ask at
// once one builds, and the others wait for it.
func (s League) Built(ctx context.Context, pass access.Pass, question string, build func() (league.Comparison, error)) (league.Comparison, error) {
	if pass.Verb() != access.Compare {
		return league.Comparison{}, access.ErrNotFound
	}
	return remember(ctx, s.DB, everywhere, "comparison "+question, func() (league.Comparison, error) {
		mark, known, err := s.DB.mark(ctx, everywhere)
		if err != nil {
			return league.Comparison{}, err
		} else if !known {
			return build() // nothing vouches for what others have begun
		}
		made, err, _ := s.DB.memory.building.Do(fmt.Sprint(mark, " ", question), func() (any, error) { return build() })
		if err != nil {
			return league.Comparison{}, err
		}
		return made.(league.Comparison), nil
	})
}

// OnTime counts the high severity alerts whose answers the decision's
// organisation owed between two days, both included, and by the instant at;
// and how many of them it answered in time, as alert.Response.InTime says.
func (s Alerts) OnTime(ctx context.Context, pass access.Pass, from, to organisation.Day, at time.Time) (inTime, due int, err error) {
	begins, err := startOf(from)
	if err != nil {
		return 0, 0, err
	}
	last, err := startOf(to)
	if err != nil {
		return 0, 0, err
	}
	ends := last.AddDate(0, 0, 1)
	if ends.Before(at) {
		at = ends // every deadline that counts has passed: the answer is the same for ever
	}
	count, err := remember(ctx, s.DB, pass.In(), "on time "+string(from)+" "+string(to)+" "+strconv.FormatInt(micros(at), 10), func() (league.Count, error) {
		row, err := s.DB.read.CountOnTimeOf(ctx, gen.CountOnTimeOfParams{Organisation: code(pass.In()), AnswerDue: micros(begins), AnswerDue_2: micros(ends), AnswerDue_3: micros(at)})
		if err != nil {
			return league.Count{}, fmt.Errorf("count answers of %s: %w", pass.In(), err)
		}
		return league.Count{K: int(row.InTime), N: int(row.Due)}, nil
	})
	return count.K, count.N, err
}

// Marks tells for each alert that OnTime counts whether it was answered in
// time, the earliest deadline first. From is the first instant, to the first
// after the last.
func (s Alerts) Marks(ctx context.Context, pass access.Pass, from, to, at time.Time) ([]bool, error) {
	if to.Before(at) {
		at = to // every deadline that counts has passed: the answer is the same for ever
	}
	return rememberList(ctx, s.DB, pass.In(), "marks "+strconv.FormatInt(micros(from), 10)+" "+strconv.FormatInt(micros(to), 10)+" "+strconv.FormatInt(micros(at), 10), func() ([]bool, error) {
		rows, err := s.DB.read.ListOnTimeMarksOf(ctx, gen.ListOnTimeMarksOfParams{Organisation: code(pass.In()), AnswerDue: micros(from), AnswerDue_2: micros(to), AnswerDue_3: micros(at)})
		if err != nil {
			return nil, fmt.Errorf("list answers of %s: %w", pass.In(), err)
		}
		marks := make([]bool, 0, len(rows))
		for _, inTime := range rows {
			marks = append(marks, inTime == 1)
		}
		return marks, nil
	})
}

// startOf gives the first instant of a day in the United Kingdom.
func startOf(day organisation.Day) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, string(day), organisation.London)
	if err != nil {
		return t, fmt.Errorf("read the day %q: %w", day, err)
	}
	return t, nil
}
