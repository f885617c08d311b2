package leadrun

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// FindEmail looks up one e-mail address and waits for it (LeadSonar).
func (c *Client) FindEmail(ctx context.Context, lookup Lookup) (*EmailFound, error) {
	answer := &EmailFound{}
	run, err := c.find(ctx, "/find-email", lookup, answer)
	if err != nil {
		return nil, err
	}
	if run == nil {
		return answer, nil
	}
	answer.CostCredits, answer.Mode, answer.Error = run.CreditsUsed, run.Mode, run.Error
	if found := run.Result; found != nil {
		answer.Email, answer.Provider, answer.Confidence = found.Email, found.Provider, float64(found.Confidence)/100
		answer.Verified = found.Validation != nil && found.Validation.Status == "valid"
	}
	return answer, nil
}

// FindPhone looks up one phone number and waits for it (LeadSonar).
func (c *Client) FindPhone(ctx context.Context, lookup Lookup) (*PhoneFound, error) {
	answer := &PhoneFound{}
	run, err := c.find(ctx, "/find-phone", lookup, answer)
	if err != nil {
		return nil, err
	}
	if run == nil {
		return answer, nil
	}
	answer.CostCredits, answer.Mode, answer.Error = run.CreditsUsed, run.Mode, run.Error
	if found := run.Result; found != nil {
		answer.Phone, answer.PhoneType, answer.PhoneExtension = found.Phone, found.PhoneType, found.PhoneExtension
		answer.Provider, answer.Validated = found.PhoneProvider, found.PhoneValidated
	}
	return answer, nil
}

// find looks up; it fills the answer, or returns the finished run where the server answered before its end.
func (c *Client) find(ctx context.Context, path string, lookup Lookup, into any) (*Run, error) {
	ctx, cancel := patiently(ctx)
	defer cancel()
	body, err := encode(lookup)
	if err != nil {
		return nil, err
	}
	request := submission(path, body, newKey())
	request.timeout = longestHold + readTimeout
	answer, err := c.policy.exchange(ctx, request)
	if err != nil {
		return nil, err
	}
	var pending struct{ RunID string }
	if err := decode(answer.body, &pending); err != nil {
		return nil, err
	}
	if pending.RunID == "" {
		return nil, decode(answer.body, into)
	}
	return c.waitUntil(ctx, c.policy, pending.RunID)
}

// Credits reads the account's credits.
func (c *Client) Credits(ctx context.Context) (*CreditBalance, error) {
	return get[CreditBalance](ctx, c, &call{method: http.MethodGet, path: "/credits"})
}

// Providers lists the providers that the key reaches.
func (c *Client) Providers(ctx context.Context) ([]Provider, error) {
	return list[Provider](ctx, c, "/providers", "providers")
}

// UsageOptions say which usage to read; the zero value is that of the last 30 days by day.
type UsageOptions struct {
	// Since is the begin; 30 days before the end when zero.
	Since time.Time
	// Until is the end, exclusive; now when zero.
	Until time.Time
	// By is "day" (when empty), "provider" or "key".
	By string
}

// Usage reads runs, results, credits and the providers' charges.
func (c *Client) Usage(ctx context.Context, options UsageOptions) (*Usage, error) {
	query := queryOf("since", timeOf(options.Since), "until", timeOf(options.Until), "by", options.By)
	return get[Usage](ctx, c, &call{method: http.MethodGet, path: "/usage", query: query})
}

// RunFilters choose runs; zero members choose nothing.
type RunFilters struct {
	Status, ResultStatus, EnrichmentType, Mode string
	// Key is the id of a key.
	Key    string
	Domain string
	// Q is part of a name or of an address.
	Q                           string
	CreatedAfter, CreatedBefore time.Time
	// PageSize is how many are read at once; 100 when zero.
	PageSize int
}

func (f RunFilters) query() url.Values {
	return queryOf("limit", pageSize(f.PageSize), "status", f.Status, "resultStatus", f.ResultStatus,
		"enrichmentType", f.EnrichmentType, "mode", f.Mode, "key", f.Key, "domain", f.Domain, "q", f.Q,
		"createdAfter", timeOf(f.CreatedAfter), "createdBefore", timeOf(f.CreatedBefore))
}

// Runs iterates over runs, newest first; an error ends it.
func (c *Client) Runs(ctx context.Context, filters RunFilters) iter.Seq2[*Run, error] {
	return pages(ctx, c, "/runs", "runs", filters.query(), c.runOf)
}

// Endpoints lists the URLs that get events of the account.
func (c *Client) Endpoints(ctx context.Context) ([]Endpoint, error) {
	return list[Endpoint](ctx, c, "/webhooks/endpoints", "endpoints")
}

// DeliveryFilters choose deliveries; zero members choose nothing.
type DeliveryFilters struct {
	RunID, JobID, EndpointID, State, Event string
	CreatedAfter, CreatedBefore            time.Time
	// PageSize is how many are read at once; 100 when zero.
	PageSize int
}

func (f DeliveryFilters) query() url.Values {
	return queryOf("limit", pageSize(f.PageSize), "runId", f.RunID, "jobId", f.JobID, "endpointId", f.EndpointID,
		"state", f.State, "event", f.Event,
		"createdAfter", timeOf(f.CreatedAfter), "createdBefore", timeOf(f.CreatedBefore))
}

// Deliveries iterates over the deliveries of webhooks, newest first; an error ends it.
func (c *Client) Deliveries(ctx context.Context, filters DeliveryFilters) iter.Seq2[*Delivery, error] {
	return pages(ctx, c, "/webhooks/deliveries", "deliveries", filters.query(), read[Delivery])
}

// Redeliver sends a delivery again; the receiver gets the same webhook-id.
func (c *Client) Redeliver(ctx context.Context, deliveryID string) (*Delivery, error) {
	path := "/webhooks/deliveries/" + url.PathEscape(deliveryID) + "/redeliver"
	return get[Delivery](ctx, c, &call{method: http.MethodPost, path: path, once: true})
}
