package event

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Field is one line of a record: its name, and what it says.
type Field struct{ Name, Value string }

// InstantForm is a moment to the microsecond, which is what the record keeps.
const InstantForm = "2006-01-02T15:04:05.000000Z"

// At is a moment as a line of a record, to the microsecond; a zero one says
// nothing.
func At(name string, at time.Time) Field {
	if at.IsZero() {
		return Field{Name: name}
	}
	return Field{name, at.UTC().Format(InstantForm)}
}

// escape lets no value look like another line.
var escape = strings.NewReplacer("\\", "\\\\", "\n", "\\n", "\r", "\\r")

// Record writes down what an event stands for: a mark that says of what kind it
// is, then each field on a line of its own. No two things give the same text.
// Whoever writes the event and whoever audits it later call the same function
// of the same type, which calls this one.
func Record(mark string, fields ...Field) string {
	size := len(mark) + 1
	for _, f := range fields {
		size += len(f.Name) + len(f.Value) + 3
	}
	var out strings.Builder
	out.Grow(size) // some are written for each request
	out.WriteString(mark)
	out.WriteByte('\n')
	for _, f := range fields {
		out.WriteString(f.Name)
		out.WriteString(": ")
		out.WriteString(escape.Replace(f.Value))
		out.WriteByte('\n')
	}
	return out.String()
}

// DigestOf gives the lower-case hex SHA-256 of a record.
func DigestOf(record string) string {
	sum := sha256.Sum256([]byte(record))
	return hex.EncodeToString(sum[:])
}

// Recording lets the event vouch for a record.
func (e Event) Recording(record string) Event { return e.Vouching(DigestOf(record)) }
