// Command assets fills static/dist: it installs the pinned front-end packages,
// takes from them what a browser needs, removes what would make a browser call
// another host, and writes each file under its fingerprint with compressed
// forms beside it.
//
// The same inputs give the same bytes. A package whose files differ from the
// digests in digests.txt stops it: a new release is read before it is served,
// and then accepted with -accept.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	accept := flag.Bool("accept", false, "write digests.txt from the installed package, after you have read what changed")
	flag.Parse()
	if err := run(*accept); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

func run(accept bool) error {
	home, err := staticFolder()
	if err != nil {
		return err
	}
	if err := install(home); err != nil {
		return err
	}
	inputs, err := readPackage(filepath.Join(home, packageFolder))
	if err != nil {
		return err
	}
	digests := filepath.Join(home, "assets", "digests.txt")
	if accept {
		if err := os.WriteFile(digests, []byte(inputs.digests()), 0o644); err != nil {
			return fmt.Errorf("accept the package: %w", err)
		}
	}
	if err := inputs.compare(digests); err != nil {
		return err
	}
	own, err := readOwn(home)
	if err != nil {
		return err
	}
	files, err := bundle(inputs, own)
	if err != nil {
		return err
	}
	return writeAll(filepath.Join(home, "dist"), files)
}

// staticFolder finds static/ from wherever in the module the program was
// started.
func staticFolder() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return filepath.Join(folder, "static"), nil
		}
		above := filepath.Dir(folder)
		if above == folder {
			return "", fmt.Errorf("no go.mod here or above: start this inside the repository")
		}
		folder = above
	}
}
