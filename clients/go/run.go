package leadrun

import (
	"context"
	"encoding/json"
	"iter"
)

// Run is one contact and what became of it. A run that has ended never changes again.
type Run struct {
	RunID string `json:"runId"`
	// Status is "pending", "processing", "completed", "failed" or "cancelled".
	Status      string `json:"status"`
	CreditsUsed int    `json:"creditsUsed"`
	Mode        string `json:"mode"`
	// Input is the contact as the server understood it.
	Input *Contact `json:"input"`
	// Warnings are about parts of the request that were ignored.
	Warnings []string `json:"warnings"`
	// ResultStatus is "found", "not_found" or "error"; empty before the end.
	ResultStatus   string         `json:"resultStatus"`
	Cached         bool           `json:"cached"`
	EnrichmentType string         `json:"enrichmentType"`
	Result         *RunResult     `json:"result"`
	Metadata       map[string]any `json:"metadata"`
	CreatedAt      Time           `json:"createdAt"`
	StartedAt      Time           `json:"startedAt"`
	CompletedAt    Time           `json:"completedAt"`
	JobID          string         `json:"jobId"`
	// Degraded: some providers gave no proper answer.
	Degraded bool `json:"degraded"`
	// Reason says why nothing was found, where no provider said so.
	Reason string    `json:"reason"`
	Error  *RunFault `json:"error"`

	// Raw is the JSON as it came, with members that are newer than this client.
	Raw json.RawMessage `json:"-"`

	client *Client
}

// Ended reports whether it has ended.
func (r *Run) Ended() bool {
	return r.Status == "completed" || r.Status == "failed" || r.Status == "cancelled"
}

// Found reports whether something was found.
func (r *Run) Found() bool { return r.ResultStatus == "found" }

// Email is the address that was found, or empty.
func (r *Run) Email() string {
	if r.Result == nil {
		return ""
	}
	return r.Result.Email
}

// Phone is the number that was found (E.164), or empty.
func (r *Run) Phone() string {
	if r.Result == nil {
		return ""
	}
	return r.Result.Phone
}

// Wait waits for the end, and returns the run as it is then; see Client.Wait.
func (r *Run) Wait(ctx context.Context) (*Run, error) {
	if r.Ended() {
		return r, nil
	}
	return r.client.Wait(ctx, r.RunID)
}

// Attempts reads the cascade: each provider in order, with outcome, latency and cost.
func (r *Run) Attempts(ctx context.Context) ([]Attempt, error) {
	return r.client.Attempts(ctx, r.RunID)
}

// Events follows the run live, up to its end; see Client.Events.
func (r *Run) Events(ctx context.Context) iter.Seq2[RunEvent, error] {
	return r.client.Events(ctx, r.RunID)
}

// Cancel stops the run before its next provider call; see Client.Cancel.
func (r *Run) Cancel(ctx context.Context) (*Run, error) { return r.client.Cancel(ctx, r.RunID) }

// Feedback reports what became of its values; see Client.Feedback.
func (r *Run) Feedback(ctx context.Context, outcome, field string) (*Feedback, error) {
	return r.client.Feedback(ctx, r.RunID, outcome, field)
}

// runOf reads a run.
func (c *Client) runOf(body []byte) (*Run, error) {
	run := &Run{Raw: body, client: c}
	if err := decode(body, run); err != nil {
		return nil, err
	}
	if run.RunID == "" {
		return nil, refuse(ErrInvalidAnswer, "the answer is no run: %q", string(body[:min(len(body), 80)]))
	}
	return run, nil
}
