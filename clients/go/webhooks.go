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
	// Run is of "enrichment.…" events, Batch of "batch.…" events; nil else. They are data, without a client to ask.
	Run   *Run
	Batch *Batch
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
	switch {
	case strings.HasPrefix(event.Type, "enrichment."):
		event.Run = &Run{Raw: body}
		err = decode(body, event.Run)
	case strings.HasPrefix(event.Type, "batch."):
		event.Batch = &Batch{Raw: body}
		err = decode(body, event.Batch)
	}
	return event, err
}
