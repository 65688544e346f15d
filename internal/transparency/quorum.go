package transparency

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Quorum is how many witnesses must have signed a checkpoint, by its size: each
// step holds from its size on, the first from 0. A log outlives its witnesses, and
// what was shown under the quorum of its day stays as good as it was.
type Quorum []Step

// Step is how many witnesses must have signed from a size of the log on.
type Step struct {
	From      int64 `json:"from"`
	Witnesses int   `json:"witnesses"`
}

// Always is a quorum that was never another.
func Always(n int) Quorum { return Quorum{{Witnesses: n}} }

// At is how many must have signed a checkpoint of a size.
func (q Quorum) At(size int64) int {
	n := 0
	for _, step := range q {
		if size >= step.From {
			n = step.Witnesses
		}
	}
	return n
}

// Last is how many must sign once the log has reached its last step.
func (q Quorum) Last() int {
	if len(q) == 0 {
		return 0
	}
	return q[len(q)-1].Witnesses
}

// String is the quorum as ParseQuorum reads it.
func (q Quorum) String() string {
	var steps []string
	for _, step := range q {
		text := strconv.Itoa(step.Witnesses)
		if step.From > 0 {
			text += "@" + strconv.FormatInt(step.From, 10)
		}
		steps = append(steps, text)
	}
	return strings.Join(steps, ",")
}

// Check refuses steps that do not follow each other from size 0.
func (q Quorum) Check() error {
	if len(q) == 0 || q[0].From != 0 {
		return errors.New("a quorum must say how many witnesses sign from the beginning")
	}
	for i, step := range q {
		if step.Witnesses < 0 {
			return errors.New("a quorum cannot be fewer than none")
		}
		if i > 0 && step.From <= q[i-1].From {
			return fmt.Errorf("the quorum from size %d on must come after that from %d on", q[i-1].From, step.From)
		}
	}
	return nil
}

// ParseQuorum reads a number, or numbers with the size each holds from:
// "1,2@5000" is one witness at first, and two for checkpoints of size 5000 and more.
func ParseQuorum(text string) (Quorum, error) {
	var q Quorum
	for each := range strings.SplitSeq(text, ",") {
		number, from, later := strings.Cut(strings.TrimSpace(each), "@")
		step, err := Step{}, error(nil)
		if step.Witnesses, err = strconv.Atoi(number); err == nil && later {
			step.From, err = strconv.ParseInt(from, 10, 64)
		}
		if err != nil {
			return nil, fmt.Errorf("%q is not a number of witnesses such as 2, or 2@5000 from that size on", each)
		}
		q = append(q, step)
	}
	return q, q.Check()
}
