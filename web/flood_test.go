//go:build demo

package main

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestT78_SignatureGoesThroughAFlood: while strangers at thousands of addresses
// ask to sign in as fast as they can, and are told to wait, a chief executive
// who is signed in goes to the provider, comes back and signs, and never waits.
func TestT78_SignatureGoesThroughAFlood(t *testing.T) {
	r := start(t, prefix+"TRUSTED_PROXIES=127.0.0.1/32")
	v := visit(t, r, true)
	v.signsIn("Amara Whitlock")
	v.presses("Review and sign")

	stop, height, let, refused := make(chan struct{}), make(chan struct{}), atomic.Int64{}, atomic.Int64{}
	var flood sync.WaitGroup
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	ask := func(i int, path string) int {
		request, err := http.NewRequest(http.MethodGet, r.base+path, nil)
		if err != nil {
			t.Error(err)
			return 0
		}
		request.Header.Set("X-Forwarded-For", fmt.Sprintf("203.%d.%d.%d", i>>16&255, i>>8&255, i&255))
		answer, err := client.Do(request)
		if err != nil {
			t.Error(err)
			return 0
		}
		_ = answer.Body.Close() // only the status matters
		return answer.StatusCode
	}
	for worker := range 4 {
		flood.Go(func() {
			for i := worker; ; i += 4 {
				select {
				case <-stop:
					return
				default:
				}
				path := "/sign-in/demo"
				if worker == 3 {
					path = "/sign-in/demo/return?state=x&code=y"
				}
				if ask(i, path) == http.StatusTooManyRequests {
					if refused.Add(1) == 100 {
						close(height)
					}
				} else {
					let.Add(1)
				}
			}
		})
	}
	defer func() {
		close(stop)
		flood.Wait()
		t.Logf("of the flood %d were let in and %d refused", let.Load(), refused.Load())
	}()
	select {
	case <-height:
	case <-v.ctx.Done():
		t.Fatalf("the flood never came to its height: %d let in, %d refused", let.Load(), refused.Load())
	}
	before := refused.Load()
	v.chooses("I confirm the statement without qualification")
	v.presses("Continue")
	v.presses("I confirm – sign the statement")
	v.presses("Amara Whitlock")
	v.sees("Statement signed")
	if refused.Load() == before {
		t.Error("the flood had stopped, so this shows nothing")
	}
}
