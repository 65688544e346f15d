package storage_test

import (
	"testing"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/internal/storage/storagetest"
)

// BenchmarkSession reads a session with its person and their appointments, as
// every request does, on SQLite as the program opens it.
func BenchmarkSession(b *testing.B) {
	db, err := storage.Open(b.Context(), sqlite(b), storagetest.Acts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	h := storagetest.Furnish(b, storagetest.Opened{DB: db, Raw: db.Raw()})
	keeping, err := access.Check(access.Actor{At: h.Now()}, access.KeepSession, organisation.National)
	if err != nil {
		b.Fatal(err)
	}
	reading, err := access.Check(access.Actor{At: h.Now()}, access.ReadSession, organisation.National)
	if err != nil {
		b.Fatal(err)
	}
	who := identity.PersonID(storagetest.Chief().ID)
	session := identity.Session{Key: "key", Person: who, Issuer: storagetest.Issuer, ProviderID: "sid", ACR: "AAL3", AuthAt: h.Now(), StartedAt: h.Now(), SeenAt: h.Now()}
	if err := h.Identities.Start(b.Context(), keeping, session, "", event.New(storagetest.NewID(), keeping, h.Now(), "signed in", who.Thing(), "Signed in")); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, actor, err := h.Identities.Session(b.Context(), reading, session.Key); err != nil || len(actor.Appointments) != 1 {
			b.Fatal(actor, err)
		}
	}
}
