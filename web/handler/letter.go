package handler

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"countersign/internal/alert"
	"countersign/internal/notification"
	"countersign/views/letterview"
)

// Letters writes the emails of package notification in the words of the pages.
// They carry a number, a deadline and the plain address of a page, and nothing
// that could help an attacker who reads them (abuse case T38).
type Letters struct {
	Service string
	BaseURL *url.URL
}

const letterFooter = "Nothing can be answered from this email, and no link in it signs you in. We never ask for a password."

// Write makes the letter of a message.
func (l Letters) Write(m notification.Message) (notification.Letter, error) {
	view := letterOf(m)
	view.Address, view.Service, view.Footer = l.BaseURL.JoinPath(m.Facts.Path).String(), l.Service, letterFooter
	var html bytes.Buffer
	if err := letterview.Page(view).Render(context.Background(), &html); err != nil {
		return notification.Letter{}, fmt.Errorf("write the HTML of a letter: %w", err)
	}
	return notification.Letter{Subject: view.Title, Text: plainLetter(view), HTML: html.String()}, nil
}

// letterOf finds the words for what a message is about.
func letterOf(m notification.Message) letterview.Letter {
	f := m.Facts
	due := letterMoment(f.Due)
	switch m.Purpose {
	case notification.Reminder:
		return letterview.Letter{Title: f.Alert + ": no answer yet. Answer by " + due,
			Paragraphs: []string{f.Organisation + " has not answered cyber alert " + f.Alert + " yet.", "Answer by " + due + " (UK time)."}}
	case notification.Overdue:
		if f.Late > 0 {
			return letterview.Letter{Title: f.Alert + ": " + plural(f.Late, "trust") + " late",
				Paragraphs: []string{plural(f.Late, "trust") + " did not answer cyber alert " + f.Alert + " by " + due + " (UK time)."}}
		}
		return letterview.Letter{Title: f.Alert + ": the answer is late", Paragraphs: []string{f.Organisation + " has not answered cyber alert " + f.Alert + ".", "The answer was due by " + due + " (UK time). It is late now. Answer as soon as you can."}}
	case notification.Lapsed:
		return letterview.Letter{Title: f.Alert + ": the promised update did not come", Paragraphs: []string{f.Organisation + " promised an update on cyber alert " + f.Alert + " by " + due + " (UK time).",
			"Record what has been done since, or say when the next update comes."}}
	case notification.Changed:
		return changedLetter(f, due)
	case notification.Expiry:
		return letterview.Letter{Title: f.Alert + ": a risk is accepted until " + due, Paragraphs: []string{"A risk about cyber alert " + f.Alert + " was accepted at " + f.Organisation + " until " + due + " (UK time).",
			"The alert opens again then, and is late from that moment."}}
	case notification.Decision:
		return letterview.Letter{Title: f.Alert + ": a risk waits for your decision", Paragraphs: []string{"Somebody at " + f.Organisation + " asks you to accept or refuse a risk about cyber alert " + f.Alert + ".",
			"It must be fixed by " + due + " (UK time), unless you accept the risk. Sign in to read it."}}
	case notification.StatementDue, notification.StatementLate:
		return statementLetter(m.Purpose, f, due)
	case notification.CoSignAsked:
		return letterview.Letter{Title: "The " + f.Statement + " waits for you to co-sign it", Paragraphs: []string{"The " + f.Statement + " of " + f.Organisation + " is locked. You sign it first, then the chief executive.",
			"The chief executive must sign by " + due + " (UK time). Sign in to read it."}}
	case notification.CoSigned:
		return letterview.Letter{Title: "The " + f.Statement + " waits for your signature", Paragraphs: []string{"The senior information risk owner has co-signed the " + f.Statement + " of " + f.Organisation + ". You can sign it now.",
			"Sign by " + due + " (UK time). Sign in to read it."}}
	case notification.ActingLetter:
		return actingLetter(f)
	case notification.RevisionLetter:
		return revisionLetter(f)
	case notification.ChaseLetter:
		return letterview.Letter{Title: f.Alert + ": " + f.Organisation + " is asked to answer", Paragraphs: []string{"Cyber alert " + f.Alert + " waits for an answer from " + f.Organisation + ".", "Answer by " + due + " (UK time)."},
			QuotedFrom: f.From + " of the national team writes:", Quote: strings.Split(f.Words, "\n")}
	case notification.Test:
		return letterview.Letter{Title: "Test: can we reach you?", Paragraphs: []string{"This is a test of how " + f.Organisation + " is told of cyber alerts.", "You do not need to do anything."}}
	case notification.Digest:
		return letterview.Letter{Title: "What is new for " + f.Organisation, Paragraphs: []string{"This is what is new since yesterday morning. None of it is as urgent as an alert."}, List: newsLines(f.News)}
	}
	return letterview.Letter{Title: f.Alert + ": answer by " + due,
		Paragraphs: []string{"Cyber alert " + f.Alert + " was sent to " + f.Organisation + ".", "Answer by " + due + " (UK time). Sign in to read it."}}
}

// actingLetter says what became of a request for an acting chief executive. Who
// it is about and why are read after signing in.
func actingLetter(f notification.Facts) letterview.Letter {
	what := "An acting chief executive of " + f.Organisation
	last := " until " + dayWord(f.Due.Add(-time.Microsecond))
	switch f.How {
	case "confirmed":
		return letterview.Letter{Title: what + " is confirmed", Paragraphs: []string{what + " is confirmed" + last + ". They sign in their own name.", "If you did not expect this, tell us at once."}}
	case "asked for":
		return letterview.Letter{Title: what + " is asked for", Paragraphs: []string{what + " is asked for," + last + ". Nothing changes until the national team confirms it.", "If you did not expect this, tell us at once."}}
	}
	return letterview.Letter{Title: what + ": " + f.How, Paragraphs: []string{"The request for an acting chief executive of " + f.Organisation + last + " is " + f.How + ". Whoever was to act does not sign for it."}}
}

// revisionLetter says what becomes of a signed statement. Why is read after
// signing in.
func revisionLetter(f notification.Facts) letterview.Letter {
	if f.How == notification.Wanted {
		return letterview.Letter{Title: "The regulator asks for a new " + f.Statement, Paragraphs: []string{"A regulator asks " + f.Organisation + " for a new " + f.Statement + " in place of the signed one. Sign in to read why.", "The signed one stands until the new one is signed."}}
	}
	return letterview.Letter{Title: "The " + f.Statement + " of " + f.Organisation + " was withdrawn", Paragraphs: []string{"The chief executive of " + f.Organisation + ", or who acts for them, withdrew the signed " + f.Statement + ". Sign in to read why.", "If you did not expect this, tell us at once."}}
}

// statementLetter reminds of a statement that nobody has signed yet.
func statementLetter(purpose notification.Purpose, f notification.Facts, due string) letterview.Letter {
	switch {
	case f.Late > 0:
		return letterview.Letter{Title: plural(f.Late, "trust") + " late with a statement", Paragraphs: []string{plural(f.Late, "trust") + " did not sign by " + due + " (UK time). Sign in to see which."}}
	case purpose == notification.StatementLate:
		return letterview.Letter{Title: "The " + f.Statement + " is late", Paragraphs: []string{"Nobody has signed the " + f.Statement + " of " + f.Organisation + ".", "It was due by " + due + " (UK time). It can still be signed, and will show as late."}}
	}
	return letterview.Letter{Title: "The " + f.Statement + ": sign by " + due, Paragraphs: []string{"The " + f.Statement + " of " + f.Organisation + " is not signed yet.", "It must be signed by " + due + " (UK time)."}}
}

// newsLines says each piece of news in a sentence. Titles of evidence stay out:
// they can say where a weakness is.
func newsLines(news []notification.News) []string {
	var lines []string
	for _, n := range news {
		if n.Statement != "" {
			lines = append(lines, n.Statement+".")
			continue
		}
		pieces := "1 piece"
		if n.Evidence != 1 {
			pieces = number(n.Evidence) + " pieces"
		}
		lines = append(lines, pieces+" of evidence "+choose(n.Evidence, "runs", "run")+" out on "+longDay(n.EndsOn)+".")
	}
	return lines
}

// changedLetter says that an alert changed, and what it asks now. Why it
// changed can help an attacker, so that is read after signing in.
func changedLetter(f notification.Facts, due string) letterview.Letter {
	l := letterview.Letter{Title: f.Alert + " was " + f.How, Paragraphs: []string{"Cyber alert " + f.Alert + ", which was sent to " + f.Organisation + ", was " + f.How + ". Sign in to read what changed."}}
	switch {
	case f.How == alert.Withdrawal.Past():
		l.Paragraphs = append(l.Paragraphs, "Nothing more is expected of you.")
	case f.Again:
		l.Title += ". Answer again by " + due
		l.Paragraphs = append(l.Paragraphs, "If you have answered it, answer again by "+due+" (UK time).")
	default:
		l.Paragraphs = append(l.Paragraphs, "If you have not answered it, answer by "+due+" (UK time).")
	}
	return l
}

// letterMoment writes an instant someone must plan for. A letter is read on
// another day, so it never says today or tomorrow.
func letterMoment(t time.Time) string { return clockTime(t) + " on " + weekday(t) }

// plainLetter is the same letter without markup.
func plainLetter(l letterview.Letter) string {
	parts := append([]string{}, l.Paragraphs...)
	for _, item := range l.List {
		parts = append(parts, "- "+item)
	}
	if len(l.Quote) > 0 {
		parts = append(parts, l.QuotedFrom, strings.Join(l.Quote, "\n"))
	}
	parts = append(parts, "Sign in at "+l.Address, l.Footer, l.Service)
	return strings.Join(parts, "\n\n") + "\n"
}
