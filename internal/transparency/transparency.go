// Package transparency owns the public log of accountable acts: what of an
// event is committed to, the leaf that goes into the tree, checkpoints, proofs,
// and the rules by which the tree grows. Leaves reveal nothing: each is a salted
// commitment to one event. Who signs what is attestation's; where hashes lie is
// storage's; the key is in package keys, witnesses answer through package
// witness.
package transparency

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/event"
)

// The marks that begin what is written and hashed here, version 1
// (docs/transparency.md).
const (
	openingMark = "countersign act 1"
	leafMark    = "countersign leaf 1"
)

// OpeningOf writes down an event as it is committed to: one line a field, in a
// fixed order, each ended by LF. A line end or backslash inside a value is
// written with a backslash, so that no two events give the same text.
func OpeningOf(e event.Event) string {
	field := func(name, value string) event.Field { return event.Field{Name: name, Value: value} }
	return event.Record(openingMark,
		field("act", e.Kind), field("id", e.ID), event.At("at", e.At), field("by", e.ActorID), field("name", e.ActorName), field("office", string(e.Office)),
		field("organisation", string(e.Organisation)), field("thing", e.Thing), field("digest", e.Digest), field("detail", e.Detail))
}

// Opening is an event as its commitment was opened to somebody.
type Opening struct {
	Act, ID, By, Name, Office, Organisation, Thing, Digest, Detail string
	At                                                             time.Time
}

// ParseOpening reads an opening back. It accepts exactly what OpeningOf writes.
func ParseOpening(text string) (Opening, bool) {
	lines := strings.Split(text, "\n")
	names := []string{"act", "id", "at", "by", "name", "office", "organisation", "thing", "digest", "detail"}
	if len(lines) != len(names)+2 || lines[0] != openingMark || lines[len(lines)-1] != "" {
		return Opening{}, false
	}
	values := make([]string, len(names))
	for i, name := range names {
		value, found := strings.CutPrefix(lines[i+1], name+": ")
		plain, sound := unescape(value)
		if !found || !sound {
			return Opening{}, false
		}
		values[i] = plain
	}
	at, err := time.Parse(event.InstantForm, values[2])
	if err != nil || at.Format(event.InstantForm) != values[2] {
		return Opening{}, false
	}
	return Opening{Act: values[0], ID: values[1], At: at, By: values[3], Name: values[4], Office: values[5], Organisation: values[6], Thing: values[7], Digest: values[8], Detail: values[9]}, true
}

func unescape(value string) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' {
			out.WriteByte(value[i])
			continue
		}
		i++
		if i == len(value) {
			return "", false
		}
		switch value[i] {
		case '\\':
			out.WriteByte('\\')
		case 'n':
			out.WriteByte('\n')
		case 'r':
			out.WriteByte('\r')
		default:
			return "", false
		}
	}
	return out.String(), !strings.ContainsAny(value, "\r")
}

// Leaf is what goes into the tree for one event: SHA-256 over a tag, the salt
// and the opening, each with its length, in lower-case hex between a mark and
// LF. Every leaf is as long as every other, and without the 128-bit salt the
// event cannot be guessed from it (abuse case T59).
type Leaf string

// LeafOf commits to an opening with a salt.
func LeafOf(salt, opening string) Leaf {
	hash := sha256.New()
	for _, piece := range []string{leafMark, salt, opening} {
		_, _ = fmt.Fprintf(hash, "%d:%s,", len(piece), piece) // a hash never fails to write
	}
	return Leaf(leafMark + "\n" + hex.EncodeToString(hash.Sum(nil)) + "\n")
}

// Hash is the leaf's hash in the tree (RFC 6962, section 2.1).
func (l Leaf) Hash() tlog.Hash { return tlog.RecordHash([]byte(l)) }

// SaltBytes is the length of a salt before it is written in hex.
const SaltBytes = 16

// accountable are the kinds of events that go into the log (product, LOG 1):
// somebody can be asked years later why they did that. TestKindsAreDecided does
// not let a kind pass that is neither here nor in private.
var accountable = kinds(
	"alert issued", "alert corrected", "alert updated", "alert extended", "alert withdrawn", "past alert imported",
	"alert acknowledged", "applicability given", "action recorded", "alert closed", "alert opened again", "alert version received", "past answer imported",
	"risk accepted", "risk accepted in part", "risk refused",
	"evidence scanned", "evidence released",
	"statement asked for", "statement locked", "statement co-signed", "statement signed", "statement returned",
	"replacement asked for", "replacement begun", "replacement given up", "statement replaced", "signature withdrawn",
	"statement withdrawn", "statement taken up again", "statement deadline proposed", "statement deadline moved", "statement deadline not moved", "campaign begun", "campaign withdrawn", "template published",
	"commitment made", "commitment done", "commitment moved", "commitment dropped", "commitment accounted for",
	"acting chief executive asked for", "acting chief executive confirmed", "acting chief executive refused", "acting chief executive withdrawn", "acting chief executive ended",
	"person recorded", "contact changed", "login recorded", "login changed", "login confirmed", "appointment recorded", "appointment ended",
	"organisation imported", "organisation opened",
	"key set seen", "log renewed", "codes made anew",
)

// private are the kinds that do not: drafts and reading, what the portal does by
// itself, what says nothing that anybody answers for.
var private = kinds(
	"alert drafted", "alert sent for approval", "alert imported", "alert renewed", "alert change proposed", "alert change dropped", "alert received",
	"alert opened", "alert chased", "call logged",
	"risk decision asked for", "signing begun", "review kept",
	"evidence received", "evidence downloaded", "evidence linked", "evidence held", "evidence rejected", "evidence not scanned",
	"template drafted", "template dropped", "statement prepared", "assessment started", "outcome recorded",
	"framework imported", "profile imported", "kind recorded", "cohort joined", "cohort left",
	"alert contact added", "alert contact removed", "contacts tested", "webhook added", "webhook ended", "people told", "message refused",
	"login renamed", "signed in", "signed out", "signed out by provider", "proved identity",
)

func kinds(list ...string) map[string]bool {
	set := map[string]bool{}
	for _, kind := range list {
		set[kind] = true
	}
	return set
}

// Accountable tells whether an event of this kind goes into the log.
func Accountable(kind string) bool { return accountable[kind] }
