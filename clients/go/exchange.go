package leadrun

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	firstPause   = 500 * time.Millisecond
	longestPause = 8 * time.Second
	// readTimeout is how long a request may take beyond the time for which the server is asked to hold it.
	readTimeout = 30 * time.Second
)

// Answers after which the same request may succeed: the server accepted nothing, or the request may be repeated.
var again = []int{408, 425, 429, 500, 502, 503, 504}

// Retry is a request that is sent again, as Config.OnRetry gets it; it holds no personal data.
type Retry struct {
	// Request is method and path.
	Request string
	// Attempt is of the request that failed, from 1.
	Attempt int
	// Pause is the time until it is sent again.
	Pause time.Duration
	// Reason is the status of the answer, or why there was none.
	Reason string
	// RequestID is of the answer.
	RequestID string
}

// call is a request to send.
type call struct {
	method, path string
	query        url.Values
	body         []byte
	headers      map[string]string
	// once: sending it twice has another effect than sending it once.
	once bool
	// submits: it takes a place of the key's rate limit for submissions.
	submits bool
	// timeout is how long the answer may be awaited; readTimeout when zero.
	timeout time.Duration
	// save takes the body of a success, instead of memory.
	save func(io.Reader) error
}

// Parameters may hold personal data.
func (c *call) name() string { return c.method + " " + c.path }

// reply is an answer, or why there is none.
type reply struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
	// lost says why there is no answer; status is 0 then.
	lost string
	// sent: the request may have reached the server.
	sent bool
}

// policy says how patient a client is, and by which means.
type policy struct {
	// maxRetries bounds repetitions after lost connections and errors of the server. Answers that say when to come back
	// are not counted.
	maxRetries int
	// idempotent: the server honours Idempotency-Key, so that a submission whose answer was lost may be sent again.
	idempotent bool
	onRetry    func(Retry)
	pace       *pace
	send       func(context.Context, *call) (*reply, error)
	now        func() time.Time
	sleep      func(context.Context, time.Duration) error
	random     func() float64
}

// exchange sends a request until it succeeds, or until the context's deadline.
//
// Its errors are *APIError, *NoAnswerError, *WaitError, and what call.save returns.
func (p *policy) exchange(ctx context.Context, request *call) (*reply, error) {
	for attempt, failures := 1, 0; ; attempt++ {
		if request.submits {
			if err := p.turn(ctx); err != nil {
				return nil, err
			}
		}
		answer, err := p.send(ctx, request)
		if request.submits {
			limit := ""
			if err == nil {
				limit = answer.header.Get("RateLimit")
			}
			p.pace.note(limit, p.now())
		}
		if err != nil {
			return nil, err
		}
		if answer.status >= 200 && answer.status < 300 {
			return answer, nil
		}
		refused, wait := judge(request, answer)
		if wait == nil {
			failures++
		}
		if !p.mayRepeat(request, answer) || failures > p.maxRetries {
			return nil, refused
		}
		pause := p.backoff(failures)
		if wait != nil {
			pause = *wait
		}
		if deadline, bounded := ctx.Deadline(); bounded && p.now().Add(pause).After(deadline) {
			return nil, refused
		}
		if p.onRetry != nil {
			p.onRetry(Retry{request.name(), attempt, pause, answer.reason(), answer.header.Get("X-Request-Id")})
		}
		if err := p.sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// turn waits for a place of the rate limit.
func (p *policy) turn(ctx context.Context) error {
	for wait := p.pace.take(p.now()); wait > 0; wait = p.pace.take(p.now()) {
		if deadline, bounded := ctx.Deadline(); bounded && p.now().Add(wait).After(deadline) {
			reason := fmt.Sprintf("the rate limit has no place before the deadline; the next is free in %s", wait.Round(time.Second))
			return &WaitError{Err: context.DeadlineExceeded, reason: reason}
		}
		if err := p.sleep(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}

// mayRepeat reports whether a request may be sent again after this answer.
func (p *policy) mayRepeat(request *call, answer *reply) bool {
	may := !request.once && (p.idempotent || !request.submits)
	switch answer.status {
	case 0:
		return may || !answer.sent
	case 409:
		return may && bytes.Contains(answer.body, []byte("idempotency-in-flight"))
	case 429, 503:
		// Nothing was accepted, unless the server does not know; then only the key makes a repetition safe.
		return may || !bytes.Contains(answer.body, []byte("outcome-unknown"))
	}
	return may && slices.Contains(again, answer.status)
}

// backoff is the pause after so many failures: exponential, half of it by chance.
func (p *policy) backoff(failures int) time.Duration {
	longest := min(longestPause, firstPause<<min(max(failures, 1)-1, 10))
	return time.Duration(float64(longest) * (0.5 + p.random()/2))
}

func (r *reply) reason() string {
	if r.status == 0 {
		return r.lost
	}
	return strconv.Itoa(r.status)
}

// judge returns the error of an answer, and how long it says to wait.
func judge(request *call, answer *reply) (error, *time.Duration) {
	if answer.status == 0 {
		return &NoAnswerError{Reason: request.name() + ": " + answer.lost, Sent: answer.sent}, nil
	}
	if answer.status < 400 {
		where := answer.header.Get("Location")
		reason := fmt.Sprintf("%s is redirected to %s; set the base URL to that", request.name(), where)
		return &NoAnswerError{Reason: reason, Sent: true}, nil
	}
	wait := retryAfter(answer.header, time.Now())
	refused := errorOf(answer.status, answer.body, answer.header.Get("X-Request-Id"), wait)
	if !slices.Contains([]int{409, 429, 503}, answer.status) {
		wait = nil
	}
	return refused, wait
}

// retryAfter reads Retry-After: seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(header http.Header, now time.Time) *time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil {
		wait = time.Duration(min(seconds, 999_999_999)) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = max(0, at.Sub(now))
	} else {
		return nil
	}
	return &wait
}

// sleep waits, or returns a *WaitError when the context ends.
func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &WaitError{Err: ctx.Err()}
	}
}

// until names the run or batch that goes on in an error of a context.
func until(id string, err error) error {
	var ended *WaitError
	if errors.As(err, &ended) && ended.RunID == "" {
		return &WaitError{RunID: id, Err: ended.Err}
	}
	return err
}

func newPolicy(config Config, send func(context.Context, *call) (*reply, error)) policy {
	retries := config.MaxRetries
	if retries == 0 {
		retries = 4
	}
	return policy{
		maxRetries: max(0, retries),
		idempotent: !config.NotIdempotent,
		onRetry:    config.OnRetry,
		pace:       &pace{},
		send:       send,
		now:        time.Now,
		sleep:      sleep,
		random:     rand.Float64,
	}
}
