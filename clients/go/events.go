package leadrun

import (
	"context"
	"iter"
	"net/http"
	"strings"
	"time"
)

// quiet is how long a stream may say nothing; the server writes a line at least every 15 seconds.
const quiet = time.Minute

// RunEvent is one event of a run: an attempt as it happens, or the run as it changes; the other is nil.
type RunEvent struct {
	Attempt *Attempt
	Run     *Run
}

// Events follows a run live, up to its end; an error ends it. It goes on after the last event where a connection broke.
func (c *Client) Events(ctx context.Context, runID string) iter.Seq2[RunEvent, error] {
	return func(yield func(RunEvent, error) bool) {
		stream := &stream{client: c, yield: yield}
		for {
			request := &call{method: http.MethodGet, path: pathOf(runID) + "/events", timeout: quiet}
			request.headers = map[string]string{"Accept": "text/event-stream"}
			if stream.last != "" {
				request.headers["Last-Event-ID"] = stream.last
			}
			stream.id, stream.kind, stream.data = "", "", ""
			answer, err := c.transport.lines(ctx, request, stream.take)
			// The client has seen the end, or wants no more.
			if err == nil && (answer == nil || answer.status == http.StatusNoContent) {
				return
			}
			if err == nil {
				err = stream.again(ctx, request, answer)
			}
			if err != nil {
				yield(RunEvent{}, until(runID, err))
				return
			}
		}
	}
}

// stream is what has come of a stream (server-sent events).
type stream struct {
	client   *Client
	yield    func(RunEvent, error) bool
	last     string
	failures int

	id, kind, data string
}

// take reads a line; returns whether more are wanted.
func (s *stream) take(line string) bool {
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch name {
	case "id":
		s.id = value
	case "event":
		s.kind = value
	case "data":
		s.data += value
	}
	if line != "" || s.data == "" {
		return true
	}
	kind, data := s.kind, []byte(s.data)
	s.kind, s.data = "", ""
	switch kind {
	case "attempt":
		s.last, s.failures = s.id, 0
		attempt, err := read[Attempt](data)
		return s.yield(RunEvent{Attempt: attempt}, err) && err == nil
	case "run":
		s.last, s.failures = s.id, 0
		run, err := s.client.runOf(data)
		return s.yield(RunEvent{Run: run}, err) && err == nil && !run.Ended()
	}
	// After "error", which a revoked key gets, the next connection gets the whole answer.
	return true
}

// again waits before the next connection; it returns an error that will not change, or after too many failures.
func (s *stream) again(ctx context.Context, request *call, answer *reply) error {
	s.failures++
	refused, wait := judge(request, answer)
	fatal := answer.status > 0 && wait == nil && answer.status < 500
	policy := &s.client.policy
	if fatal || s.failures > policy.maxRetries {
		return refused
	}
	if wait != nil {
		return policy.sleep(ctx, *wait)
	}
	return policy.sleep(ctx, policy.backoff(s.failures))
}
