package leadrun

import (
	"encoding/json"
	"time"
)

// Contact is a person to look up, with options of its own; at least one member says whom.
type Contact struct {
	FirstName string `json:"firstName,omitempty"`
	LastName  string `json:"lastName,omitempty"`
	// FullName stands instead of both.
	FullName string `json:"fullName,omitempty"`
	// CompanyDomain is a domain, or a URL or e-mail address to take it from.
	CompanyDomain string `json:"companyDomain,omitempty"`
	CompanyName   string `json:"companyName,omitempty"`
	// LinkedInURL is the person's profile.
	LinkedInURL string `json:"linkedInUrl,omitempty"`

	Options
	// Metadata is any JSON object up to 4 KiB, given back untouched.
	Metadata map[string]any `json:"metadata,omitempty"`
	// IdempotencyKey stands instead of one that is made; the same key never submits twice within 24 hours.
	IdempotencyKey string `json:"-"`
}

// Options say how to look up.
type Options struct {
	// EnrichmentType is "email" (when empty), "phone" or "all".
	EnrichmentType string `json:"enrichmentType,omitempty"`
	// ForceRefresh looks up again although the cache has an answer.
	ForceRefresh bool `json:"forceRefresh,omitempty"`
	// Providers are the only ones to ask, in this order.
	Providers []string `json:"providers,omitempty"`
	// MaxCostUSD stops before the providers' charges for a contact pass it: USD(0.05). Nil is no cap, 0 is refused.
	MaxCostUSD *float64 `json:"maxCostUsd,omitempty"`
	// Waterfall is the order in which providers are asked: "tiers", "cheapest", "fastest", or one of your own.
	Waterfall string `json:"waterfall,omitempty"`
	// WebhookURL is where the end is posted as well.
	WebhookURL string `json:"webhookUrl,omitempty"`
}

// USD is an amount for MaxCostUSD.
func USD(amount float64) *float64 { return &amount }

// Lookup is a look-up of one value (LeadSonar).
type Lookup struct {
	FirstName    string         `json:"first_name"`
	LastName     string         `json:"last_name"`
	Domain       string         `json:"domain"`
	CompanyName  string         `json:"company_name,omitempty"`
	LinkedInURL  string         `json:"linkedin_url,omitempty"`
	ForceRefresh bool           `json:"force_refresh,omitempty"`
	Providers    []string       `json:"providers,omitempty"`
	MaxCostUSD   *float64       `json:"max_cost_usd,omitempty"`
	Waterfall    string         `json:"waterfall,omitempty"`
	WebhookURL   string         `json:"webhook_url,omitempty"`
	Metadata     map[string]any `json:"metadata,omitempty"`
}

// Verification is an address that is known, and how to verify it.
type Verification struct {
	Email        string         `json:"email"`
	ForceRefresh bool           `json:"forceRefresh,omitempty"`
	Providers    []string       `json:"providers,omitempty"`
	MaxCostUSD   *float64       `json:"maxCostUsd,omitempty"`
	WebhookURL   string         `json:"webhookUrl,omitempty"`
	Metadata     map[string]any `json:"metadata,omitempty"`
	// IdempotencyKey is as that of a Contact.
	IdempotencyKey string `json:"-"`
}

// Time is a time of RFC 3339; zero where the answer has none.
type Time struct{ time.Time }

// UnmarshalJSON reads a time; what is none counts as absent.
func (t *Time) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &t.Time) != nil {
		t.Time = time.Time{}
	}
	return nil
}

// RunFault says why a run failed.
type RunFault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Validation says how sure it is that mail to the address arrives.
type Validation struct {
	// Status is "valid", "invalid", "risky" or "unknown".
	Status string `json:"status"`
	// Score is from 0 to 100.
	Score int `json:"score"`
}

// RunResult has the values that were found; confidences are from 0 to 100.
type RunResult struct {
	Email      string      `json:"email"`
	Confidence int         `json:"confidence"`
	Provider   string      `json:"provider"`
	Validation *Validation `json:"validation"`
	// Phone is of E.164.
	Phone string `json:"phone"`
	// PhoneType is "mobile", "landline", "voip" or "unknown".
	PhoneType       string `json:"phoneType"`
	PhoneExtension  string `json:"phoneExtension"`
	PhoneConfidence int    `json:"phoneConfidence"`
	PhoneProvider   string `json:"phoneProvider"`
	PhoneValidated  bool   `json:"phoneValidated"`
}

// Attempt is one call of a provider, or why it was skipped.
type Attempt struct {
	Provider string `json:"provider"`
	Tier     string `json:"tier"`
	// Field is "email" or "phone".
	Field string `json:"field"`
	Route string `json:"route"`
	// Outcome is "hit", "miss", "rejected", "error", "timeout", "rate_limited" or "skipped"; empty while the call is
	// under way.
	Outcome    string  `json:"outcome"`
	Reason     string  `json:"reason"`
	LatencyMS  *int    `json:"latencyMs"`
	CostUSD    float64 `json:"costUsd"`
	HTTPStatus int     `json:"httpStatus"`
	// Expected is what asking it was expected to come to; nil where that is not recorded.
	Expected *Expectation `json:"expected"`
}

// EmailFound is the answer of FindEmail; Email is empty if none was found.
type EmailFound struct {
	Email string `json:"email"`
	// Confidence is from 0 to 1.
	Confidence  float64   `json:"confidence"`
	Verified    bool      `json:"verified"`
	Provider    string    `json:"provider"`
	CostCredits int       `json:"cost_credits"`
	Mode        string    `json:"mode"`
	Error       *RunFault `json:"error"`
	Warnings    []string  `json:"warnings"`
}

// PhoneFound is the answer of FindPhone; Phone (E.164) is empty if none was found.
type PhoneFound struct {
	Phone          string    `json:"phone"`
	PhoneType      string    `json:"phone_type"`
	PhoneExtension string    `json:"phone_extension"`
	Validated      bool      `json:"validated"`
	Provider       string    `json:"provider"`
	CostCredits    int       `json:"cost_credits"`
	Mode           string    `json:"mode"`
	Error          *RunFault `json:"error"`
	Warnings       []string  `json:"warnings"`
}

// Feedback is a report that was taken.
type Feedback struct {
	RunID   string   `json:"runId"`
	Outcome string   `json:"outcome"`
	Fields  []string `json:"fields"`
	// Repeated: it was known, so that nothing has changed.
	Repeated bool `json:"repeated"`
	// CreditsRefunded were given back, where the plan refunds bounces.
	CreditsRefunded int `json:"creditsRefunded"`
}

// CreditBalance has the account's credits: Balance = TotalEarned - TotalSpent.
type CreditBalance struct {
	Balance     int `json:"balance"`
	TotalEarned int `json:"total_earned"`
	TotalSpent  int `json:"total_spent"`
}

// Provider is one that the key reaches.
type Provider struct {
	Name string `json:"name"`
	// Type is "email", "phone", "both" or "verify".
	Type    string `json:"type"`
	Tier    string `json:"tier"`
	Enabled bool   `json:"enabled"`
}

// UsageRow is the usage of a day (UTC), a provider or a key.
type UsageRow struct {
	Day         string  `json:"day"`
	Provider    string  `json:"provider"`
	Key         string  `json:"key"`
	KeyPrefix   string  `json:"keyPrefix"`
	Runs        int     `json:"runs"`
	Found       int     `json:"found"`
	NotFound    int     `json:"notFound"`
	Errors      int     `json:"errors"`
	Cached      int     `json:"cached"`
	CreditsUsed int     `json:"creditsUsed"`
	CostUSD     float64 `json:"costUsd"`
}

// Usage is that of the account, from Since up to Until, exclusive.
type Usage struct {
	Since Time       `json:"since"`
	Until Time       `json:"until"`
	By    string     `json:"by"`
	Usage []UsageRow `json:"usage"`
}

// Endpoint is a URL that gets events of the account.
type Endpoint struct {
	ID             string   `json:"id"`
	URL            string   `json:"url"`
	Events         []string `json:"events"`
	Description    string   `json:"description"`
	Enabled        bool     `json:"enabled"`
	Mode           string   `json:"mode"`
	RateLimit      *int     `json:"rateLimit"`
	DisabledAt     Time     `json:"disabledAt"`
	DisabledReason string   `json:"disabledReason"`
	FailingSince   Time     `json:"failingSince"`
	CreatedAt      Time     `json:"createdAt"`
	UpdatedAt      Time     `json:"updatedAt"`
}

// Delivery is an event owed to a URL.
type Delivery struct {
	ID        string `json:"id"`
	WebhookID string `json:"webhookId"`
	Event     string `json:"event"`
	URL       string `json:"url"`
	// State is "pending", "delivered" or "failed".
	State      string `json:"state"`
	Mode       string `json:"mode"`
	RunID      string `json:"runId"`
	JobID      string `json:"jobId"`
	EndpointID string `json:"endpointId"`
	Reason     string `json:"reason"`
	TryCount   int    `json:"tryCount"`
	NextTryAt  Time   `json:"nextTryAt"`
	CreatedAt  Time   `json:"createdAt"`
	EndedAt    Time   `json:"endedAt"`
}
