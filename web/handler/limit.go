package handler

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"countersign/web/session"
)

// limited are the addresses a stranger can make the portal work at: each asks
// the store or an identity provider for something before anybody is known.
// Nobody who is signed in is counted, so that a flood of strangers never stands
// between a chief executive and a signature (abuse case T78).
var limited = map[string]bool{
	"GET /sign-in/:provider": true,
	"GET " + returnPath:      true,
	"POST " + logoutPath:     true,
	"GET /check":             true,
	"POST /check/file":       true,
	"GET /log/checkpoint":    true,
	"GET /log/tile/*":        true,
	"GET /log/trust":         true,
	"GET /alerts/feed.atom":  true,
	"GET /alerts/feed.json":  true,
}

// Limits counts what strangers ask for: by client address, so that one does
// not use up what is there for all, and by route over all addresses, so that
// many together do not use up the database. An address from which somebody has
// lately signed in is counted by itself alone: a flood from elsewhere does not
// lock a trust out on the last day.
//
// Counts are kept in memory, and for so many addresses at most; with several
// instances each counts for itself.
type Limits struct {
	now   func() time.Time
	mu    sync.Mutex
	each  *lru.Cache[string, *rate.Limiter]
	known *lru.Cache[string, time.Time]
	all   map[string]*rate.Limiter // by route
}

// A trust's people often share one address, and all sign in in the morning.
const (
	eachRate, eachBurst = 2, 60
	allRate, allBurst   = 100, 400
	addressesKept       = 10_000
	knownFor            = 7 * 24 * time.Hour
)

// NewLimits begins to count.
func NewLimits(now func() time.Time) *Limits {
	return &Limits{now: now, each: latest[*rate.Limiter](), known: latest[time.Time](), all: map[string]*rate.Limiter{}}
}

// latest keeps what the last addresses asked for, and forgets the one that was
// not heard of longest.
func latest[V any]() *lru.Cache[string, V] {
	cache, err := lru.New[string, V](addressesKept)
	if err != nil {
		panic("remember addresses: " + err.Error()) // only for a size that is not positive
	}
	return cache
}

// Known remembers that somebody has proved who they are from an address.
func (l *Limits) Known(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known.Add(neighbourhood(address), l.now())
}

// wait tells how long a stranger at an address has to wait; zero lets them in.
func (l *Limits) wait(route, address string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, from := l.now(), neighbourhood(address)
	own, ok := l.each.Get(from)
	if !ok {
		own = rate.NewLimiter(eachRate, eachBurst)
		l.each.Add(from, own)
	}
	if !own.AllowN(now, 1) {
		return untilOne(own, now)
	}
	if at, ok := l.known.Get(from); ok && now.Sub(at) < knownFor {
		return 0
	}
	all, ok := l.all[route]
	if !ok {
		all = rate.NewLimiter(allRate, allBurst)
		l.all[route] = all
	}
	if !all.AllowN(now, 1) {
		return untilOne(all, now)
	}
	return 0
}

func untilOne(l *rate.Limiter, now time.Time) time.Duration {
	return time.Duration((1 - l.TokensAt(now)) / float64(l.Limit()) * float64(time.Second))
}

// neighbourhood is what one client can move about in: an IPv6 network hands
// each of its customers at least a /64.
func neighbourhood(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return ip.Unmap().String() // what is no address is counted as one
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ip.String()
	}
	return network.String()
}

// errTooMany is answered with how long to wait.
var errTooMany = echo.NewHTTPError(http.StatusTooManyRequests, "too many requests")

// gate counts strangers before anything else is done for them.
func (l *Limits) gate(route string, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if session.Who(c).Known() {
			return next(c)
		}
		if wait := l.wait(route, c.RealIP()); wait > 0 {
			c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			return errTooMany
		}
		return next(c)
	}
}
