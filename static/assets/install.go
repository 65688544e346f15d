package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// marker is left in node_modules after an installation that worked. It holds
// the digest of what was asked for, so a changed pin is noticed, and so is an
// installation that was interrupted.
const marker = ".countersign-installed"

// install runs npm only when what is there is not what is asked for. Scripts
// of packages never run: we take files from them, not behaviour.
func install(home string) error {
	want, err := wanted(home)
	if err != nil {
		return err
	}
	mark := filepath.Join(home, "node_modules", marker)
	if got, err := os.ReadFile(mark); err == nil && string(got) == want {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at node_modules: %w", err)
	}
	fmt.Println("installing the front-end packages with npm")
	npm := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir, npm.Stdout, npm.Stderr = home, os.Stdout, os.Stderr
	if err := npm.Run(); err != nil {
		return fmt.Errorf("npm ci in %s: %w (Node 20 or later is needed, and a package registry that npm can reach)", home, err)
	}
	if err := os.WriteFile(mark, []byte(want), 0o644); err != nil {
		return fmt.Errorf("mark the installation: %w", err)
	}
	return nil
}

// wanted is one digest over both files that say what to install.
func wanted(home string) (string, error) {
	sum := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(home, name))
		if err != nil {
			return "", fmt.Errorf("read what to install: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(content))
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
