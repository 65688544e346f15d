package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"countersign/internal/keys"
	"countersign/internal/transparency"
)

// logConfig is how the public log is signed and witnessed.
type logConfig struct {
	Key       string              // COUNTERSIGN_LOG_KEY: file made by `countersign keys new`; without it nothing is served, and what commands record with the act key waits for its place
	Acts      string              // COUNTERSIGN_ACT_KEY: file of the act key, made with the log's; FILE.acts beside that unless said
	OldKeys   []string            // COUNTERSIGN_LOG_OLD_KEYS: verifier keys that signed it before, comma separated
	Quorum    transparency.Quorum // COUNTERSIGN_LOG_QUORUM: how many witnesses must have signed what is shown, and from which size of the log on; all of them unless said
	Witnesses []witnessConfig
}

// witnessConfig is one witness of the log.
type witnessConfig struct {
	Name string
	Key  string // COUNTERSIGN_LOG_WITNESS_<NAME>_KEY: its verifier key, of type 4
	URL  string // COUNTERSIGN_LOG_WITNESS_<NAME>_URL: where it takes checkpoints; without it, its old signatures are known and it is not asked
}

const witnessPrefix = "LOG_WITNESS_"

// witnessSetting tells whether a setting is one of a witness.
func witnessSetting(name string) bool {
	return strings.HasPrefix(name, witnessPrefix) && (strings.HasSuffix(name, "_KEY") || strings.HasSuffix(name, "_URL"))
}

// read reads how the log is kept.
func (l *logConfig) read(values map[string]string) error {
	var problems []error
	l.Key, l.Acts = values["LOG_KEY"], values["ACT_KEY"]
	if l.Acts == "" && l.Key != "" {
		l.Acts = l.Key + keys.ActsEnding
	}
	for key := range strings.SplitSeq(values["LOG_OLD_KEYS"], ",") {
		if key = strings.TrimSpace(key); key == "" {
			continue
		}
		if _, err := note.NewVerifier(key); err != nil {
			problems = append(problems, fmt.Errorf("%sLOG_OLD_KEYS: %q is not a verifier key: %w", prefix, key, err))
		}
		l.OldKeys = append(l.OldKeys, key)
	}
	asked := 0
	for name, key := range values {
		name, is := strings.CutSuffix(name, "_KEY")
		if name, is = cutWitness(name, is); !is {
			continue
		}
		w := witnessConfig{Name: name, Key: key, URL: values[witnessPrefix+name+"_URL"]}
		if _, err := transparency.NewWitness(key); err != nil {
			problems = append(problems, fmt.Errorf("%s%s%s_KEY: %w", prefix, witnessPrefix, name, err))
		}
		if w.URL != "" {
			asked++
			if u, err := url.Parse(w.URL); err != nil || u.Host == "" || (u.Scheme != "https" && !local(u.Hostname())) {
				problems = append(problems, fmt.Errorf("%s%s%s_URL %q is not an address such as https://witness.example", prefix, witnessPrefix, name, w.URL))
			}
		}
		l.Witnesses = append(l.Witnesses, w)
	}
	for name := range values {
		if name, is := strings.CutSuffix(name, "_URL"); is && strings.HasPrefix(name, witnessPrefix) && values[name+"_KEY"] == "" {
			problems = append(problems, fmt.Errorf("%s%s_KEY is missing: without it nobody can tell what this witness signs", prefix, name))
		}
	}
	slices.SortFunc(l.Witnesses, func(a, b witnessConfig) int { return strings.Compare(a.Name, b.Name) })
	l.Quorum = transparency.Always(asked)
	if said := values["LOG_QUORUM"]; said != "" {
		q, err := transparency.ParseQuorum(said)
		if err == nil && q.Last() > asked {
			err = fmt.Errorf("only %d witnesses have an address", asked)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%sLOG_QUORUM is %q: %w", prefix, said, err))
		}
		l.Quorum = q
	}
	return errors.Join(problems...)
}

func cutWitness(name string, is bool) (string, bool) {
	if !is {
		return "", false
	}
	return strings.CutPrefix(name, witnessPrefix)
}

// lines prints the witnesses.
func (l logConfig) lines() []string {
	var out []string
	for _, w := range l.Witnesses {
		out = append(out, prefix+witnessPrefix+w.Name+"_KEY="+w.Key, prefix+witnessPrefix+w.Name+"_URL="+w.URL)
	}
	return out
}
