package storagetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// quarter is what regulators ask every trust of the house for.
func quarter() attestation.Request {
	return attestation.Request{Template: "quarterly", Edition: 1, Months: "2026-07-01/2026-09-30", SignBy: "2026-11-27", Scope: attestation.AllTrusts}
}

// calls asks every trust for a statement, and finds those of Here and There.
func (h *House) calls(t testing.TB) (attestation.CampaignID, map[organisation.Code]attestation.ID) {
	t.Helper()
	preview, err := h.Requests.Preview(t.Context(), h.at(regulator), quarter())
	must(t, err)
	id, n, err := h.Requests.Ask(t.Context(), h.at(regulator), quarter(), preview.Digest())
	must(t, err)
	if id == "" || n != 2 {
		t.Fatalf("asked %d trusts in campaign %q", n, id)
	}
	statements := map[organisation.Code]attestation.ID{}
	for _, row := range h.course(t, id).Rows {
		statements[row.Organisation] = row.ID
	}
	return id, statements
}

func (h *House) course(t testing.TB, id attestation.CampaignID) attestation.Course {
	t.Helper()
	c, err := h.Requests.Course(t.Context(), h.at(regulator), id)
	must(t, err)
	return c
}

// progress of each trust, A to Z.
func (h *House) progress(t testing.TB, id attestation.CampaignID) []attestation.Progress {
	t.Helper()
	var list []attestation.Progress
	for _, row := range h.course(t, id).Rows {
		list = append(list, row.Progress())
	}
	return list
}

func (h *House) stands(t testing.TB, id attestation.CampaignID, want ...attestation.Progress) {
	t.Helper()
	if got := h.progress(t, id); !slices.Equal(got, want) {
		t.Errorf("the trusts stand at %v, want: %v", got, want)
	}
}

// campaigns is what must hold of asking trusts for statements.
var campaigns = []promise{
	{"asking is a campaign on record, and shows where each trust is", func(t *testing.T, h *House) {
		id, statements := h.calls(t)
		h.stands(t, id, attestation.NotBegun, attestation.NotBegun)
		must(t, h.Statements.KeepGaps(t.Context(), h.at(lead), Here, statements[Here], 0, []attestation.Gap{{Name: "Old servers", What: "Two run", FixBy: "2027-01-31"}}))
		h.stands(t, id, attestation.InPreparation, attestation.NotBegun)
		h.Prepare(t, siro, Here, statements[Here])
		h.stands(t, id, attestation.WaitsForSIRO, attestation.NotBegun)
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		h.stands(t, id, attestation.WaitsForChief, attestation.NotBegun)
		must2(t)(h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, statements[Here])))
		h.stands(t, id, attestation.IsSigned, attestation.NotBegun)
		h.Pass(60 * 24 * time.Hour)
		ended, err := h.Statements.Ended(t.Context(), h.at(regulator), Began)
		must(t, err)
		for _, e := range ended {
			if e.Campaign != id || e.CampaignName != h.course(t, id).Name || e.Template != "quarterly" || e.Title() != h.course(t, id).Title {
				t.Errorf("among all statements it is %+v", e)
			}
		}
		all, err := h.Requests.List(t.Context(), h.at(regulator))
		must(t, err)
		if len(all) != 1 || all[0].ID != id || all[0].Asked != 2 || all[0].Signed != 1 || all[0].Late != 1 || all[0].AskedName != regulator.Name || all[0].Audience.Scope != attestation.AllTrusts {
			t.Errorf("the list says %+v", all)
		}
		if rows := h.course(t, id).Rows; !rows[1].Overdue(h.Now()) || rows[0].Overdue(h.Now()) {
			t.Errorf("late: %+v", rows)
		}
		h.refusedBySchema(t, "update campaign set due_at = 1")
		h.refusedBySchema(t, "delete from campaign")
	}},
	{"a statement taken up again stays in its campaign, and stands there once", func(t *testing.T, h *House) {
		id, statements := h.calls(t)
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, statements[Here])
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, st.ID, attestation.Declined, st.Digest))
		must(t, h.Statements.Decline(t.Context(), h.at(chief), Here, st.ID, "The figures are wrong"))
		h.stands(t, id, attestation.IsReturned, attestation.NotBegun)
		must2(t)(h.Statements.Again(t.Context(), h.at(lead), Here, st.ID))
		h.stands(t, id, attestation.WaitsForSIRO, attestation.NotBegun)
	}},
	{"trusts join a campaign later, once, and by the deadline it has", func(t *testing.T, h *House) {
		id, _ := h.calls(t)
		h.open(t, "RAB", "RAC")
		h.refusedField(t, "codes", func() error {
			return failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, []organisation.Code{"RAB", "XXX"}))
		})
		h.refusedField(t, "codes", func() error {
			return failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, []organisation.Code{Here}))
		})
		h.refusedField(t, "codes", func() error { return failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, nil)) })
		n, err := h.Requests.AskMore(t.Context(), h.at(regulator), id, []organisation.Code{"RAB", Here})
		must(t, err)
		if c := h.course(t, id); n != 1 || len(c.Rows) != 3 || !c.Rows[0].Due.Equal(c.Due) || c.Rows[0].Organisation != "RAB" {
			t.Errorf("%d asked: %+v", n, c.Rows)
		}
		h.Pass(80 * 24 * time.Hour)
		h.refused(t, attestation.ErrOver, func() error {
			return failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, []organisation.Code{"RAC"}))
		})
	}},
	{"a campaign that is withdrawn asks for nothing more, and what was signed stays", func(t *testing.T, h *House) {
		id, statements := h.calls(t)
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		must2(t)(h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, statements[Here])))
		h.Prepare(t, otherSIRO, There, statements[There])
		must(t, h.Statements.Lock(t.Context(), h.at(otherSIRO), There, statements[There], 0))
		up := h.Begun(t, other, There, statements[There])
		h.refusedField(t, "why", func() error { return h.Requests.Withdraw(t.Context(), h.at(regulator), id, "") })
		must(t, h.Requests.Withdraw(t.Context(), h.at(regulator), id, "The wording was wrong"))
		h.stands(t, id, attestation.IsSigned, attestation.IsWithdrawn)
		h.refused(t, attestation.ErrWithdrawn, func() error { return failing(h.Sign(t.Context(), other, There, up)) })
		h.refused(t, attestation.ErrGone, func() error { return h.Requests.Withdraw(t.Context(), h.at(regulator), id, "Again") })
		h.refused(t, attestation.ErrGone, func() error {
			return failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, []organisation.Code{Here}))
		})
		if waiting, err := h.Statements.Unsigned(t.Context(), h.at(other), There); err != nil || len(waiting) > 0 {
			t.Errorf("it still waits: %+v, %v", waiting, err)
		}
		h.refusedBySchema(t, "update statement set withdrawn_at = 1 where state = 'signed'")
		h.refusedBySchema(t, "update campaign set withdrawn_why = 'Another reason'")
		again, n, err := h.Requests.Ask(t.Context(), h.at(regulator), quarter(), h.reach(t))
		must(t, err)
		if rows := h.course(t, again).Rows; n != 1 || len(rows) != 1 || rows[0].Number != 2 || rows[0].Progress() != attestation.NotBegun {
			t.Errorf("asked again: %d, %+v", n, rows)
		}
		h.whole(t)
	}},
	{"reminders climb from those who prepare to who signs, each once, and stop when it is signed", func(t *testing.T, h *House) {
		h.joins(t, secretary)
		id, statements := h.calls(t)
		thing := "statement/" + string(statements[Here])
		reminds := func(until time.Time) {
			h.Pass(until.Sub(h.Now()))
			must(t, h.Telling.RemindStatements(t.Context()))
			must(t, h.Telling.RemindStatements(t.Context()))
		}
		due := attestation.Due("2026-11-27")
		reminds(due.AddDate(0, 0, -14).Add(-10*time.Hour - time.Microsecond))
		h.reminded(t, thing)
		reminds(due.AddDate(0, 0, -14).Add(-10 * time.Hour)) // 7am
		h.reminded(t, thing, "lead", "secretary")
		reminds(due.AddDate(0, 0, -7))
		h.reminded(t, thing, "lead", "secretary", "lead", "secretary", "siro")
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		reminds(due.AddDate(0, 0, -2))
		h.reminded(t, thing, "lead", "secretary", "lead", "secretary", "siro", "chief", "siro")
		before := h.count(t, "select count(*) from message where thing = $1", thing)
		must2(t)(h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, statements[Here])))
		reminds(due)
		if n := h.count(t, "select count(*) from message where thing = $1", thing); n != before {
			t.Errorf("%d letters about a signed statement", n-before)
		}
		sameList(t, h.toldAbout(t, "campaign/"+string(id), (notification.Rung{Name: "late", Due: due}).Turn()), "regulator@nhs.example")
		must(t, h.Telling.Send(t.Context(), h.lastLetter(t, thing)))
		if len(h.Post.sent) != 0 {
			t.Errorf("a letter about a signed statement was sent: %+v", h.Post.sent)
		}
	}},
	{"a returned statement of a withdrawn campaign is not taken up again", func(t *testing.T, h *House) {
		id, statements := h.calls(t)
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		st, _, err := h.Statements.Read(t.Context(), h.at(chief), Here, statements[Here])
		must(t, err)
		must(t, h.Statements.Choose(t.Context(), h.at(chief), Here, st.ID, attestation.Declined, st.Digest))
		must(t, h.Statements.Decline(t.Context(), h.at(chief), Here, st.ID, "The figures are wrong"))
		must(t, h.Requests.Withdraw(t.Context(), h.at(regulator), id, "The wording was wrong"))
		h.refused(t, attestation.ErrWithdrawn, func() error { return failing(h.Statements.Again(t.Context(), h.at(lead), Here, st.ID)) })
	}},
	{"of withdrawing and asking more at once, nobody is left asked", func(t *testing.T, h *House) {
		id, _ := h.calls(t)
		h.open(t, "RAB", "RAC", "RAD")
		codes := []organisation.Code{"RAB", "RAC", "RAD"}
		var withdrawing error
		asking := make([]error, len(codes))
		together(len(codes)+1, func(i int) {
			if i == len(codes) {
				withdrawing = h.Requests.Withdraw(t.Context(), h.at(regulator), id, "The wording was wrong")
			} else {
				asking[i] = failing(h.Requests.AskMore(t.Context(), h.at(regulator), id, codes[i:i+1]))
			}
		})
		must(t, withdrawing)
		for _, err := range asking {
			if err != nil && !errors.Is(err, attestation.ErrGone) {
				t.Errorf("asking: %v", err)
			}
		}
		for _, row := range h.course(t, id).Rows {
			if row.Progress() != attestation.IsWithdrawn {
				t.Errorf("%s is %s in a withdrawn campaign", row.Organisation, row.Progress())
			}
		}
	}},
	{"T27 what regulators follow is not a trust's to read or change", func(t *testing.T, h *House) {
		h.joins(t, secretary, director)
		id, statements := h.calls(t)
		ctx, pass := t.Context(), h.pass(t, chief, access.SignStatement, Here)
		for _, act := range []func() error{
			func() error { return failing(h.Signatures.Campaigns(ctx, pass, h.Now())) },
			func() error { return failing(h.Signatures.Course(ctx, pass, id)) },
			func() error { return h.Signatures.Withdraw(ctx, pass, id, nil) },
			func() error { return h.Signatures.Extend(ctx, pass, id, statements[Here], nil) },
			func() error { return h.Signatures.DecideMove(ctx, pass, id, statements[Here], nil) },
			func() error { return failing(h.Signatures.Wordings(ctx, pass, "quarterly")) },
			func() error { return failing(h.Signatures.WaitingDrafts(ctx, pass)) },
			func() error { return h.Signatures.Draft(ctx, pass, "quarterly", nil) },
			func() error { return h.Signatures.DecideDraft(ctx, pass, "quarterly", nil) },
			func() error { return failing(h.Messages.OwedStatements(ctx, pass, Began, Began)) },
			func() error { return failing(storage.Acting{DB: h.DB}.AllActing(ctx, pass)) },
		} {
			h.refused(t, access.ErrNotFound, act)
		}
	}},
	{"signing and withdrawing at once, one of both happens", func(t *testing.T, h *House) {
		id, statements := h.calls(t)
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		up := h.Begun(t, chief, Here, statements[Here])
		var signing, withdrawing error
		together(2, func(i int) {
			if i == 0 {
				_, signing = h.Sign(t.Context(), chief, Here, up)
			} else {
				withdrawing = h.Requests.Withdraw(t.Context(), h.at(regulator), id, "The wording was wrong")
			}
		})
		must(t, withdrawing) // the other trust's statement is always left
		is := h.progress(t, id)[0]
		if (signing == nil) != (is == attestation.IsSigned) || (signing != nil && fault.KindOf(signing) != fault.Conflict) {
			t.Errorf("signing: %v, and it is %s", signing, is)
		}
		h.whole(t)
	}},
}

// reminded compares who was told of a thing, rung after rung, without the crowd.
func (h *House) reminded(t testing.TB, thing string, want ...string) {
	t.Helper()
	rows, err := h.Raw.QueryContext(t.Context(), "select address from message where thing = $1 and address not like 'racer-%' order by made_at, address", thing)
	must(t, err)
	var got []string
	for rows.Next() {
		var address string
		must(t, rows.Scan(&address))
		got = append(got, strings.TrimSuffix(address, "@nhs.example"))
	}
	must(t, errors.Join(rows.Err(), rows.Close()))
	sameList(t, got, want...)
}

// lastLetter is the work of sending the newest letter about a thing.
func (h *House) lastLetter(t testing.TB, thing string) notification.Work {
	t.Helper()
	var id string
	must(t, h.Raw.QueryRowContext(t.Context(), "select id from message where thing = $1 order by made_at desc, id limit 1", thing).Scan(&id))
	return notification.NewWork("message/"+id, notification.SendLetter, notification.Subject{Message: id, Organisation: Here}, h.Now())
}

// reach is the digest of whom the same request would reach now.
func (h *House) reach(t testing.TB) attestation.Digest {
	t.Helper()
	preview, err := h.Requests.Preview(t.Context(), h.at(regulator), quarter())
	must(t, err)
	return preview.Digest()
}

// failing is the error of what also gives something else.
func failing(_ any, err error) error { return err }
