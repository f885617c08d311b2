package leadrun

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tolerance is how much an event's time may differ from ours.
const tolerance = 5 * time.Minute

// WebhookEvent is an event; its ID is the same on every retry: keep it to notice events that come twice.
type WebhookEvent struct {
	// Type is such as "enrichment.completed", "job.completed" or "batch.completed".
	Type string
	ID   string
	// Run is of "enrichment.…" events, Batch of "batch.completed"; nil else. They are data, without a client to ask.
	Run   *Run
	Batch *Batch
	// Job is of "job.completed", Contact of "contact.completed"; nil else.
	Job     *JobData
	Contact *ContactData
	// Endpoint is of "endpoint.disabled", and of "webhook.ping", which a test sends; nil else.
	Endpoint *EndpointNotice
	// Raw is the whole event.
	Raw json.RawMessage
}

// UnwrapWebhook verifies an event and reads it. It returns ErrWebhookSignature if it is not genuine, not whole, or more
// than five minutes old; answer 401.
//
// The body is what came, unchanged; JSON that was decoded and encoded again has another signature. Secrets are
// "whsec_…", several while one replaces the other.
func UnwrapWebhook(body []byte, header http.Header, secrets ...string) (*WebhookEvent, error) {
	return unwrap(body, header, secrets, time.Now())
}

func unwrap(body []byte, header http.Header, secrets []string, now time.Time) (*WebhookEvent, error) {
	id, timestamp := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseUint(timestamp[:min(len(timestamp), 12)], 10, 63)
	if err != nil || id == "" || strings.Trim(timestamp, "0123456789") != "" {
		return nil, refuse(ErrWebhookSignature, "the headers Webhook-Id and Webhook-Timestamp are missing or malformed")
	}
	age := max(now.Unix(), int64(seconds)) - min(now.Unix(), int64(seconds))
	if age > int64(tolerance/time.Second) {
		return nil, refuse(ErrWebhookSignature, "the event's time differs from ours by %d s; is a clock wrong?", age)
	}
	genuine := false
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(secret), "whsec_"))
		if err != nil || len(key) == 0 {
			return nil, refuse(ErrWebhookSignature, "the secret must be whsec_ and base64; copy it again, whole")
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		ours := mac.Sum(nil)
		for _, signature := range strings.Fields(header.Get("Webhook-Signature")) {
			encoded, known := strings.CutPrefix(signature, "v1,")
			theirs, err := base64.StdEncoding.DecodeString(encoded)
			genuine = genuine || known && err == nil && hmac.Equal(ours, theirs)
		}
	}
	if !genuine {
		return nil, refuse(ErrWebhookSignature, "the signature does not match: another secret, or the body was changed on its way")
	}
	event := &WebhookEvent{ID: id, Raw: body}
	var head struct{ Type string }
	if decode(body, &head) != nil || head.Type == "" {
		return nil, refuse(ErrWebhookSignature, "the body is no event")
	}
	event.Type = head.Type
	word, _, _ := strings.Cut(event.Type, ".")
	switch word {
	case "enrichment":
		event.Run = &Run{Raw: body}
		err = decode(body, event.Run)
	case "batch":
		event.Batch = &Batch{Raw: body}
		err = decode(body, event.Batch)
	case "job":
		event.Job = &JobData{}
		err = decode(body, event.Job)
	case "contact":
		event.Contact = &ContactData{}
		err = decode(body, event.Contact)
	case "endpoint", "webhook":
		event.Endpoint = &EndpointNotice{}
		err = decode(body, event.Endpoint)
	}
	return event, err
}

// JobData is a job: up to 100 contacts in one request.
type JobData struct {
	ID string `json:"id"`
	// Status is "processing" or "completed".
	Status   string         `json:"status"`
	Mode     string         `json:"mode"`
	Progress JobProgress    `json:"progress"`
	Contacts []ContactData  `json:"contacts"`
	Meta     *JobMeta       `json:"meta"`
	Metadata map[string]any `json:"metadata"`
	Warnings []string       `json:"warnings"`
}

// JobProgress is how far a job is.
type JobProgress struct {
	Total       int `json:"total"`
	Completed   int `json:"completed"`
	EmailsFound int `json:"emails_found"`
	PhonesFound int `json:"phones_found"`
}

// JobMeta is what a job has cost, and how long it took.
type JobMeta struct {
	TotalCostUSD float64 `json:"total_cost_usd"`
	DurationMS   int     `json:"duration_ms"`
}

// ContactData is a contact of a job: as it was given, and what was found.
type ContactData struct {
	RunID string `json:"run_id"`
	// Status is "found", "not_found", "error" or "cancelled", or the state of its run until then.
	Status    string `json:"status"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Domain    string `json:"domain"`
	Email     string `json:"email"`
	// EmailConfidence is from 0 to 1.
	EmailConfidence float64        `json:"email_confidence"`
	Phone           string         `json:"phone"`
	PhoneType       string         `json:"phone_type"`
	PhoneExtension  string         `json:"phone_extension"`
	ProvidersUsed   []string       `json:"providers_used"`
	Mode            string         `json:"mode"`
	Input           map[string]any `json:"input"`
	Warnings        []string       `json:"warnings"`
	// JobID and Index, its place in the job from 0, are of "contact.completed" alone.
	JobID string `json:"job_id"`
	Index int    `json:"index"`
}

// EndpointNotice is the endpoint that a test was sent to, or that was disabled; of a test, only its id is known.
type EndpointNotice struct {
	EndpointID     string `json:"endpointId"`
	URL            string `json:"url"`
	Description    string `json:"description"`
	DisabledAt     Time   `json:"disabledAt"`
	DisabledReason string `json:"disabledReason"`
	FailingSince   Time   `json:"failingSince"`
}
