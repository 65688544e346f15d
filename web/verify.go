package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"countersign/internal/receipt"
)

type verifyCommand struct {
	File  string `arg:"" help:"The proof bundle, or the PDF with it, as it was downloaded." type:"existingfile"`
	Trust string `help:"Whom to believe: the list of /log/trust, compared with what others have." type:"existingfile" placeholder:"FILE"`
}

// errUnproven ends the command with exit code 1 after it has said why.
var errUnproven = errors.New("this is not proven")

// Run checks a bundle with nothing but the file: no network, no database.
func (v verifyCommand) Run(sh *shell) error {
	file, err := readSmall(v.File)
	if err != nil {
		return err
	}
	var trust *receipt.Trust
	if v.Trust != "" {
		text, err := readSmall(v.Trust)
		if err != nil {
			return err
		}
		list, err := receipt.ParseTrust(text)
		if err != nil {
			return fmt.Errorf("%s: %w", v.Trust, err)
		}
		trust = &list
	}
	check := receipt.Verify
	if receipt.IsPaper(file) {
		check = func(file []byte, trust *receipt.Trust) (receipt.Report, error) {
			return receipt.VerifyPaper(file, paper{}, trust)
		}
	}
	report, err := check(file, trust)
	if err != nil {
		return fmt.Errorf("%s: NOT PROVEN: %w", v.File, err)
	}
	if _, err := fmt.Fprint(sh.out, report.Text()); err != nil {
		return err
	}
	if !report.Trusted {
		return fmt.Errorf("%s: %w: give --trust FILE, a list you have from elsewhere", v.File, errUnproven)
	}
	return nil
}

// largestProof bounds what is read: a PDF with its proof is a tenth of it.
const largestProof = 4 << 20

// readSmall reads a file, and refuses one that no proof can be as large as.
func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	defer func() { _ = file.Close() }() // only read from
	text, err := io.ReadAll(io.LimitReader(file, largestProof+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(text) > largestProof {
		return nil, fmt.Errorf("%s is larger than 4MB: it is not a proof", path)
	}
	return text, nil
}
