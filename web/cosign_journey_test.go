//go:build demo

package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/web/demo"
)

const neighbour = "/organisations/" + string(demo.Neighbour)

// acceptance leads to the statement that two people sign.
func (v visitor) acceptance() {
	v.t.Helper()
	v.opens(neighbour + "/statements")
	v.pressesBeside("acceptance of our assessment")
}

// TestTwoPeopleSign: the senior information risk owner first, then the chief
// executive, who can do nothing before; and nobody in place of either.
func TestTwoPeopleSign(t *testing.T) {
	t.Parallel()
	inRoomOfItsOwn(t, func(t *testing.T, m *room) {
		siro, chief := m.sits(t, "Freya Linden"), m.sits(t, "Dr Imran Sethi")
		chief.opens(neighbour)
		chief.sees("1 thing needs you") // the other statement
		chief.sees("acceptance of our assessment waits for Freya Linden, senior information risk owner")
		chief.acceptance()
		chief.sees("Freya Linden, senior information risk owner, signs first.")
		chief.sees("Who signs before the chief executive")
		chief.misses("I confirm the statement without qualification")
		before := chief.path()
		chief.opens(before + "/confirmation")
		chief.sees("signs first.") // nothing to press there either
		chief.misses("I confirm – sign the statement")

		siro.opens(neighbour)
		siro.sees("Co-sign the ")
		siro.acceptance()
		siro.sees("Read and co-sign")
		siro.sees("Who checked it")
		siro.presses("Continue")
		siro.sees("Select whether you co-sign these words")
		evaluate[bool](siro, `((e) => { e.value = 'x'; return true })(document.querySelector('input[name=shown]'))`)
		siro.chooses("I have read the statement and co-sign it")
		siro.presses("Continue")
		siro.sees("The wording changed after you opened it. Read it again before you sign.")
		siro.chooses("I have read the statement and co-sign it")
		siro.presses("Continue")
		siro.sees("I, Freya Linden, senior information risk owner, have read the statement as shown and sign it beside the chief executive.")
		siro.presses("I have read it – co-sign the statement")
		siro.presses("Dr Imran Sethi") // somebody else, at the provider
		siro.sees("Someone else signed in. Nothing has been signed.")
		siro.presses("Try again")
		siro.refusesProof()
		siro.sees("We could not check that it is you. Nothing has been signed.")

		again := visit(t, m.running, m.script) // the same person elsewhere
		again.signsIn("Freya Linden")
		again.acceptance()
		again.chooses("I have read the statement and co-sign it")
		again.presses("Continue")

		siro.presses("Try again")
		siro.presses("Freya Linden")
		siro.sees("Statement co-signed")
		siro.sees("The chief executive can sign now.")
		again.presses("I have read it – co-sign the statement")
		again.sees("This statement has already been co-signed.")

		chief.opens(neighbour)
		chief.sees("2 things need you")
		chief.acceptance()
		chief.sees("Freya Linden, senior information risk owner, co-signed it")
		chief.chooses("I confirm the statement without qualification")
		chief.presses("Continue")
		chief.sees("Co-signed by")
		chief.presses("I confirm – sign the statement")
		chief.presses("Dr Imran Sethi")
		chief.sees("Statement signed")
		chief.sees("Freya Linden, senior information risk owner")
		chief.sees("Co-signed at")
		code := chief.code()
		chief.opens("/check?code=" + code)
		chief.sees("This statement is real and unchanged")
		chief.sees("Co-signed at")
		siro.acceptance()
		siro.sees("Statement signed")
	})
}

// refusesProof comes back from the provider without a proof, as somebody does who
// presses its way out.
func (v visitor) refusesProof() {
	v.t.Helper()
	v.opens(evaluate[string](v, `(() => {
		const state = new URLSearchParams(location.search).get('state') || document.querySelector('[name=state]').value;
		return '/sign-in/demo/return?error=access_denied&state=' + encodeURIComponent(state);
	})()`))
}

// TestCoSignerReturns: what is wrong goes back with its reason, and the chief
// executive is not asked for it.
func TestCoSignerReturns(t *testing.T) {
	t.Parallel()
	inRoomOfItsOwn(t, func(t *testing.T, m *room) {
		siro, chief := m.sits(t, "Freya Linden"), m.sits(t, "Dr Imran Sethi")
		siro.acceptance()
		siro.chooses("I cannot sign this")
		siro.presses("Continue")
		siro.presses("Return without signing")
		siro.sees("Enter why you cannot sign")
		siro.types("reason", "The second gap has another date now.")
		siro.presses("Return without signing")
		siro.sees("Returned to your team")
		siro.acceptance()
		siro.sees("The second gap has another date now.")
		siro.sees("Prepare it again")
		chief.opens(neighbour)
		chief.misses("acceptance of our assessment waits for")
	})
}

// TestChiefExecutiveReturnsBeforeTheCoSignature: what is wrong need not wait.
func TestChiefExecutiveReturnsBeforeTheCoSignature(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t), false)
	v.signsIn("Dr Imran Sethi")
	v.acceptance()
	v.presses("Return it to your team")
	v.types("reason", "The assessment is not the one I was shown.")
	v.presses("Return without signing")
	v.sees("Returned to Freya Linden")
}

// TestCoSigningWhereTheDatabaseFails: nobody is told that it worked, and nothing
// of it is there.
func TestCoSigningWhereTheDatabaseFails(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := visit(t, r, true)
	v.signsIn("Freya Linden")
	v.acceptance()
	v.chooses("I have read the statement and co-sign it")
	v.presses("Continue")
	v.presses("I have read it – co-sign the statement")
	raw, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(r.config.Database, "sqlite:")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }() // of a database nobody uses again
	do := func(query string) {
		t.Helper()
		if _, err := raw.ExecContext(t.Context(), query); err != nil {
			t.Fatal(query, err)
		}
	}
	do("create trigger broken before insert on co_signature begin select raise(abort, 'disk I/O error'); end")
	v.presses("Freya Linden")
	v.sees("look whether it was saved before you send it again")
	v.sees("Reference:")
	do("drop trigger broken")
	v.acceptance()
	v.sees("Read and co-sign") // it was not saved, and says so
	v.presses("Continue")
	v.presses("I have read it – co-sign the statement")
	v.presses("Freya Linden")
	v.sees("Statement co-signed")
}

// TestCoSignedReceiptProvesItself follows both signatures out of the portal.
func TestCoSignedReceiptProvesItself(t *testing.T) {
	t.Parallel()
	r := start(t)
	siro, chief := visit(t, r, true), visit(t, r, true)
	siro.signsIn("Freya Linden")
	siro.acceptance()
	siro.chooses("I have read the statement and co-sign it")
	siro.presses("Continue")
	siro.presses("I have read it – co-sign the statement")
	siro.presses("Freya Linden")
	chief.signsIn("Dr Imran Sethi")
	chief.acceptance()
	chief.chooses("I confirm the statement without qualification")
	chief.presses("Continue")
	chief.presses("I confirm – sign the statement")
	chief.presses("Dr Imran Sethi")
	if err := r.portal.grow(context.Background()); err != nil {
		t.Fatal("grow the log:", err)
	}
	folder := t.TempDir()
	keep := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	proof := chief.fetches(chief.path() + "/proof")
	bundle, trust := keep("proof.json", proof), keep("trust.json", chief.fetches("/log/trust"))
	command := func(args ...string) (string, int) {
		var out bytes.Buffer
		code := run(args, nil, &out, &out)
		return out.String(), code
	}
	if said, code := command("verify", bundle, "--trust", trust); code != 0 || !strings.Contains(said, "Co-signed by Freya Linden, senior information risk owner") {
		t.Errorf("the command ends with %d: %s", code, said)
	}
	if said, err := exec.CommandContext(t.Context(), "node", filepath.Join("..", "internal", "receipt", "verify.mjs"), bundle, trust).CombinedOutput(); err != nil || !strings.Contains(string(said), "Freya Linden") {
		t.Errorf("the other verifier: %v: %s", err, said)
	}
	spoiled := keep("spoiled.json", strings.ReplaceAll(proof, "Freya Linden", "Freya Lindon"))
	if said, code := command("verify", spoiled, "--trust", trust); code != exitFound || !strings.Contains(said, "NOT PROVEN") {
		t.Errorf("with another co-signer the command ends with %d: %s", code, said)
	}
	pdf := chief.fetches(chief.path() + "/pdf") // sealed, with the same proof in it
	if !strings.HasPrefix(pdf, "%PDF-") {
		t.Errorf("the receipt on paper begins %.20q", pdf)
	}
	chief.presses("Log out")
	chief.opens("/check")
	chief.attaches("file", bundle)
	chief.presses("Check the file")
	chief.sees("This statement is real and unchanged")
	chief.sees("Freya Linden, senior information risk owner, signed exactly these words before")
	chief.sees("Co-signed at")
}
