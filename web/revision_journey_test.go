//go:build demo

package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/web/demo"
)

// earlier opens the receipt of what Calder Vale signed for an earlier quarter.
func (v visitor) earlier(quarter string) {
	v.t.Helper()
	v.opens("/organisations/ZZ1/statements")
	v.presses(quarter + " cyber statement")
	v.sees("Verification code")
}

// confirmsAndSigns goes from the words to a signature without qualification.
func (v visitor) confirmsAndSigns(at string) {
	v.t.Helper()
	v.opens(at + "/signature")
	v.chooses("I confirm the statement without qualification")
	v.presses("Continue")
	v.presses("I confirm – sign the statement")
	v.presses("Amara Whitlock")
	v.sees("Statement signed")
}

// readies takes the statement that is open through its tasks.
func (v visitor) readies() {
	v.t.Helper()
	at := v.path()
	v.presses("Check the figures")
	v.presses("I have checked these figures")
	v.opens(at + "/commitments")
	for range 9 {
		if !strings.Contains(v.text(), "Say what became of it") {
			break
		}
		v.presses("Say what became of it")
		v.chooses("It is done")
		v.types("note", "The sites are checked.")
		v.presses("Save")
	}
	v.opens(at + "/gaps") // which are not closed yet
	for i := range 9 {
		if v.reads(fmt.Sprintf("gap-%d-name", i)) != "" {
			v.writesDate(fmt.Sprintf("gap-%d-by", i), time.Now().AddDate(0, 0, 40))
		}
	}
	v.presses("Save gaps")
	v.opens(at + "/contradictions")
	v.acceptsAll()
	v.opens(at)
}

// address is where the person is, with what the address asks.
func (v visitor) address() string {
	v.t.Helper()
	return evaluate[string](v, `location.pathname + location.search`)
}

// reads gives what stands in a field; nothing where there is none.
func (v visitor) reads(id string) string {
	v.t.Helper()
	return evaluate[string](v, `(document.getElementById("`+id+`") || {value: ''}).value`)
}

// TestSignedStatementIsReplaced: T48: another takes its place, both stay, and
// everybody who looks reads which one stands.
func TestSignedStatementIsReplaced(t *testing.T) {
	t.Parallel()
	inRoomOfItsOwn(t, func(t *testing.T, m *room) {
		lead, siro, chief := m.sits(t, "Leila Brandt"), m.sits(t, "Tom Adeyemi"), m.sits(t, "Amara Whitlock")
		lead.earlier("January to March 2026")
		code, receipt := lead.code(), lead.path()
		lead.misses("Withdraw this statement") // that is for who signs
		lead.presses("Replace this statement")
		lead.presses("Begin the new statement")
		lead.sees("There is a problem")
		lead.sees("Enter why it is to be replaced")
		lead.types("why", strings.Repeat("x", 501))
		lead.presses("Begin the new statement")
		lead.sees("The reason must be 500 characters or fewer")
		lead.keeps("why", strings.Repeat("x", 501))
		siro.opens(receipt) // two people at once
		siro.presses("Replace this statement")
		lead.clears("why")
		lead.types("why", "One laboratory was counted twice.")
		lead.presses("Begin the new statement")
		lead.sees("It takes the place of the statement signed with the code " + code)
		lead.sees("One laboratory was counted twice.")
		at := lead.path()
		siro.types("why", "It is wrong.")
		siro.presses("Begin the new statement")
		siro.sees("Somebody is preparing a statement in place of this one already.")
		siro.presses("See the new statement")
		lead.readies()
		siro.opens("/organisations/ZZ1")
		siro.sees("It replaces the signed one: One laboratory was counted twice.")
		siro.opens(at)
		siro.presses("I have checked it – lock the words")
		siro.sees("The statement signed with the code " + code) // in the words
		chief.opens(receipt)
		chief.sees("Statement signed") // which stands until then
		chief.sees("A new statement is being prepared in its place.")
		chief.opens(at + "/signature")
		chief.sees("There is no deadline")
		chief.sees("It takes the place of the statement signed with the code " + code + ": One laboratory was counted twice.")
		chief.sees("Changed against that statement")
		chief.confirmsAndSigns(at)
		chief.misses("It shows as late")
		newer := chief.code()
		chief.opens(receipt)
		chief.sees("This statement was replaced")
		chief.sees("by " + newer)
		chief.misses("Replace this statement")
		chief.misses("Withdraw this statement")
		anybody := m.sits(t, "Samir Devlin")
		anybody.opens("/check?code=" + code)
		anybody.sees("This statement was real and unchanged")
		anybody.sees("Replaced on")
		anybody.misses("One laboratory") // why is not public
		anybody.presses(newer)
		anybody.sees("This statement is real and unchanged")
		lead.opens("/organisations/ZZ1/statements")
		lead.sees("Replaced")
	})
}

// TestSignedStatementIsWithdrawn: by who signs, with a fresh proof of identity;
// then it is due again.
func TestSignedStatementIsWithdrawn(t *testing.T) {
	t.Parallel()
	inRoomOfItsOwn(t, func(t *testing.T, m *room) {
		chief, siro, lead := m.sits(t, "Amara Whitlock"), m.sits(t, "Tom Adeyemi"), m.sits(t, "Leila Brandt")
		chief.earlier("January to March 2026")
		code, receipt := chief.code(), chief.path()
		at := strings.TrimSuffix(receipt, "/signature/receipt")
		before := m.attempts(t)
		siro.opens(at + "/withdrawal")
		siro.sees("You cannot see this page")
		chief.presses("Withdraw this statement")
		chief.presses("Continue")
		chief.sees("There is a problem")
		chief.sees("Enter why you withdraw it")
		chief.types("reason", "The figures were of another trust.")
		chief.presses("Continue")
		chief.sees("I, Amara Whitlock, chief executive, withdraw the statement that was signed with the code " + code)
		last := chief.address()
		chief.presses("I withdraw it – sign the withdrawal")
		chief.presses("Tom Adeyemi")
		chief.sees("Someone else signed in. Nothing has been withdrawn.")
		chief.sees("The figures were of another trust.") // nothing typed is lost
		chief.opens(last)                                // the last step has an address: going back to it sends nothing again
		chief.sees("I, Amara Whitlock, chief executive, withdraw the statement that was signed with the code " + code)
		chief.sees("The figures were of another trust.")
		siro.opens(last)
		siro.sees("You cannot see this page")
		chief.opens(strings.Split(last, "?")[0] + "?try=of-nobody")
		chief.sees("Why do you withdraw it?")
		chief.opens(last)
		siro.opens("/check?code=" + code)
		siro.sees("This statement is real and unchanged")
		stale := visit(t, m.running, m.script) // a second window of hers
		stale.signsIn("Amara Whitlock")
		stale.opens(at + "/withdrawal")
		stale.types("reason", "The figures were of another trust.")
		chief.presses("I withdraw it – sign the withdrawal")
		chief.presses("Amara Whitlock")
		chief.sees("This statement was withdrawn")
		chief.misses("is real and unchanged")
		chief.sees("does not stand any more")
		chief.sees("The figures were of another trust.")
		chief.sees("A new statement is due in its place.")
		if n := m.attempts(t) - before; n != 1 { // wrong person, back and forward included
			t.Errorf("one withdrawal was begun %d times", n)
		}
		stale.presses("Continue")
		stale.sees("This statement has already been withdrawn.")
		anybody := m.sits(t, "Samir Devlin")
		anybody.opens("/check?code=" + code)
		anybody.sees("This statement was real and unchanged")
		anybody.sees("It was withdrawn on")
		anybody.misses("another trust")
		lead.opens("/organisations/ZZ1")
		lead.sees("Prepare a new January to March 2026 cyber statement")
		lead.sees("The one signed before was withdrawn, so this is due. Why there is a new one: The figures were of another trust.")
		lead.opens(receipt)
		lead.presses("See the new statement")
		lead.readies()
		lead.opens(at + "/replacement")
		lead.misses("Give up the new statement") // it is due
	})
}

// attempts counts how often a withdrawal was begun.
func (m *room) attempts(t *testing.T) int {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(m.config.Database, "sqlite:")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }() // read only
	var n int
	if err := raw.QueryRowContext(t.Context(), "select count(*) from withdrawal_attempt").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRegulatorAsksForANewStatement: the trust reads who asks and why, on its
// first page, and cannot give up what it did not begin.
func TestRegulatorAsksForANewStatement(t *testing.T) {
	t.Parallel()
	inRoomOfItsOwn(t, func(t *testing.T, m *room) {
		lead, regulator := m.sits(t, "Leila Brandt"), m.sits(t, "Samir Devlin")
		lead.earlier("April to June 2026")
		code, receipt := lead.code(), lead.path()
		at := strings.TrimSuffix(receipt, "/signature/receipt")
		regulator.opens(receipt)
		regulator.sees("I, Amara Whitlock, chief executive, confirm the statement as shown") // what was signed is theirs to read
		regulator.misses("What happens next")
		regulator.presses("Ask the trust for a new statement")
		regulator.sees(code)
		regulator.presses("Ask the trust")
		regulator.sees("There is a problem")
		regulator.types("why", "The figures of one site are missing.")
		regulator.presses("Ask the trust")
		regulator.sees("Samir Devlin, a regulator, asked for a new statement in its place.")
		regulator.misses("See the new statement") // what is not signed is the trust's own
		regulator.opens(receipt)
		regulator.sees("asked for a new statement in its place.")
		regulator.misses("See the new statement")
		regulator.opens(at + "/replacement/request")
		lead.opens("/organisations/ZZ1")
		lead.sees("Samir Devlin, a regulator, asks for it: The figures of one site are missing.")
		lead.opens(at + "/replacement")
		lead.misses("Give up the new statement")
		lead.opens(at + "/replacement/request")
		lead.sees("You cannot see this page")
		regulator.presses("Take the request back")
		regulator.misses("asked for a new statement in its place")
		lead.opens("/organisations/ZZ1")
		lead.misses("The figures of one site are missing.")
		lead.opens(at + "/replacement")
		lead.types("why", "We saw it ourselves.")
		lead.presses("Begin the new statement")
		lead.presses("See who wanted it, or give it up")
		lead.presses("Give up the new statement")
		lead.sees("Statement signed")
		lead.misses("is being prepared in its place")
	})
}

// TestProofOfAReplacedStatementStillHolds: the file says what it always said, and
// the page that checks it what became of the statement since. What replaced it
// proves itself to both verifiers, with what it replaces in its words.
func TestProofOfAReplacedStatementStillHolds(t *testing.T) {
	t.Parallel()
	r := start(t)
	if err := r.portal.grow(context.Background()); err != nil {
		t.Fatal("grow the log:", err)
	}
	v := visit(t, r, true)
	v.signsIn("Dr Imran Sethi")
	v.opens("/organisations/" + string(demo.Neighbour) + "/statements")
	v.pressesBeside("Replaced")
	v.sees("This statement was replaced")
	v.sees("Kept until")
	folder := t.TempDir()
	old, newer, trust := filepath.Join(folder, "old.json"), filepath.Join(folder, "newer.json"), filepath.Join(folder, "trust.json")
	keep := func(path, address string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(v.fetches(address)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code := v.code()
	keep(old, v.path()+"/proof")
	keep(trust, "/log/trust")
	v.presses(evaluate[string](v, `document.querySelector('.nhsuk-inset-text a').textContent.trim()`))
	keep(newer, v.path()+"/proof")
	if text, err := os.ReadFile(newer); err != nil || !strings.Contains(string(text), "replaces: "+strings.ReplaceAll(code, "-", "")+" ") {
		t.Errorf("the newer file does not name %s: %v", code, err)
	}
	for _, file := range []string{old, newer} {
		var out bytes.Buffer
		if ended := run([]string{"verify", file, "--trust", trust}, nil, &out, &out); ended != 0 {
			t.Errorf("%s: the command ends with %d: %s", filepath.Base(file), ended, &out)
		}
		if said, err := exec.CommandContext(t.Context(), "node", filepath.Join("..", "internal", "receipt", "verify.mjs"), file, trust).CombinedOutput(); err != nil {
			t.Errorf("%s: the other verifier: %v: %s", filepath.Base(file), err, said)
		}
	}
	v.opens("/check")
	v.attaches("file", old)
	v.presses("Check the file")
	v.sees("This statement was real and unchanged")
	v.sees("Replaced on")
	v.opens("/check")
	v.attaches("file", newer)
	v.presses("Check the file")
	v.sees("This statement is real and unchanged")
}
