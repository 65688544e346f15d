package attestation

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/internal/organisation"
)

var sample = Words{Statement: "st_7", Organisation: "RXH", Name: "Sussex Trust", Title: "July to September 2026 cyber statement", Template: "quarterly 1", Number: 1,
	From: "2026-07-01", To: "2026-09-30", LockedAt: "2026-10-05T09:00:00Z", Opening: "On behalf of Sussex Trust, I confirm that on 5 October 2026:",
	Parts: []string{"We answered 11 of 12 alerts.", "The gaps are complete: as far as I know."},
	Gaps:  []Gap{{Code: "B4.d", Name: "Old servers", What: "Two are out of support", FixBy: "2027-01-31"}, {Name: "Backups", What: "Not tested", FixBy: "2026-12-01"}},
	Facts: Facts{"answered": "11", "due": "12"},
	Late: []LateAnswer{{Alert: "CC-0007", Title: "A gap: in gateways", Due: "2026-08-01T09:00:00Z", Answered: "2026-08-01T14:00:00Z", Code: "plan_under_way", Why: "A rota"},
		{Alert: "CC-0008", Title: "Another", Due: "2026-08-02T09:00:00Z", Answered: "not yet", Code: "other", Why: "Nobody read it"}},
	Aside:    []Aside{{What: "The evidence ends", Why: "It is renewed"}},
	Evidence: []Pinned{{Digest: DigestOf("x"), Title: "Scan", Until: "2027-01-01"}},
	Accepted: []Accepted{{Rule: "C10", Sentence: "The board has not seen it.", Reason: "It meets next week", By: "Helen Frost"}},
	Settled: []Settled{{Commitment: "co_1", What: "Check the sites", Was: "2026-11-01", How: Done, Note: "Checked"},
		{Commitment: "co_2", What: "Check the pumps", Was: "2026-11-01", How: StillOpen, Note: "Half", By: "2027-01-01"}},
}

func TestWordsAreReadAsTheyWereWritten(t *testing.T) {
	text, err := sample.Text()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseWords(text)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := read.Text(); err != nil || again != text || len(read.Parts) != 2 || len(read.Gaps) != 2 || len(read.Facts) != 2 || len(read.Late) != 2 || len(read.Aside) != 1 || len(read.Evidence) != 1 || len(read.Accepted) != 1 || len(read.Settled) != 2 || read.Name != sample.Name {
		t.Errorf("read back as %+v, %v", read, err)
	}
}

func TestT46_WordsWithOneByteChangedAreOtherWordsOrNone(t *testing.T) {
	text, err := sample.Text()
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(text) {
		for _, changed := range []string{text[:i] + text[i+1:], text[:i] + "\n" + text[i:], text[:i] + " " + text[i:], text[:i] + "\x00" + text[i+1:]} {
			if changed == text {
				continue
			}
			read, err := ParseWords(changed)
			if err != nil {
				if !errors.Is(err, ErrWords) {
					t.Fatalf("byte %d: %v", i, err)
				}
				continue
			}
			if again, err := read.Text(); err != nil || again != changed {
				t.Fatalf("byte %d: read as other words than it holds", i)
			}
		}
	}
}

func TestT40_WordsThatHideSomethingAreRefused(t *testing.T) {
	for _, hidden := range []string{"\u202e", "\u200b", "\u2066", "\ufeff", "\u00ad", "\u2028", "\u2029", "\u00a0", "\t", "\n", "\r", "\x00", "\x7f", "\u0085", "\ue000", "\xff", "\u3000"} {
		w := sample
		w.Parts = []string{"We answered 11" + hidden + " of 12."}
		if _, err := w.Text(); err == nil {
			t.Errorf("%q was written", hidden)
		}
	}
}

// TestWordsHoldRecordsOnly: a reader in years to come must not have to guess.
func TestWordsHoldRecordsOnly(t *testing.T) {
	for claim, change := range map[string]func(*Words){
		"a fact with a blank in its name": func(w *Words) { w.Facts = Facts{"in time": "1"} },
		"a fact of no value":              func(w *Words) { w.Facts = Facts{"due": ""} },
		"a late answer at no instant": func(w *Words) {
			w.Late = []LateAnswer{{Alert: "CC-1", Title: "x", Due: "soon", Answered: "not yet", Code: "other", Why: "x"}}
		},
		"an instant written another way": func(w *Words) {
			w.Late = []LateAnswer{{Alert: "CC-1", Title: "x", Due: "2026-08-01T09:00:00+00:00", Answered: "not yet", Code: "other", Why: "x"}}
		},
		"a late answer for no reason we know": func(w *Words) {
			w.Late = []LateAnswer{{Alert: "CC-1", Title: "x", Due: "2026-08-01T09:00:00Z", Answered: "not yet", Code: "tired", Why: "x"}}
		},
		"a gap to be fixed on no day": func(w *Words) { w.Gaps = []Gap{{Name: "x", What: "x", FixBy: "2026-02-30"}} },
		"evidence without a digest":   func(w *Words) { w.Evidence = []Pinned{{Digest: "abc", Title: "x", Until: "2027-01-01"}} },
		"evidence with a digest in capitals": func(w *Words) {
			w.Evidence = []Pinned{{Digest: Digest(strings.ToUpper(string(DigestOf("x")))), Title: "x", Until: "2027-01-01"}}
		},
		"an acceptance of no rule": func(w *Words) { w.Accepted = []Accepted{{Rule: "X", Sentence: "x", Reason: "x", By: "x"}} },
		"an acceptance by nobody":  func(w *Words) { w.Accepted = []Accepted{{Rule: "C01", Sentence: "x", Reason: "x"}} },
		"a commitment of no fate": func(w *Words) {
			w.Settled = []Settled{{Commitment: "c", What: "x", Was: "2026-11-01", How: "lost", Note: "x"}}
		},
		"a commitment still open, with no day": func(w *Words) {
			w.Settled = []Settled{{Commitment: "c", What: "x", Was: "2026-11-01", How: StillOpen, Note: "x"}}
		},
		"a commitment done, with a day": func(w *Words) {
			w.Settled = []Settled{{Commitment: "c", What: "x", Was: "2026-11-01", How: Done, Note: "x", By: "2027-01-01"}}
		},
	} {
		w := sample
		change(&w)
		if text, err := w.Text(); err == nil {
			t.Errorf("%s was written:\n%s", claim, text)
		}
	}
}

func FuzzParseWords(f *testing.F) {
	text, err := sample.Text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(strings.Replace(text, "part 2", "part 3", 1))
	f.Add(wordsMark + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		read, err := ParseWords(text)
		if err != nil {
			return
		}
		if again, err := read.Text(); err != nil || again != text {
			t.Errorf("accepted %q, which would be written as %q", text, again)
		}
	})
}

func TestExceptionSaysEverything(t *testing.T) {
	now := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	good := Exception{Part: 1, What: "One alert was late", Doing: "A rota", Who: "The cyber lead", By: "2026-12-01"}
	for claim, c := range map[string]struct {
		change func(*Exception)
		field  string
	}{
		"part nought":           {func(e *Exception) { e.Part = 0 }, "part"},
		"a part past the last":  {func(e *Exception) { e.Part = 3 }, "part"},
		"nothing said":          {func(e *Exception) { e.What = "" }, "what"},
		"too much said":         {func(e *Exception) { e.What = strings.Repeat("é", 1001) }, "what"},
		"nothing done":          {func(e *Exception) { e.Doing = "" }, "doing"},
		"too much done":         {func(e *Exception) { e.Doing = strings.Repeat("é", 301) }, "doing"},
		"nobody does it":        {func(e *Exception) { e.Who = "" }, "who"},
		"a long list of people": {func(e *Exception) { e.Who = strings.Repeat("é", 101) }, "who"},
		"no date":               {func(e *Exception) { e.By = "" }, "by"},
		"no such date":          {func(e *Exception) { e.By = "2026-02-30" }, "by"},
		"yesterday":             {func(e *Exception) { e.By = "2026-10-04" }, "by"},
		"in a year":             {func(e *Exception) { e.By = "2027-10-05" }, "by"},
		"hidden characters":     {func(e *Exception) { e.Doing = "A\u202erota" }, "what"},
	} {
		t.Run(claim, func(t *testing.T) {
			e := good
			c.change(&e)
			problems := problemsOf(e.Check(sample, now))
			if len(problems) != 1 || problems[0].Field != c.field {
				t.Errorf("found %v", problems)
			}
		})
	}
	for _, by := range []organisation.Day{"2026-10-05", "2027-10-04"} {
		e := good
		e.By, e.What, e.Part = by, strings.Repeat("é", 1000), 2
		if err := e.Check(sample, now); err != nil {
			t.Errorf("by %s: %v", by, err)
		}
	}
}

// TestCodesCatchMistakes: every wrong character, and every swap of neighbours
// but 0 with Z, which Luhn's algorithm cannot see.
func TestCodesCatchMistakes(t *testing.T) {
	for seed := range 20 {
		code := NewCode([]byte{byte(seed), 31, byte(seed * 7), 200, 17, byte(seed * 31), 5, 9})
		if read, ok := ParseCode(strings.ToLower(code.Groups())); !ok || read != code {
			t.Fatalf("%s reads as %s", code, read)
		}
		for i := range len(code) {
			for _, c := range crockford {
				wrong := string(code[:i]) + string(c) + string(code[i+1:])
				if _, ok := ParseCode(wrong); ok != (wrong == string(code)) {
					t.Errorf("%s instead of %s: %v", wrong, code, ok)
				}
			}
			if i == 0 || code[i] == code[i-1] {
				continue
			}
			swapped := string(code[:i-1]) + string(code[i]) + string(code[i-1]) + string(code[i+1:])
			blind := strings.Trim(string(code[i-1:i+1]), "0Z") == ""
			if _, ok := ParseCode(swapped); ok != blind {
				t.Errorf("%s for %s: %v", swapped, code, ok)
			}
		}
	}
	if read, ok := ParseCode("OIL0 0000 000" + string(checkCharacter("01100000000"))); !ok || read[:3] != "011" {
		t.Errorf("letters that look like digits: %s %v", read, ok)
	}
	for _, bad := range []Code{"", "7KQ4M2XD9RT", "7KQ4M2XD9RTVV", "UUUUUUUUUUUU", "éééééé"} {
		if _, ok := ParseCode(string(bad)); ok {
			t.Errorf("%q was read", bad)
		}
	}
}
