package leadrun

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// What this package refuses itself; use errors.Is.
var (
	// ErrConfiguration is a wrong or missing setting, such as the API key.
	ErrConfiguration = errors.New("leadrun: wrong configuration")
	// ErrInvalidContact is a contact that cannot be sent: no member says whom to look up, or one is no JSON.
	ErrInvalidContact = errors.New("leadrun: invalid contact")
	// ErrResumeFile is a resume file that cannot be used: it is something else, damaged, or in use.
	ErrResumeFile = errors.New("leadrun: unusable resume file")
	// ErrWebhookSignature is a webhook that is not genuine, or too old to be believed.
	ErrWebhookSignature = errors.New("leadrun: webhook not genuine")
	// ErrInvalidAnswer is an answer that is not one of leadrun's, such as a page of a proxy.
	ErrInvalidAnswer = errors.New("leadrun: invalid answer")
)

// What the API refuses; errors.Is(err, ErrNotFound) holds for an *APIError of that kind.
var (
	// ErrInvalidRequest is a request that is wrong and was not accepted; APIError.Errors names each wrong member.
	ErrInvalidRequest = errors.New("leadrun: invalid request")
	// ErrAuthentication is an API key that is missing, mistyped or revoked (401).
	ErrAuthentication = errors.New("leadrun: API key not accepted")
	// ErrNotEnoughCredits is a balance that does not cover the whole request; nothing was accepted (402).
	ErrNotEnoughCredits = errors.New("leadrun: not enough credits")
	// ErrCapReached is a cap that does not leave what the request needs; it is an ErrNotEnoughCredits.
	ErrCapReached = errors.New("leadrun: cap reached")
	// ErrAccountSuspended is an account that an operator has suspended; it is an ErrPermissionDenied.
	ErrAccountSuspended = errors.New("leadrun: account suspended")
	// ErrPermissionDenied is a key that may not do this (403).
	ErrPermissionDenied = errors.New("leadrun: permission denied")
	// ErrNotFound is an id of nothing, or of another account (404).
	ErrNotFound = errors.New("leadrun: not found")
	// ErrConflict is a request that does not fit the present state (409).
	ErrConflict = errors.New("leadrun: conflict")
	// ErrAlreadyEnded is a conflict: what has ended cannot be cancelled.
	ErrAlreadyEnded = errors.New("leadrun: already ended")
	// ErrIdempotencyInFlight is a conflict: a request with the same key is still being answered.
	ErrIdempotencyInFlight = errors.New("leadrun: idempotency key in flight")
	// ErrIdempotencyMismatch is an idempotency key that was used before with another body (422).
	ErrIdempotencyMismatch = errors.New("leadrun: idempotency key reused")
	// ErrRateLimited is one request too many (429), where the deadline leaves no time to wait.
	ErrRateLimited = errors.New("leadrun: rate limited")
	// ErrServer is a failure of the server (5xx).
	ErrServer = errors.New("leadrun: server error")
	// ErrUnavailable is a part of the server that is down; nothing was accepted or charged (503).
	ErrUnavailable = errors.New("leadrun: unavailable")
	// ErrOutcomeUnknown is a request that may have been accepted; the same idempotency key finds out, at no cost.
	ErrOutcomeUnknown = errors.New("leadrun: outcome unknown")
)

var (
	byCode = map[string]error{
		"account-suspended":     ErrAccountSuspended,
		"already-ended":         ErrAlreadyEnded,
		"cap-reached":           ErrCapReached,
		"idempotency-in-flight": ErrIdempotencyInFlight,
		"idempotency-mismatch":  ErrIdempotencyMismatch,
		"outcome-unknown":       ErrOutcomeUnknown,
	}
	byStatus = map[int]error{
		401: ErrAuthentication,
		402: ErrNotEnoughCredits,
		403: ErrPermissionDenied,
		404: ErrNotFound,
		409: ErrConflict,
		429: ErrRateLimited,
		503: ErrUnavailable,
	}
)

// FieldFault is one wrong member of a request; Field is empty for the request as a whole.
type FieldFault struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// APIError is an answer that is an error (RFC 9457). It matches the Err… of its status and type.
type APIError struct {
	// Status is the HTTP status.
	Status int
	// Code is the last part of the problem's type, such as "insufficient-credits"; empty if the server gave none.
	Code string
	// Detail is the sentence that says what is wrong.
	Detail string
	// Errors lists every wrong member.
	Errors []FieldFault
	// RequestID names the request in the server's logs.
	RequestID string
	// RetryAfter is the time after which to try again; nil if the server did not say.
	RetryAfter *time.Duration
	// CreditsRequired and CreditsAvailable are those of ErrNotEnoughCredits.
	CreditsRequired, CreditsAvailable int
	// Problem is the whole problem document.
	Problem json.RawMessage

	kind error
}

// Error says status, sentence and request.
func (e *APIError) Error() string {
	detail, request := e.Detail, ""
	if detail == "" {
		detail = "no reason given"
	}
	if e.RequestID != "" {
		request = fmt.Sprintf(" (request %s)", e.RequestID)
	}
	return fmt.Sprintf("leadrun: %d: %s%s", e.Status, detail, request)
}

// Is reports whether the error is of a kind, or of one below it: ErrAlreadyEnded is an ErrConflict.
func (e *APIError) Is(target error) bool {
	general := byStatus[e.Status]
	if e.kind == ErrOutcomeUnknown {
		// Of what is unavailable, nothing was accepted.
		general = nil
	}
	return target == e.kind || target == general && general != nil || target == ErrServer && e.Status >= 500
}

// NoAnswerError means that no answer came: nothing listens there, or the connection broke each time.
type NoAnswerError struct {
	// Reason says what happened.
	Reason string
	// Sent reports whether a request may have reached the server. A submission that was sent has perhaps been accepted.
	Sent bool
}

// Error says what happened.
func (e *NoAnswerError) Error() string { return "leadrun: " + e.Reason }

// WaitError means that the context ended first. What was accepted goes on at the server.
type WaitError struct {
	// RunID is of the run or batch that goes on; empty if nothing is known to be accepted.
	RunID string
	// Err is context.DeadlineExceeded or context.Canceled.
	Err error

	reason string
}

// Error says what goes on.
func (e *WaitError) Error() string {
	switch {
	case e.reason != "":
		return "leadrun: " + e.reason
	case e.RunID != "":
		return fmt.Sprintf("leadrun: %s has not ended in time; it goes on: %v", e.RunID, e.Err)
	}
	return fmt.Sprintf("leadrun: no answer in time; a submission may have been accepted: %v", e.Err)
}

// Unwrap returns the error of the context.
func (e *WaitError) Unwrap() error { return e.Err }

// refusal is an error of this package with its own sentence.
type refusal struct {
	kind error
	text string
}

func (e *refusal) Error() string        { return "leadrun: " + e.text }
func (e *refusal) Is(target error) bool { return target == e.kind }

func refuse(kind error, format string, values ...any) error {
	return &refusal{kind, fmt.Sprintf(format, values...)}
}

// problem is a problem document; members of other kinds than these count as absent.
type problem struct {
	Type             string       `json:"type"`
	Title            string       `json:"title"`
	Detail           string       `json:"detail"`
	Error            string       `json:"error"`
	RequestID        string       `json:"requestId"`
	Errors           []FieldFault `json:"errors"`
	CreditsRequired  int          `json:"creditsRequired"`
	CreditsAvailable int          `json:"creditsAvailable"`
}

// errorOf makes the error of an answer; a body that is no problem document is kept as the sentence.
func errorOf(status int, body []byte, requestID string, wait *time.Duration) *APIError {
	said := &APIError{Status: status, RequestID: requestID, RetryAfter: wait}
	var document problem
	if decode(body, &document) != nil {
		document.Detail = strings.TrimSpace(string(body[:min(len(body), 500)]))
	} else {
		said.Problem = body
	}
	said.Code = document.Type[strings.LastIndex(document.Type, "/")+1:]
	for _, sentence := range []string{document.Title, document.Error, document.Detail} {
		if sentence != "" {
			said.Detail = sentence
		}
	}
	if said.RequestID == "" {
		said.RequestID = document.RequestID
	}
	for _, one := range document.Errors {
		if one != (FieldFault{}) {
			said.Errors = append(said.Errors, one)
		}
	}
	said.CreditsRequired, said.CreditsAvailable = document.CreditsRequired, document.CreditsAvailable
	said.kind = kindOf(said.Code, status)
	return said
}

func kindOf(code string, status int) error {
	if kind, known := byCode[code]; known {
		return kind
	}
	if kind, known := byStatus[status]; known {
		return kind
	}
	if status >= 500 {
		return ErrServer
	}
	return ErrInvalidRequest
}

// decode reads a JSON object; members whose kind is another than ours stay empty, as those that are absent.
func decode(body []byte, into any) error {
	if trimmed := strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n"); !strings.HasPrefix(trimmed, "{") {
		return refuse(ErrInvalidAnswer, "the answer is no JSON object but begins with %q", string(body[:min(len(body), 80)]))
	}
	var other *json.UnmarshalTypeError
	if err := json.Unmarshal(body, into); err != nil && !errors.As(err, &other) {
		return refuse(ErrInvalidAnswer, "the answer is no JSON: %v", err)
	}
	return nil
}
