package main

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"net"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/mail"
	"countersign/internal/scan"
)

// config is every setting, read once and checked whole. A new release runs on
// the old settings: each field has a safe default, or its absence is refused
// by name.
type config struct {
	Listen   string   // COUNTERSIGN_LISTEN: address to serve on
	BaseURL  *url.URL // COUNTERSIGN_BASE_URL: how browsers reach the portal; https, except on this machine
	Database string   // COUNTERSIGN_DATABASE: sqlite:PATH or postgres://…
	Blobs    string   // COUNTERSIGN_BLOBS: file:DIR
	Clamd    string   // COUNTERSIGN_CLAMD: tcp:HOST:PORT or unix:/PATH of the virus scanner; empty leaves files to a second person
	Quota    int64    // COUNTERSIGN_QUOTA_ORGANISATION: bytes of evidence one organisation may keep, such as 20GiB
	Reserve  int64    // COUNTERSIGN_DISK_RESERVE: bytes of the disk that uploads leave free for everything else
	Years    int      // COUNTERSIGN_RETENTION_YEARS: how long what was signed is kept, from 5 to 100
	Hotline  string   // COUNTERSIGN_HOTLINE: telephone number on every page; empty leaves it out
	Service  string   // COUNTERSIGN_SERVICE: name of the service in its header
	LogLevel string   // COUNTERSIGN_LOG: debug, info, warn or error

	// COUNTERSIGN_TRUSTED_PROXIES: networks of the proxies in front, as 10.1.2.0/28,
	// comma separated. Only what they say of a client's address is believed;
	// without any, the connection itself says it.
	Proxies []*net.IPNet

	Mail mailConfig // COUNTERSIGN_SMTP…: without it nothing is sent, and messages wait

	Log  logConfig  // COUNTERSIGN_LOG_…: the public log
	Seal sealConfig // COUNTERSIGN_SEAL_KEY…: what PDFs are sealed with

	WebhookHosts []string // COUNTERSIGN_WEBHOOK_HOSTS: hosts, or host:port, that webhooks may lead to though they are in a private network

	Providers []providerConfig // COUNTERSIGN_OIDC_<NAME>_…: at least one to serve
	sources   map[string]string
}

// providerConfig is one identity provider. NAME becomes part of its callback
// address, BASE_URL/sign-in/<name>/return.
type providerConfig struct {
	Name         string
	Label        string   // …_LABEL: what its button says
	Issuer       string   // …_ISSUER: exactly as the provider writes it
	ClientID     string   // …_CLIENT_ID
	ClientSecret secret   // …_CLIENT_SECRET, or …_CLIENT_SECRET_FILE
	Scopes       []string // …_SCOPES: blank separated; empty asks for openid profile email
	ACR          []string // …_ACR: accepted at sign-in; empty accepts any
	StepUpACR    []string // …_STEP_UP_ACR: accepted when signing; "any" says that none is demanded
	UserInfo     bool     // …_USERINFO=true: names come from the userinfo endpoint
}

// mailConfig is the mail server that letters are handed to.
type mailConfig struct {
	Server   mail.Server     // COUNTERSIGN_SMTP: smtp://user@host:port?tls=mandatory, or smtps://…
	Password secret          // COUNTERSIGN_SMTP_PASSWORD, or …_FILE
	From     netmail.Address // COUNTERSIGN_MAIL_FROM: whom letters are from
}

// Set tells whether there is a mail server.
func (m mailConfig) Set() bool { return m.Server.Host != "" }

// secret prints as dots, so that no log line or listing carries it.
type secret string

func (secret) String() string { return "•••" }

// GoString keeps the value out of %#v as well.
func (secret) GoString() string { return "•••" }

// settings lists the plain settings with their defaults, in printing order.
var settings = []struct{ name, fallback string }{
	{"LISTEN", "127.0.0.1:8080"},
	{"BASE_URL", "http://localhost:8080"},
	{"DATABASE", "sqlite:data/countersign.db"},
	{"BLOBS", "file:data/blobs"},
	{"CLAMD", ""},
	{"QUOTA_ORGANISATION", "20GiB"},
	{"DISK_RESERVE", "2GiB"},
	{"RETENTION_YEARS", "20"},
	{"HOTLINE", ""},
	{"SERVICE", "Countersign"},
	{"LOG", "info"},
	{"TRUSTED_PROXIES", ""},
	{"SMTP", ""},
	{"SMTP_PASSWORD", ""},
	{"SMTP_PASSWORD_FILE", ""},
	{"MAIL_FROM", ""},
	{"WEBHOOK_HOSTS", ""},
	{"LOG_KEY", ""},
	{"ACT_KEY", ""},
	{"LOG_OLD_KEYS", ""},
	{"LOG_QUORUM", ""},
	{"SEAL_KEY", ""},
	{"SEAL_OLD_CERTIFICATES", ""},
	{"TIMESTAMP_URL", ""},
	{"TIMESTAMP_ROOTS", ""},
}

const prefix = "COUNTERSIGN_"

// readConfig reads the environment, over the file when one is given. It
// reports every problem at once.
func readConfig(file string, environment []string) (config, error) {
	values, sources := map[string]string{}, map[string]string{}
	for _, s := range settings {
		values[s.name], sources[s.name] = s.fallback, "default"
	}
	var problems []error
	take := func(line, source string) {
		name, value, ok := strings.Cut(line, "=")
		if bare, ours := strings.CutPrefix(name, prefix); ok && ours {
			values[bare], sources[bare] = value, source
		}
	}
	if file != "" {
		problems = append(problems, readSettingsFile(file, take))
	}
	for _, line := range environment {
		take(line, "environment")
	}
	c := config{Listen: values["LISTEN"], Database: values["DATABASE"], Blobs: values["BLOBS"], Clamd: values["CLAMD"], Hotline: values["HOTLINE"], Service: values["SERVICE"],
		LogLevel: values["LOG"], sources: sources}
	base, err := url.Parse(values["BASE_URL"])
	switch {
	case err != nil || base.Host == "" || (base.Path != "" && base.Path != "/"):
		problems = append(problems, fmt.Errorf("%sBASE_URL %q is not an address such as https://countersign.example", prefix, values["BASE_URL"]))
	case base.Scheme != "https" && !local(base.Hostname()):
		problems = append(problems, fmt.Errorf("%sBASE_URL must begin with https://: without it sessions can be stolen", prefix))
	}
	c.BaseURL = base
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.LogLevel) {
		problems = append(problems, fmt.Errorf("%sLOG is %q: use debug, info, warn or error", prefix, c.LogLevel))
	}
	if !strings.HasPrefix(c.Blobs, "file:") {
		problems = append(problems, fmt.Errorf("%sBLOBS is %q: use file:DIR", prefix, c.Blobs))
	}
	c.Years, err = readYears(values["RETENTION_YEARS"])
	problems = append(problems, err)
	c.Proxies, err = readNetworks(values["TRUSTED_PROXIES"])
	problems = append(problems, err)
	for host := range strings.SplitSeq(values["WEBHOOK_HOSTS"], ",") {
		if host = strings.ToLower(strings.TrimSpace(host)); host != "" {
			c.WebhookHosts = append(c.WebhookHosts, host)
		}
	}
	problems = append(problems, c.readUploads(values), c.Mail.read(values), c.Log.read(values), c.Seal.read(values))
	providers, err := readProviders(values)
	c.Providers = providers
	problems = append(problems, err, unknownSettings(values))
	return c, errors.Join(problems...)
}

// readNetworks refuses what is no network, and one so wide that anybody's
// address would be believed from it.
func readNetworks(text string) ([]*net.IPNet, error) {
	var networks []*net.IPNet
	for each := range strings.SplitSeq(text, ",") {
		if each = strings.TrimSpace(each); each == "" {
			continue
		}
		_, network, err := net.ParseCIDR(each)
		if err != nil {
			return nil, fmt.Errorf("%sTRUSTED_PROXIES: %q is not a network such as 10.1.2.0/28", prefix, each)
		}
		if ones, _ := network.Mask.Size(); ones < 8 {
			return nil, fmt.Errorf("%sTRUSTED_PROXIES: %s is too wide: name the proxies' own network", prefix, each)
		}
		networks = append(networks, network)
	}
	return networks, nil
}

// readUploads reads what bounds uploads, and who looks at them.
func (c *config) readUploads(values map[string]string) error {
	var problems []error
	size := func(name string) int64 {
		n, err := parseSize(values[name])
		if err != nil {
			problems = append(problems, fmt.Errorf("%s%s: %w", prefix, name, err))
		}
		return n
	}
	c.Quota, c.Reserve = size("QUOTA_ORGANISATION"), size("DISK_RESERVE")
	if c.Clamd != "" {
		if _, _, err := scan.Parse(c.Clamd); err != nil {
			problems = append(problems, fmt.Errorf("%sCLAMD: %w", prefix, err))
		}
	}
	return errors.Join(problems...)
}

// read reads where letters go. Half of it is refused: a portal that seems to
// send letters and does not is worse than one that says so.
func (m *mailConfig) read(values map[string]string) error {
	m.Password = secret(values["SMTP_PASSWORD"])
	if values["SMTP"] == "" {
		if values["MAIL_FROM"] != "" || m.Password != "" || values["SMTP_PASSWORD_FILE"] != "" {
			return fmt.Errorf("%sSMTP is missing: without it nothing is sent", prefix)
		}
		return nil
	}
	var problems []error
	server, err := mail.Parse(values["SMTP"])
	if err != nil {
		problems = append(problems, fmt.Errorf("%sSMTP: %w", prefix, err))
	}
	if path := values["SMTP_PASSWORD_FILE"]; path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("%sSMTP_PASSWORD_FILE: %w", prefix, err))
		}
		m.Password = secret(strings.TrimSpace(string(text)))
	}
	if (server.User == "") != (m.Password == "") {
		problems = append(problems, fmt.Errorf("%sSMTP: a user needs a password, and a password a user", prefix))
	}
	from, err := netmail.ParseAddress(values["MAIL_FROM"])
	if err != nil {
		problems = append(problems, fmt.Errorf("%sMAIL_FROM must be an address such as Countersign <alerts@countersign.example>", prefix))
	} else {
		m.From = *from
	}
	m.Server = server
	return errors.Join(problems...)
}

// parseSize reads a number of bytes, such as 500MiB.
func parseSize(text string) (int64, error) {
	number, unit := strings.TrimSpace(text), int64(1)
	for i, ending := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if bare, is := strings.CutSuffix(number, ending); is {
			number, unit = strings.TrimSpace(bare), 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/2/unit {
		return 0, fmt.Errorf("%q is not a size such as 20GiB", text)
	}
	return n * unit, nil
}

func local(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

func readSettingsFile(path string, take func(line, source string)) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("settings file %s can be read by others: set its mode to 600", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	defer func() { _ = file.Close() }() // only read from
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.HasPrefix(line, prefix) || !strings.Contains(line, "=") {
			return fmt.Errorf("settings file %s, line %d: write %sNAME=value", path, n, prefix)
		}
		take(line, filepath.Base(path))
	}
	return lines.Err()
}

// providerSettings are the endings of a provider's settings.
var providerSettings = []string{"LABEL", "ISSUER", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE", "SCOPES", "ACR", "STEP_UP_ACR", "USERINFO"}

func readProviders(values map[string]string) ([]providerConfig, error) {
	var names []string
	for name := range values {
		if rest, ok := strings.CutPrefix(name, "OIDC_"); ok && strings.HasSuffix(rest, "_ISSUER") {
			names = append(names, strings.TrimSuffix(rest, "_ISSUER"))
		}
	}
	slices.Sort(names)
	var providers []providerConfig
	var problems []error
	for _, name := range names {
		at := "OIDC_" + name + "_"
		p := providerConfig{Name: strings.ToLower(name), Label: values[at+"LABEL"], Issuer: values[at+"ISSUER"], ClientID: values[at+"CLIENT_ID"],
			ClientSecret: secret(values[at+"CLIENT_SECRET"]), Scopes: strings.Fields(values[at+"SCOPES"]), ACR: strings.Fields(values[at+"ACR"]),
			StepUpACR: strings.Fields(values[at+"STEP_UP_ACR"]), UserInfo: values[at+"USERINFO"] == "true"}
		if path := values[at+"CLIENT_SECRET_FILE"]; path != "" {
			text, err := os.ReadFile(path)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s%sCLIENT_SECRET_FILE: %w", prefix, at, err))
			}
			p.ClientSecret = secret(strings.TrimSpace(string(text)))
		}
		if p.ClientID == "" {
			problems = append(problems, fmt.Errorf("%s%sCLIENT_ID is missing", prefix, at))
		}
		switch {
		case len(p.StepUpACR) == 0:
			problems = append(problems, fmt.Errorf("%s%sSTEP_UP_ACR is missing: name the levels a signature needs, such as AAL3_ANY, or any", prefix, at))
		case slices.Equal(p.StepUpACR, []string{"any"}):
			p.StepUpACR = nil
		}
		if p.Label == "" {
			p.Label = "Sign in with " + name
		}
		providers = append(providers, p)
	}
	return providers, errors.Join(problems...)
}

// unknownSettings refuses a misspelt setting instead of running without it.
func unknownSettings(values map[string]string) error {
	var unknown []string
	for name := range values {
		known := slices.ContainsFunc(settings, func(s struct{ name, fallback string }) bool { return s.name == name })
		for _, ending := range providerSettings {
			known = known || (strings.HasPrefix(name, "OIDC_") && strings.HasSuffix(name, "_"+ending))
		}
		known = known || witnessSetting(name)
		if !known {
			unknown = append(unknown, prefix+name)
		}
	}
	slices.Sort(unknown)
	if len(unknown) > 0 {
		return fmt.Errorf("these settings are not known: %s", strings.Join(unknown, ", "))
	}
	return nil
}

// lines prints every setting with where it came from, secrets masked.
func (c config) lines() []string {
	values := map[string]string{"LISTEN": c.Listen, "BASE_URL": fmt.Sprint(c.BaseURL), "DATABASE": maskPassword(c.Database), "BLOBS": c.Blobs, "CLAMD": c.Clamd, "QUOTA_ORGANISATION": fmt.Sprint(c.Quota), "RETENTION_YEARS": fmt.Sprint(c.Years),
		"DISK_RESERVE": fmt.Sprint(c.Reserve), "HOTLINE": c.Hotline,
		"SERVICE": c.Service, "LOG": c.LogLevel, "TRUSTED_PROXIES": networksWord(c.Proxies)}
	values["WEBHOOK_HOSTS"] = strings.Join(c.WebhookHosts, ",")
	if c.Mail.Set() {
		values["SMTP"], values["MAIL_FROM"] = c.Mail.Server.String(), c.Mail.From.String()
	}
	values["ACT_KEY"] = c.Log.Acts
	values["LOG_KEY"], values["LOG_OLD_KEYS"], values["LOG_QUORUM"] = c.Log.Key, strings.Join(c.Log.OldKeys, ","), c.Log.Quorum.String()
	values["SEAL_KEY"], values["SEAL_OLD_CERTIFICATES"], values["TIMESTAMP_URL"], values["TIMESTAMP_ROOTS"] = c.Seal.Key, c.Seal.Old, c.Seal.Authority, c.Seal.Roots
	if c.Mail.Password != "" {
		values["SMTP_PASSWORD"] = c.Mail.Password.String()
	}
	var out []string
	for _, s := range settings {
		out = append(out, fmt.Sprintf("%s%s=%s  (%s)", prefix, s.name, values[s.name], c.sources[s.name]))
	}
	out = append(out, c.Log.lines()...)
	for _, p := range c.Providers {
		at := prefix + "OIDC_" + strings.ToUpper(p.Name) + "_"
		out = append(out, at+"ISSUER="+p.Issuer, at+"CLIENT_ID="+p.ClientID, at+"CLIENT_SECRET="+p.ClientSecret.String(), at+"LABEL="+p.Label)
	}
	return out
}

func networksWord(networks []*net.IPNet) string {
	var words []string
	for _, network := range networks {
		words = append(words, network.String())
	}
	return strings.Join(words, ",")
}

func maskPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "•••"
	}
	if _, has := u.User.Password(); has || u.RawQuery != "" {
		return u.Scheme + "://" + u.User.Username() + ":•••@" + u.Host + u.Path + "?•••"
	}
	return address
}

// Limits of the server: a slow or huge request costs itself, not
// the others.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeaderBytes    = 32 << 10
	shutdownLimit     = 20 * time.Second
)

// Limits of uploads in one program.
const (
	uploadsAtOnce      = 4 // of one organisation
	uploadsAtOnceInAll = 16
)
