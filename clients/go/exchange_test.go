package leadrun

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"
)

var (
	get1    = &call{method: "GET", path: "/runs", query: queryOf("q", "jane@acme.example")}
	submit1 = &call{method: "POST", path: "/enrich", submits: true}
	once1   = &call{method: "POST", path: "/webhooks/deliveries/1/redeliver", once: true}
	cut     = &reply{lost: "reset", sent: true}
	refused = &reply{lost: "connection refused"}
	ok      = said(200, "")
)

func said(status int, code string, headers ...string) *reply {
	header := http.Header{}
	for at := 0; at < len(headers); at += 2 {
		header.Set(headers[at], headers[at+1])
	}
	return &reply{status: status, header: header, body: fmt.Appendf(nil, `{"type": "/errors/%s", "detail": "no"}`, code)}
}

func after(status int, seconds string) *reply { return said(status, "", "Retry-After", seconds) }

func times(number int, one *reply) []*reply {
	many := []*reply{}
	for range number {
		many = append(many, one)
	}
	return many
}

// play answers a request; returns the error, and the pauses in seconds.
func play(t *testing.T, request *call, answers []*reply, change func(*policy)) (error, []float64) {
	t.Helper()
	begun := time.Now()
	now, pauses := begun, []float64{}
	p := newPolicy(Config{}, func(context.Context, *call) (*reply, error) {
		answer := answers[0]
		answers = answers[1:]
		return answer, nil
	})
	p.now = func() time.Time { return now }
	p.random = func() float64 { return 1 }
	p.sleep = func(_ context.Context, pause time.Duration) error {
		pauses, now = append(pauses, pause.Seconds()), now.Add(pause)
		return nil
	}
	if change != nil {
		change(&p)
	}
	ctx, cancel := context.WithDeadline(context.Background(), begun.Add(time.Minute))
	defer cancel()
	_, err := p.exchange(ctx, request)
	if len(answers) > 0 {
		t.Errorf("%d answers were not asked for", len(answers))
	}
	return err, pauses
}

func TestRequestsAreSentAgain(t *testing.T) {
	for name, one := range map[string]struct {
		request *call
		answers []*reply
		pauses  []float64
	}{
		"at once":                           {get1, []*reply{ok}, []float64{}},
		"429 says when":                     {get1, []*reply{after(429, "7"), ok}, []float64{7}},
		"503 says when":                     {get1, []*reply{after(503, "2"), ok}, []float64{2}},
		"429 more often than retries":       {get1, append(times(9, after(429, "3")), ok), []float64{3, 3, 3, 3, 3, 3, 3, 3, 3}},
		"429 without a word":                {get1, []*reply{said(429, ""), ok}, []float64{0.5}},
		"500 of a read":                     {get1, []*reply{said(500, ""), ok}, []float64{0.5}},
		"a gateway":                         {get1, []*reply{said(502, ""), said(504, ""), ok}, []float64{0.5, 1}},
		"cut four times":                    {get1, append(times(4, cut), ok), []float64{0.5, 1, 2, 4}},
		"a refused connection":              {get1, []*reply{refused, ok}, []float64{0.5}},
		"a submission whose answer is lost": {submit1, []*reply{cut, ok}, []float64{0.5}},
		"500 of a submission":               {submit1, []*reply{said(500, ""), ok}, []float64{0.5}},
		"the same key in flight":            {submit1, []*reply{said(409, "idempotency-in-flight", "Retry-After", "1"), ok}, []float64{1}},
		"outcome unknown":                   {submit1, []*reply{said(503, "outcome-unknown", "Retry-After", "2"), ok}, []float64{2}},
		"once, refused before it was seen":  {once1, []*reply{refused, ok}, []float64{0.5}},
		"once, not accepted":                {once1, []*reply{after(429, "1"), ok}, []float64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			err, pauses := play(t, one.request, one.answers, nil)
			if err != nil || !reflect.DeepEqual(pauses, one.pauses) {
				t.Error(err, pauses)
			}
		})
	}
}

func TestErrorsOfTheAPI(t *testing.T) {
	for name, one := range map[string]struct {
		request *call
		answers []*reply
		kinds   []error
	}{
		"invalid":                {submit1, []*reply{said(400, "invalid-request")}, []error{ErrInvalidRequest}},
		"key":                    {get1, []*reply{said(401, "")}, []error{ErrAuthentication}},
		"credits":                {submit1, []*reply{said(402, "insufficient-credits")}, []error{ErrNotEnoughCredits}},
		"scope":                  {get1, []*reply{said(403, "")}, []error{ErrPermissionDenied}},
		"unknown":                {get1, []*reply{said(404, "")}, []error{ErrNotFound}},
		"ended":                  {get1, []*reply{said(409, "already-ended")}, []error{ErrAlreadyEnded, ErrConflict}},
		"another conflict":       {get1, []*reply{said(409, "payload-expunged")}, []error{ErrConflict}},
		"too large":              {get1, []*reply{said(413, "")}, []error{ErrInvalidRequest}},
		"key reused":             {submit1, []*reply{said(422, "idempotency-mismatch")}, []error{ErrIdempotencyMismatch}},
		"beyond the deadline":    {get1, []*reply{after(429, "61")}, []error{ErrRateLimited}},
		"a status that stays":    {get1, []*reply{said(501, "")}, []error{ErrServer}},
		"failing too often":      {get1, times(5, said(500, "")), []error{ErrServer}},
		"down too long":          {get1, []*reply{after(503, "61")}, []error{ErrUnavailable, ErrServer}},
		"perhaps done, 500":      {once1, []*reply{said(500, "")}, []error{ErrServer}},
		"perhaps done, unknown":  {once1, []*reply{said(503, "outcome-unknown")}, []error{ErrOutcomeUnknown, ErrServer}},
		"no problem document":    {get1, []*reply{{status: 404, body: []byte("<html>")}}, []error{ErrNotFound}},
		"an empty error":         {get1, []*reply{{status: 404}}, []error{ErrNotFound}},
		"a problem of odd kinds": {get1, []*reply{{status: 404, body: []byte(`{"type": 7, "errors": 7}`)}}, []error{ErrNotFound}},
	} {
		t.Run(name, func(t *testing.T) {
			err, _ := play(t, one.request, one.answers, nil)
			var answered *APIError
			if !errors.As(err, &answered) {
				t.Fatal(err)
			}
			for _, kind := range []error{
				ErrInvalidRequest, ErrAuthentication, ErrNotEnoughCredits, ErrPermissionDenied, ErrNotFound, ErrConflict,
				ErrAlreadyEnded, ErrIdempotencyMismatch, ErrRateLimited, ErrServer, ErrUnavailable, ErrOutcomeUnknown,
			} {
				expected := false
				for _, wanted := range one.kinds {
					expected = expected || kind == wanted
				}
				if errors.Is(err, kind) != expected {
					t.Errorf("%v: %v is %v", err, kind, !expected)
				}
			}
		})
	}
}

func TestWhatGetsNoAnswer(t *testing.T) {
	for name, one := range map[string]struct {
		request *call
		answers []*reply
		sent    bool
	}{
		"cut too often": {get1, times(5, cut), true},
		"never reached": {get1, times(5, refused), false},
		"perhaps done":  {once1, []*reply{cut}, true},
		"redirected":    {get1, []*reply{said(302, "", "Location", "https://other.example")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			err, _ := play(t, one.request, one.answers, nil)
			var lost *NoAnswerError
			if !errors.As(err, &lost) || lost.Sent != one.sent {
				t.Error(err)
			}
		})
	}
}

func TestAServiceWithoutIdempotencyGetsNoSubmissionTwice(t *testing.T) {
	for _, answer := range []*reply{cut, said(500, ""), said(503, "outcome-unknown", "Retry-After", "1")} {
		err, pauses := play(t, submit1, []*reply{answer}, func(p *policy) { p.idempotent = false })
		if err == nil || len(pauses) > 0 {
			t.Error(err, pauses)
		}
	}
	if err, _ := play(t, submit1, []*reply{after(429, "1"), refused, ok}, func(p *policy) { p.idempotent = false }); err != nil {
		t.Error(err)
	}
}

func TestARetryIsAnnouncedWithoutPersonalData(t *testing.T) {
	var heard []Retry
	answers := []*reply{said(429, "", "Retry-After", "1", "X-Request-Id", "r1"), ok}
	_, _ = play(t, get1, answers, func(p *policy) { p.onRetry = func(one Retry) { heard = append(heard, one) } })
	if !reflect.DeepEqual(heard, []Retry{{"GET /runs", 1, time.Second, "429", "r1"}}) {
		t.Error(heard)
	}
}

func TestAnErrorHasWhatTheProblemSays(t *testing.T) {
	body := `{"type": "/errors/insufficient-credits", "detail": "Not enough", "creditsRequired": 6, "creditsAvailable": 5,
		"requestId": "r2", "errors": [{"field": "a", "message": "b"}, 7, null]}`
	err, _ := play(t, submit1, []*reply{{status: 402, body: []byte(body)}}, nil)
	var answered *APIError
	if !errors.As(err, &answered) {
		t.Fatal(err)
	}
	if answered.CreditsRequired != 6 || answered.CreditsAvailable != 5 || answered.Code != "insufficient-credits" {
		t.Errorf("%+v", answered)
	}
	if !reflect.DeepEqual(answered.Errors, []FieldFault{{"a", "b"}}) || err.Error() != "leadrun: 402: Not enough (request r2)" {
		t.Errorf("%v %v", answered.Errors, err)
	}
}

func TestRetryAfterIsRead(t *testing.T) {
	for text, seconds := range map[string]float64{
		"0": 0, " 12 ": 12, "": -1, "-1": -1, "1.5": -1, "soon": -1, "²": -1, "99999999999999999999": -1,
		"Wed, 21 Oct 2015 07:28:00 GMT": 0, "Wed, 99 Oct 2015 07:28:00 GMT": -1,
	} {
		wait := retryAfter(http.Header{"Retry-After": {text}}, time.Now())
		if (wait == nil) != (seconds < 0) || wait != nil && wait.Seconds() != seconds {
			t.Error(text, wait)
		}
	}
}

func TestARateLimitThatIsUsedUpIsWaitedFor(t *testing.T) {
	limit, begun := &pace{}, time.Now()
	at := func(seconds float64) time.Time { return begun.Add(time.Duration(seconds * float64(time.Second))) }
	takes := func(now, wait float64) {
		t.Helper()
		if taken := limit.take(at(now)).Seconds(); taken != wait {
			t.Errorf("at %v: %v, not %v", now, taken, wait)
		}
	}
	takes(0, 0)
	limit.note(`"default";r=1;t=30`, at(0))
	takes(0, 0)
	takes(1, 29)
	limit.note(`"default";r=0;t=5`, at(2))
	takes(3, 4)
	// One goes ahead when a place is free, and the others wait for what it learns.
	takes(7, 0)
	takes(7, 1)
	limit.note(`"default";r=2;t=1`, at(7.1))
	takes(7.2, 0)
	takes(7.2, 0)
	if limit.take(at(7.2)) <= 0 {
		t.Error("a third place")
	}
	for _, header := range []string{"", "nonsense", `"default";r=`, `"default";t=3`, "r=5;t=3", `"reads";r=x`} {
		free := &pace{}
		for range 100 {
			if free.take(begun) != 0 {
				t.Fatal(header)
			}
			free.note(header, begun)
		}
	}
}

func TestASubmissionThatIsInterruptedGivesItsPlaceBack(t *testing.T) {
	p := newPolicy(Config{}, func(context.Context, *call) (*reply, error) { return nil, &WaitError{Err: context.Canceled} })
	p.pace.note(`"default";r=2;t=30`, time.Now())
	if _, err := p.exchange(context.Background(), submit1); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	p.pace.note(`"default";r=1;t=30`, time.Now())
	if wait := p.pace.take(time.Now()); wait != 0 {
		t.Error(wait)
	}
}
