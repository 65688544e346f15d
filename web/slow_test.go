package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestT84_SlowRequestsHoldUpNobody: whoever sends a request a byte at a time,
// or takes no answer, is cut off; everybody else is answered meanwhile.
func TestT84_SlowRequestsHoldUpNobody(t *testing.T) {
	s := script(t)
	server := newServer(s, slog.New(slog.DiscardHandler))
	for what, limit := range map[string]time.Duration{"head": server.ReadHeaderTimeout, "whole request": server.ReadTimeout, "answer": server.WriteTimeout, "idle connection": server.IdleTimeout} {
		if limit <= 0 || limit > 2*time.Minute {
			t.Errorf("the %s may take %s", what, limit)
		}
	}
	server.ReadHeaderTimeout, server.ReadTimeout = 300*time.Millisecond, 600*time.Millisecond // the same limits, sooner
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }() // ends with the test
	t.Cleanup(func() { _ = server.Close() })
	address := listener.Addr().String()
	const slow = 200
	cut := make(chan error, slow)
	for i := range slow {
		go func() { cut <- dawdle(address, i%2 == 0) }()
	}
	for range 20 {
		began := time.Now()
		answer, err := http.Get("http://" + address + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if took := time.Since(began); answer.StatusCode != http.StatusOK || took > 5*time.Second {
			t.Errorf("an honest request was answered with %d after %s", answer.StatusCode, took)
		}
	}
	for range slow {
		if err := <-cut; err != nil {
			t.Error(err)
		}
	}
}

// dawdle sends half a head, or a head and half a body, and waits to be cut off.
func dawdle(address string, head bool) error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }() // the other side has closed it
	request := "POST /sign-out HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n"
	if !head {
		request += "\r\na="
	}
	if _, err := io.WriteString(connection, request); err != nil {
		return err
	}
	if err := connection.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	answer, err := io.ReadAll(connection)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		return fmt.Errorf("a slow request was still open after 20 seconds")
	}
	if text := string(answer); text != "" && !strings.HasPrefix(text, "HTTP/1.1 4") {
		return fmt.Errorf("a slow request was answered: %.80q", text)
	}
	return nil
}
