// Package evidence owns files offered as proof: who owns them, what day they
// are about, until when they hold, what they support, and what the malware
// scanner said. The bytes are kept by an adapter, under their SHA-256.
package evidence

import (
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// ID names a piece of evidence.
type ID string

// Verdict is whether a file may be handed out.
type Verdict string

// The verdicts. Only Ready is handed out: a scanner that could not be reached
// has said nothing.
const (
	Checking   Verdict = "checking"
	Ready      Verdict = "ready"
	Held       Verdict = "held"
	NotScanned Verdict = "not_scanned"
	Rejected   Verdict = "rejected"
)

// MaxSize is the largest file taken, in bytes: 50MB.
const MaxSize = 50 << 20

// File is one piece of evidence of one organisation.
type File struct {
	ID           ID
	Organisation organisation.Code
	Title        string
	Owner        identity.PersonID
	OwnerName    string
	AboutOn      organisation.Day
	RunsUntil    organisation.Day
	Name         string // as uploaded; data, never a path
	MediaType    string
	Size         int64
	Digest       string // hex SHA-256
	Verdict      Verdict
	VerdictBy    string
	VerdictWhy   string
	ReceivedBy   string // person id
	ReceivedAt   time.Time
	Uses         []string // what it is linked to
}

// Offer is what a person says about a file they upload.
type Offer struct {
	Title     string
	AboutOn   organisation.Day
	RunsUntil organisation.Day
	Uses      []string
}

// Faults of offering evidence.
var (
	ErrUnknown = fault.New(fault.NotFound, "We do not know this evidence.")
	ErrBig     = fault.In("file", "The file must be smaller than 50MB")
	ErrEmpty   = fault.In("file", "Choose a file that is not empty")
	ErrType    = fault.In("file", "The file must be a PDF, DOCX, XLSX, CSV, PNG or JPG")
	ErrSame    = fault.New(fault.Conflict, "You already have this file")
	ErrHeld    = fault.New(fault.Conflict, "This file has not been checked for viruses yet, so it cannot be downloaded.")
	ErrOwnFile = fault.New(fault.Forbidden, "You uploaded this file, so someone else must release it.")
)

// Faults of what is in a file (T60, T63).
var (
	ErrLocked   = fault.In("file", "The file is password protected or restricted. Save a copy without that, and upload the copy")
	ErrMacros   = fault.In("file", "The file has macros. Save a copy without them, and upload the copy")
	ErrPacked   = fault.In("file", "The file has another archive inside, or unpacks to far more than its size. Save it as a PDF, and upload that")
	ErrPixels   = fault.In("file", "The picture must have 100 million pixels or fewer")
	ErrDamaged  = fault.In("file", "The file is damaged. Open it, save it again, and upload the new copy")
	ErrRejected = fault.New(fault.Conflict, "The virus scanner rejected this file, so it cannot be used or downloaded.")
	ErrJudged   = fault.New(fault.Conflict, "This file does not wait for a scan.")
)

// Faults of too much at once (T64, T85).
var (
	ErrFull = fault.In("file", "Your organisation has used all its space for evidence. Tell the people who run this service")
	ErrBusy = fault.In("file", "Too many files are being uploaded at this moment. Wait until one has finished, and try again")
	ErrRoom = fault.In("file", "Files cannot be added at the moment, because the service is short of space. Everything else works. Try again later")
)

// Check finds what is missing from an offer, at a moment.
func (o Offer) Check(now time.Time) error {
	var problems fault.Problems
	add := func(wrong bool, field, sentence string) {
		if wrong {
			problems = append(problems, fault.In(field, sentence))
		}
	}
	title := strings.TrimSpace(o.Title)
	add(title == "", "title", "Enter a title")
	add(len([]rune(title)) > 120, "title", "Title must be 120 characters or fewer")
	add(o.AboutOn == "", "about", "Enter the date the evidence is about")
	add(o.AboutOn > organisation.DayOf(now), "about", "The date of the evidence must be today or earlier")
	add(o.RunsUntil == "", "until", "Enter the date it runs until")
	add(o.RunsUntil != "" && o.RunsUntil < organisation.DayOf(now), "until", "The date it runs until must be today or later")
	return problems.OrNil()
}

// types pairs the endings we take with what their content must look like.
var types = map[string]string{
	".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".csv": "text/csv",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// magic is what the first bytes must be; sniffing alone is fooled by a mark
// that comes later.
var magic = map[string]string{".pdf": "%PDF-", ".png": "\x89PNG\r\n\x1a\n", ".jpg": "\xff\xd8\xff", ".jpeg": "\xff\xd8\xff", ".docx": zipMark, ".xlsx": zipMark}

const zipMark = "PK\x03\x04"

// TypeOf gives the media type of a file by its name's ending, what its content
// was sniffed as, and its first bytes. All three must agree.
func TypeOf(name, sniffed string, head []byte) (string, error) {
	ending := strings.ToLower(path.Ext(name))
	want, known := types[ending]
	sniffed, _, _ = strings.Cut(sniffed, ";")
	switch {
	case !known:
		return "", ErrType
	case ending == ".csv":
		if !strings.HasPrefix(sniffed, "text/csv") && sniffed != "text/plain" {
			return "", ErrType
		}
	case magic[ending] == zipMark && strings.HasPrefix(string(head), compound):
		return want, nil // locked, or an old document under a new name: inspect says which
	case sniffed != want && !(magic[ending] == zipMark && sniffed == "application/zip"):
		return "", ErrType
	case !strings.HasPrefix(string(head), magic[ending]):
		return "", ErrType
	}
	return want, nil
}

// CleanName keeps a file's name as data: no folders, no characters that hide
// or reorder, never empty.
func CleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, name) // first, because what is left could be a folder
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if runes := []rune(name); len(runes) > maxName {
		ending := []rune(path.Ext(name))
		if len(ending) > maxEnding {
			ending = nil
		}
		name = string(runes[:maxName-len(ending)]) + string(ending)
	}
	if strings.Trim(name, "./") == "" {
		return "file"
	}
	return name
}

// How long a kept name, and the ending in it, may be, in characters.
const (
	maxName   = 120
	maxEnding = 10
)

// Received is the event of a file that was taken in.
func (f File) Received(pass access.Pass, eventID string, now time.Time) event.Event {
	return event.New(eventID, pass, now, "evidence received", "evidence/"+string(f.ID), "Evidence added: "+f.Title)
}

// Handed is the event of a file that was read.
func (f File) Handed(pass access.Pass, eventID string, now time.Time) (event.Event, error) {
	if f.Verdict == Rejected {
		return event.Event{}, ErrRejected
	} else if f.Verdict != Ready {
		return event.Event{}, ErrHeld
	}
	return event.New(eventID, pass, now, "evidence downloaded", "evidence/"+string(f.ID), "Evidence downloaded: "+f.Title), nil
}

// Judged applies what the scanner found. A file is judged once: of two
// programs that scanned it, the second finds it judged.
func (f File) Judged(pass access.Pass, found Finding, eventID string, now time.Time) (File, event.Event, error) {
	if f.Verdict != Checking && f.Verdict != NotScanned {
		return f, event.Event{}, ErrJudged
	}
	kind, detail := "evidence scanned", "Checked for viruses: "+f.Title
	f.VerdictBy, f.VerdictWhy = found.Engine, ""
	switch found.Result {
	case Clean:
		f.Verdict = Ready
	case Infected:
		f.Verdict, f.VerdictWhy = Rejected, "It contains "+found.Name
		kind, detail = "evidence rejected", "Rejected by the virus scanner: "+f.Title
	case Unreadable:
		f.Verdict, f.VerdictWhy = Held, "The virus scanner could not look inside it: "+found.Name
		kind, detail = "evidence held", "The virus scanner could not look inside: "+f.Title
	case unscanned:
		f.Verdict, f.VerdictWhy = NotScanned, found.Name
		kind, detail = "evidence not scanned", "Not checked for viruses: "+f.Title
	default: // a finding nobody filled in is no verdict
		return f, event.Event{}, fmt.Errorf("scan of %s: result %q is none we know", f.ID, found.Result)
	}
	return f, event.New(eventID, pass, now, kind, "evidence/"+string(f.ID), detail).Vouching(string(f.Digest)), nil
}

// Release lets a file out that no scanner has seen, by a second person with a
// reason.
func (f File) Release(pass access.Pass, why string, eventID string, now time.Time) (File, event.Event, error) {
	if f.Verdict != NotScanned && f.Verdict != Held {
		return f, event.Event{}, fault.New(fault.Conflict, "This file does not wait for a release.")
	}
	if f.ReceivedBy == pass.Who().ID {
		return f, event.Event{}, ErrOwnFile
	}
	if why = strings.TrimSpace(why); why == "" {
		return f, event.Event{}, fault.In("why", "Enter why it is safe to release this file")
	}
	f.Verdict, f.VerdictBy, f.VerdictWhy = Ready, pass.Who().Name, why
	return f, event.New(eventID, pass, now, "evidence released", "evidence/"+string(f.ID), "Evidence released without a scan: "+f.Title).Vouching(string(f.Digest)), nil
}
