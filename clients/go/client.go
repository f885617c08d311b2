// Package leadrun finds work e-mail addresses and phone numbers with a leadrun server.
//
// A Client is safe for use by several goroutines. The context of a call bounds it: its deadline and its cancellation
// end the waiting, never what the server has accepted.
package leadrun

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

const (
	// longestHold is how long the server is asked to hold a request until a run ends.
	longestHold = 30 * time.Second
	// pollPause is between polls, where the server neither holds requests nor says when to come back.
	pollPause  = 2 * time.Second
	runTimeout = 10 * time.Minute
)

// Config has the settings of a client; the zero value takes all from the environment.
type Config struct {
	// APIKey is of leadrun; LEADRUN_API_KEY when empty.
	APIKey string
	// BaseURL is of the server; LEADRUN_URL when empty, or this machine's.
	BaseURL string
	// Timeout is for a request that waits for nothing, its repetitions included; a minute when zero.
	Timeout time.Duration
	// MaxRetries bounds repetitions after a lost connection or an error of the server; 4 when zero, none when negative.
	MaxRetries int
	// NotIdempotent is for services that do not honour Idempotency-Key: a submission whose answer was lost is not sent
	// again.
	NotIdempotent bool
	// OnRetry is called before each repetition; it gets no personal data.
	OnRetry func(Retry)
	// HTTPClient is your own, with proxies or certificates. Redirects are not followed.
	HTTPClient *http.Client
}

// Client is a client of leadrun.
type Client struct {
	// Batches has the uploads of many contacts.
	Batches *Batches

	policy    policy
	transport *transport
	timeout   time.Duration
}

// New prepares a client; nothing is sent yet. It returns ErrConfiguration if there is no key, or the URL is none.
func New(config Config) (*Client, error) {
	transport, err := newTransport(config)
	if err != nil {
		return nil, err
	}
	client := &Client{policy: newPolicy(config, transport.send), transport: transport, timeout: config.Timeout}
	if client.timeout <= 0 {
		client.timeout = time.Minute
	}
	client.Batches = &Batches{client}
	return client, nil
}

// Enrich looks up one contact: it submits it, waits for the end, and returns the finished run.
//
// Without a deadline in the context it waits ten minutes. A *WaitError names the run that goes on.
func (c *Client) Enrich(ctx context.Context, contact Contact) (*Run, error) {
	ctx, cancel := patiently(ctx)
	defer cancel()
	body, err := bodyOf(contact)
	if err != nil {
		return nil, err
	}
	return c.finish(ctx, "/enrich", body, contact.IdempotencyKey)
}

// VerifyEmail verifies an address that is known, and returns the finished run; Result.Validation has the verdict.
func (c *Client) VerifyEmail(ctx context.Context, address Verification) (*Run, error) {
	ctx, cancel := patiently(ctx)
	defer cancel()
	body, err := encode(address)
	if err != nil {
		return nil, err
	}
	return c.finish(ctx, "/verify-email", body, address.IdempotencyKey)
}

func (c *Client) finish(ctx context.Context, path string, body []byte, key string) (*Run, error) {
	run, err := c.submit(ctx, c.policy, path, body, first(key, newKey()), hold(ctx))
	if err != nil || run.Ended() {
		return run, err
	}
	return c.waitUntil(ctx, c.policy, run.RunID)
}

// Submit submits one contact and returns its run at once; Run.Wait waits for the end.
func (c *Client) Submit(ctx context.Context, contact Contact) (*Run, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	body, err := bodyOf(contact)
	if err != nil {
		return nil, err
	}
	return c.submit(ctx, c.policy, "/enrich", body, first(contact.IdempotencyKey, newKey()), 0)
}

func (c *Client) submit(ctx context.Context, p policy, path string, body []byte, key string, hold time.Duration) (*Run, error) {
	request := submission(path, body, key)
	request.timeout = hold + readTimeout
	if hold > 0 {
		request.headers["Prefer"] = fmt.Sprintf("wait=%d", hold/time.Second)
	}
	answer, err := p.exchange(ctx, request)
	if err != nil {
		return nil, err
	}
	return c.runOf(answer.body)
}

func submission(path string, body []byte, key string) *call {
	headers := map[string]string{"Content-Type": "application/json", "Idempotency-Key": key}
	return &call{method: http.MethodPost, path: path, body: body, headers: headers, submits: true}
}

// GetRun reads a run as it stands.
func (c *Client) GetRun(ctx context.Context, runID string) (*Run, error) {
	return c.readRun(ctx, &call{method: http.MethodGet, path: pathOf(runID)})
}

// Wait waits for the end of a run, and returns it. Without a deadline in the context it waits ten minutes.
//
// A *WaitError means that the context ended first; the run goes on.
func (c *Client) Wait(ctx context.Context, runID string) (*Run, error) {
	ctx, cancel := patiently(ctx)
	defer cancel()
	return c.waitUntil(ctx, c.policy, runID)
}

func (c *Client) waitUntil(ctx context.Context, p policy, runID string) (*Run, error) {
	for {
		held := hold(ctx)
		query := url.Values{"wait": {fmt.Sprint(int(held / time.Second))}}
		request := &call{method: http.MethodGet, path: pathOf(runID), query: query, timeout: held + readTimeout}
		answer, err := p.exchange(ctx, request)
		if err != nil {
			return nil, until(runID, err)
		}
		run, err := c.runOf(answer.body)
		if err != nil || run.Ended() {
			return run, err
		}
		// A server that held the request is asked again at once; one that knows no wait, when it says.
		if held > 0 && answer.took >= held/2 {
			continue
		}
		pause := pollPause
		if wait := retryAfter(answer.header, time.Now()); wait != nil && *wait > 0 {
			pause = *wait
		}
		if deadline, bounded := ctx.Deadline(); bounded && !p.now().Add(pause).Before(deadline) {
			return nil, &WaitError{RunID: runID, Err: context.DeadlineExceeded}
		}
		if err := p.sleep(ctx, pause); err != nil {
			return nil, until(runID, err)
		}
	}
}

// Cancel stops a run before its next provider call; the credits come back if none was made yet.
//
// It returns ErrAlreadyEnded if the run has ended.
func (c *Client) Cancel(ctx context.Context, runID string) (*Run, error) {
	return c.readRun(ctx, &call{method: http.MethodPost, path: pathOf(runID) + "/cancel"})
}

// Attempts reads the cascade of a run: each provider in order, with outcome, latency and cost.
func (c *Client) Attempts(ctx context.Context, runID string) ([]Attempt, error) {
	return list[Attempt](ctx, c, pathOf(runID)+"/attempts", "attempts")
}

// Feedback reports what became of the values of a run, or of that of one field; what bounced is never served again.
//
// The outcome is "answered", "bounced", "delivered", "disconnected", "left_company" or "wrong_person"; the field is
// "email", "phone", or empty for both. A repetition changes nothing.
func (c *Client) Feedback(ctx context.Context, runID, outcome, field string) (*Feedback, error) {
	said := map[string]string{"outcome": outcome}
	if field != "" {
		said["field"] = field
	}
	body, _ := json.Marshal(said)
	headers := map[string]string{"Content-Type": "application/json"}
	path := "/runs/" + url.PathEscape(runID) + "/feedback"
	return get[Feedback](ctx, c, &call{method: http.MethodPost, path: path, body: body, headers: headers})
}

// patiently gives a context a deadline that has none.
func patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, bounded := ctx.Deadline(); bounded {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, runTimeout)
}

// hold is how long the server is asked to wait: whole seconds, within the deadline.
func hold(ctx context.Context) time.Duration {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return longestHold
	}
	return max(0, min(longestHold, time.Until(deadline))).Truncate(time.Second)
}

func pathOf(runID string) string { return "/enrich/" + url.PathEscape(runID) }

func newKey() string {
	random := make([]byte, 16)
	rand.Read(random)
	return fmt.Sprintf("%x", random)
}
