package leadrun

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// bodyOf writes the body of a submission. It returns ErrInvalidContact if no member says whom to look up.
func bodyOf(contact Contact) ([]byte, error) {
	who := contact.FirstName + contact.LastName + contact.FullName + contact.CompanyDomain + contact.CompanyName +
		contact.LinkedInURL
	if strings.TrimSpace(who) == "" {
		return nil, refuse(ErrInvalidContact, "the contact is empty; give FirstName, LastName, FullName, CompanyDomain, "+
			"CompanyName or LinkedInURL")
	}
	return encode(contact)
}

// with lets the contact's own options go before those for all contacts.
func (o Options) with(own Options) Options {
	return Options{
		EnrichmentType: first(own.EnrichmentType, o.EnrichmentType),
		ForceRefresh:   own.ForceRefresh || o.ForceRefresh,
		Providers:      either(own.Providers, o.Providers),
		MaxCostUSD:     eitherOf(own.MaxCostUSD, o.MaxCostUSD),
		Waterfall:      first(own.Waterfall, o.Waterfall),
		WebhookURL:     first(own.WebhookURL, o.WebhookURL),
	}
}

func either[T any](own, other []T) []T {
	if len(own) > 0 {
		return own
	}
	return other
}

func eitherOf[T any](own, other *T) *T {
	if own != nil {
		return own
	}
	return other
}

// encode writes JSON. It returns ErrInvalidContact if something is none, such as a MaxCostUSD that is not a number.
func encode(value any) ([]byte, error) {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, refuse(ErrInvalidContact, "this cannot be written as JSON: %v", err)
	}
	return bytes.TrimSuffix(written.Bytes(), []byte("\n")), nil
}

// keyOf derives an idempotency key: the same list, place and contact give the same key, on any machine.
func keyOf(salt string, place int, body []byte) string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "enrichMany\n%s\n%d\n%s", salt, place, body)))
}

// queryOf writes parameters, a name and its value after the other; empty ones are left out.
func queryOf(pairs ...string) url.Values {
	query := url.Values{}
	for at := 0; at < len(pairs); at += 2 {
		if pairs[at+1] != "" {
			query.Set(pairs[at], pairs[at+1])
		}
	}
	return query
}

func timeOf(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
