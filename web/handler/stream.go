package handler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
	"countersign/web/session"
)

// Streams are the walls that are open, over all alerts. Walls of one alert
// share each look at it: however many are open, it is read once an interval.
// No look outlives the request that asked for it.
type Streams struct {
	Interval time.Duration    // between two looks at an alert, and two updates of a wall
	Beat     time.Duration    // between two signs of life
	Patience time.Duration    // a browser that takes nothing for so long is let go
	Most     int              // streams at once
	Each     int              // streams at once of one session
	Clock    func() time.Time // tells how long ago, not what time it is

	mu      sync.Mutex
	open    int
	held    map[string]int // by session
	looks   map[alert.ID]*look
	closing chan struct{}
	closed  bool
}

// NewStreams is how a program opens its streams.
func NewStreams(clock func() time.Time) *Streams {
	return &Streams{Interval: 5 * time.Second, Beat: 15 * time.Second, Patience: 10 * time.Second, Most: 400, Each: 4, Clock: clock}
}

// look is the newest look at one alert, and how many walls share it.
type look struct {
	walls int
	mu    sync.Mutex // held while somebody looks for all
	at    time.Time
	saw   snapshot
}

// Faults of opening a stream. Script tries again later; the page has its link.
var (
	errFull = echo.NewHTTPError(http.StatusTooManyRequests, "too many streams")
	errOver = errors.New("the stream is over")
)

// enter makes room for one stream, until leave is called.
func (s *Streams) enter(session string, id alert.ID) (shared *look, leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready()
	if s.closed || s.open >= s.Most || s.held[session] >= s.Each {
		return nil, nil, errFull
	}
	s.open++
	s.held[session]++
	shared = s.looks[id]
	if shared == nil {
		shared = &look{}
		s.looks[id] = shared
	}
	shared.walls++
	return shared, func() { s.leave(session, id, shared) }, nil
}

func (s *Streams) ready() {
	if s.closing == nil {
		s.closing, s.held, s.looks = make(chan struct{}), map[string]int{}, map[alert.ID]*look{}
	}
}

func (s *Streams) leave(session string, id alert.ID, shared *look) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.held[session]--; s.held[session] == 0 {
		delete(s.held, session)
	}
	if shared.walls--; shared.walls == 0 {
		delete(s.looks, id)
	}
}

// Open tells how many streams there are.
func (s *Streams) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// Close ends every stream, so that a server that is told to stop need not wait
// for them. No other is opened afterwards.
func (s *Streams) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
}

// fresh gives the newest look, and how long it stays so. Whoever finds it too
// old looks for everybody.
func (s *Streams) fresh(l *look, read func() (snapshot, error)) (snapshot, time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := s.Clock(); l.at.IsZero() || now.Sub(l.at) >= s.Interval {
		saw, err := read()
		if err != nil {
			return snapshot{}, 0, err
		}
		l.at, l.saw = now, saw
	}
	return l.saw, s.Interval - s.Clock().Sub(l.at), nil
}

// snapshot is what an open wall may have to change.
type snapshot struct {
	version string
	at      string
	words   map[string]string    // by the name of what they stand in
	bars    map[string]string    // edges, by the name of the bar
	rows    map[string][3]string // tag, its class, last event, by trust
	number  int
}

// snapshot puts the scene into words for the stream. Its version moves only
// when a count or a trust's standing does, not with the time of day.
func (s wallScene) snapshot() snapshot {
	page := s.view()
	shot := snapshot{at: page.Updated, number: page.Number, words: map[string]string{"count": page.Count, "rest": page.Rest, "done": page.Done, "open": page.Open, "lost": page.Lost},
		bars: map[string]string{"all": page.Bar.Edges()}, rows: map[string][3]string{}}
	n := page.Asked - page.Number
	shot.words["who"], shot.words["chase"] = chaseHeading(n), "Chase "+plural(n, "trust")
	for _, k := range page.Kinds {
		shot.words[k.Key+"-done"], shot.words[k.Key+"-open"], shot.words[k.Key+"-lost"] = k.Done, k.Open, k.Lost
		shot.bars[k.Key] = k.Bar.Edges()
	}
	sum := fnv.New64a()
	for _, r := range s.reached {
		tag := s.message(r).tag()
		shot.rows[string(r.Organisation)] = [3]string{tag.Text, "nhsuk-tag nhsuk-tag--" + tag.Colour, s.last(r)}
		_, _ = fmt.Fprintln(sum, r.Organisation, tag.Text, r.AcknowledgedAt.UnixMicro(), r.OpenedAt.UnixMicro(), r.RungAt.UnixMicro(), s.delivered[r.Organisation].LastAt.UnixMicro()) // a hash never fails to write
	}
	shot.version = strconv.FormatUint(sum.Sum64(), 36)
	return shot
}

// moved is one update of an open wall: what is not as it was before.
type moved struct {
	ID    string               `json:"id"`
	At    string               `json:"at"`
	N     int                  `json:"n"`
	Words map[string]string    `json:"words"`
	Bars  map[string]string    `json:"bars"`
	Rows  map[string][3]string `json:"rows"`
}

// since leaves out what a wall already shows.
func (is snapshot) since(was snapshot) moved {
	m := moved{ID: is.version, At: is.at, N: is.number, Words: maps.Clone(is.words), Bars: maps.Clone(is.bars), Rows: maps.Clone(is.rows)}
	maps.DeleteFunc(m.Words, func(k, v string) bool { shown, ok := was.words[k]; return ok && shown == v })
	maps.DeleteFunc(m.Bars, func(k, v string) bool { shown, ok := was.bars[k]; return ok && shown == v })
	maps.DeleteFunc(m.Rows, func(k string, v [3]string) bool { shown, ok := was.rows[k]; return ok && shown == v })
	return m
}

// stream tells an open wall what changes, until the browser goes, the session
// ends or the program stops. It asks for the session and the decision again at
// every look, and keeps no session alive.
func (h Walls) stream(c echo.Context) error {
	id := alert.ID(c.Param("id"))
	if _, err := h.Wall.Read(c.Request().Context(), session.Who(c), id); err != nil {
		return err
	}
	shared, leave, err := h.Streams.enter(session.Key(c), id)
	if err != nil {
		return err
	}
	defer leave()
	since := c.Request().Header.Get("Last-Event-ID")
	if since == "" {
		since = c.QueryParam("since")
	}
	s := &listener{walls: h, c: c, id: id, shared: shared, shows: snapshot{version: since}, wire: http.NewResponseController(c.Response())}
	header := c.Response().Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("X-Accel-Buffering", "no") // what a proxy holds back is not live
	c.Response().WriteHeader(http.StatusOK)
	if err := s.listen(); err != nil && !errors.Is(err, errOver) {
		return err
	}
	return nil
}

// listener is one open wall.
type listener struct {
	walls  Walls
	c      echo.Context
	id     alert.ID
	shared *look
	shows  snapshot // what the wall was told last
	wire   *http.ResponseController
}

func (l *listener) listen() error {
	if err := l.send(": here\nretry: 5000\n\n"); err != nil {
		return errOver
	}
	streams := l.walls.Streams
	next, beat := time.NewTimer(0), time.NewTicker(streams.Beat)
	defer next.Stop()
	defer beat.Stop()
	for {
		select {
		case <-l.c.Request().Context().Done():
			return errOver
		case <-streams.closing:
			return errOver
		case <-beat.C:
			if err := l.send("event: beat\ndata: " + clockTime(l.walls.Now()) + "\n\n"); err != nil {
				return errOver
			}
		case <-next.C:
			wait, err := l.round()
			if l.c.Request().Context().Err() != nil {
				return errOver // whatever failed, failed because the browser is gone
			} else if err != nil {
				return err
			}
			next.Reset(wait)
		}
	}
}

// round looks once, tells the wall what has changed, and gives how long to
// wait. Walls that wait for the same look wake together.
func (l *listener) round() (time.Duration, error) {
	standing, err := l.walls.Sessions.Again(l.c)
	if err != nil {
		return 0, err
	}
	if _, err := access.Check(standing.Who, access.ReadAllResponses, organisation.National); err != nil {
		return 0, errOver
	}
	streams := l.walls.Streams
	is, wait, err := streams.fresh(l.shared, func() (snapshot, error) { return l.read(standing.Who) })
	if err != nil {
		return 0, err
	}
	if is.version != l.shows.version {
		update, err := json.Marshal(is.since(l.shows))
		if err != nil {
			return 0, fmt.Errorf("write an update of a wall: %w", err)
		}
		if err := l.send("id: " + is.version + "\nevent: wall\ndata: " + string(update) + "\n\n"); err != nil {
			return 0, errOver
		}
		if wait < streams.Interval*9/10 {
			wait += streams.Interval // this look was another wall's: the next update is a whole interval away
		}
	}
	l.shows = is
	if left := standing.EndsAt.Sub(l.walls.Now()); left < wait {
		wait = left
	}
	return max(wait, time.Millisecond), nil
}

// read looks at the alert for every wall that shares the look. It takes nothing
// from what the request that opened the stream remembers: that may be hours old.
func (l *listener) read(who access.Actor) (snapshot, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(l.c.Request().Context(), cancel)()
	scene, err := l.walls.scene(ctx, who, l.id)
	if errors.Is(err, context.Canceled) {
		return snapshot{}, errOver
	} else if err != nil {
		return snapshot{}, err
	}
	return scene.snapshot(), nil
}

// send writes at once, and gives up on a browser that does not take it. Its
// limit stands in for the server's, which is for answers that end.
func (l *listener) send(text string) error {
	deadline := l.wire.SetWriteDeadline(l.walls.Streams.Clock().Add(l.walls.Streams.Patience))
	if deadline != nil && !errors.Is(deadline, http.ErrNotSupported) {
		return deadline
	}
	if _, err := l.c.Response().Write([]byte(text)); err != nil {
		return err
	}
	if err := l.wire.Flush(); err != nil {
		return err
	}
	_ = l.wire.SetWriteDeadline(time.Time{}) // until there is more to say; where it could be set it can be lifted
	return nil
}
