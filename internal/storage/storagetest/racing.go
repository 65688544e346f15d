package storagetest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// racing is what holds however closely two acts fall together. The tests run
// some rounds; the proof runs as many as the promise names.
var racing = []promise{
	{"T39 an answer edited in another window while it is signed: what is signed is what was shown, or nothing is", func(t *testing.T, h *House) {
		ctx, number, refused := t.Context(), int64(0), 0
		var id attestation.ID
		for n := range rounds(40, 10_000) {
			if id == "" {
				number++
				id = h.Lock(t, Here, number)
			}
			st, _, err := h.Statements.Read(ctx, h.at(chief), Here, id)
			must(t, err)
			must(t, h.Statements.Choose(ctx, h.at(chief), Here, id, attestation.Unqualified, st.Digest))
			up, err := h.begin(ctx, chief, Here, id)
			must(t, err)
			var signed attestation.Signature
			errs := make([]error, 2)
			together(2, func(i int) {
				switch {
				case i == 0:
					signed, errs[0] = h.Sign(ctx, chief, Here, up)
				case n%3 == 0:
					errs[1] = h.Statements.Choose(ctx, h.at(chief), Here, id, attestation.Declined, st.Digest)
				case n%3 == 1:
					errs[1] = h.Statements.Choose(ctx, h.at(chief), Here, id, attestation.Qualified, st.Digest)
				default: // written, and left out of an answer without qualification
					errs[1] = h.Statements.Except(ctx, h.at(chief), Here, id, attestation.Exception{Part: 1, What: "Round " + strconv.Itoa(n), Doing: "A rota", Who: "Tom Reilly", By: "2026-12-01"})
				}
			})
			if errs[1] != nil && fault.KindOf(errs[1]) != fault.Conflict {
				t.Fatalf("round %d: the edit failed: %v", n, errs[1])
			}
			if errs[0] != nil { // the edit came first
				if fault.KindOf(errs[0]) != fault.Conflict {
					t.Fatalf("round %d: signing failed: %v", n, errs[0])
				}
				refused++
				continue
			}
			kept, err := h.Statements.Receipt(ctx, h.at(chief), Here, id)
			must(t, err)
			if kept.Document != up.Document || signed.Document != up.Document || attestation.DigestOf(kept.Document) != kept.Digest || kept.Opinion != attestation.Unqualified ||
				len(kept.Exceptions) > 0 || strings.Contains(kept.Document, "\nexception ") {
				t.Fatalf("round %d: signed is\n%s\nand shown was\n%s", n, kept.Document, up.Document)
			}
			id = ""
		}
		h.whole(t)
		signed := h.count(t, "select count(*) from signature")
		if signed == 0 || refused == 0 {
			t.Error("one side always came first: nothing was proved")
		}
		t.Logf("%d signed, %d refused because the answer was another by then", signed, refused)
	}},
	{"T39 gaps edited while the words are locked: what is locked was there before, and what comes after is refused", func(t *testing.T, h *House) {
		ctx, locked := t.Context(), 0
		for n := range rounds(20, 1000) {
			id := h.Ask(t, Here, int64(n+1))
			h.Prepare(t, siro, Here, id)
			_, seen, err := h.Statements.Read(ctx, h.at(siro), Here, id)
			must(t, err)
			gap := attestation.Gap{Name: "Old servers", What: "Two are out of support", FixBy: "2027-01-31"}
			errs := make([]error, 2)
			together(2, func(i int) {
				if i == 0 {
					errs[0] = h.Statements.Lock(ctx, h.at(siro), Here, id, seen)
				} else {
					late := time.Duration(n % 20)
					time.Sleep(late * late / 2 * time.Millisecond) // a lock reads for long before it writes: sometimes the edit comes in the middle, sometimes after it
					errs[1] = h.Statements.KeepGaps(ctx, h.at(lead), Here, id, seen, []attestation.Gap{gap})
				}
			})
			for _, err := range errs {
				if err != nil && fault.KindOf(err) != fault.Conflict && fault.KindOf(err) != fault.Invalid {
					t.Fatalf("round %d: %v", n, errs)
				}
			}
			st, _, err := h.Statements.Read(ctx, h.at(siro), Here, id)
			must(t, err)
			if (errs[0] == nil) != (st.State == attestation.Locked) || (errs[0] == nil && errs[1] == nil) {
				t.Fatalf("round %d: the lock says %v, the edit %v, and the statement is %s", n, errs[0], errs[1], st.State)
			}
			if st.State != attestation.Locked {
				continue
			}
			locked++
			if strings.Contains(st.Words, gap.What) || attestation.DigestOf(st.Words) != st.Digest {
				t.Fatalf("round %d: an edit that was refused is in the words", n)
			}
		}
		if locked == 0 {
			t.Error("the lock never came first: nothing was proved")
		}
	}},
	{"T43 of twenty posts of one attempt at once, all get the one signature", func(t *testing.T, h *House) {
		for n := range rounds(2, 1000) {
			h.posts(t, Here, n)
		}
		h.whole(t)
	}},
}

// posts signs one new statement by twenty posts at once.
func (h *House) posts(t *testing.T, org organisation.Code, n int) {
	t.Helper()
	up := h.Begun(t, chief, org, h.Lock(t, org, int64(n+1)))
	codes := make([]attestation.Code, 20)
	together(len(codes), func(i int) {
		signed, err := h.Sign(t.Context(), chief, org, up)
		if err != nil {
			t.Errorf("round %d, post %d: %v", n, i, err)
		}
		codes[i] = signed.Code
	})
	for _, code := range codes {
		if code != codes[0] {
			t.Fatalf("round %d: different codes: %v", n, codes)
		}
	}
}
