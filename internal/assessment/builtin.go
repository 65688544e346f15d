package assessment

import (
	"bytes"
	"embed"
	"fmt"
)

// The frameworks and profiles that come with the program. Those of the NCSC
// are titles only: their wording is imported from the published file.
//
//go:embed frameworks/*.yaml profiles/*.yaml
var files embed.FS

// BuiltIn reads the frameworks and profiles that come with the program,
// sorted by file name.
func BuiltIn() ([]Framework, []Profile, error) {
	var frameworks []Framework
	err := eachFile("frameworks", func(data []byte) error {
		f, err := ReadFramework(bytes.NewReader(data))
		frameworks = append(frameworks, f)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	var profiles []Profile
	err = eachFile("profiles", func(data []byte) error {
		p, err := ReadProfile(bytes.NewReader(data), frameworks...)
		profiles = append(profiles, p)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return frameworks, profiles, nil
}

func eachFile(folder string, read func([]byte) error) error {
	entries, err := files.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("list %s: %w", folder, err)
	}
	for _, entry := range entries {
		path := folder + "/" + entry.Name()
		data, err := files.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if err := read(data); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
	}
	return nil
}
