package leadrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// served is a client of a server of the test's own.
func served(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	client, err := New(Config{APIKey: "k", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	client.policy.sleep = func(ctx context.Context, _ time.Duration) error { return until("", ctx.Err()) }
	return client
}

func TestWrongSettingsAreNamed(t *testing.T) {
	for _, name := range []string{"LEADRUN_API_KEY", "LEADRUN_KEY", "LEADRUN_URL"} {
		t.Setenv(name, "")
	}
	for name, config := range map[string]Config{
		"no key":         {BaseURL: "http://acme.example"},
		"a blank within": {APIKey: "lm live"},
		"not ASCII":      {APIKey: "lm_live_é"},
		"no scheme":      {APIKey: "k", BaseURL: "acme.example"},
		"another scheme": {APIKey: "k", BaseURL: "ftp://acme.example"},
		"no host":        {APIKey: "k", BaseURL: "http://"},
		"no URL":         {APIKey: "k", BaseURL: "http://a\x7f"},
	} {
		if _, err := New(config); !errors.Is(err, ErrConfiguration) {
			t.Error(name, err)
		}
	}
	t.Setenv("LEADRUN_API_KEY", " k\n")
	if _, err := New(Config{}); err != nil {
		t.Error(err)
	}
}

func TestTheRequestSaysWhoAsks(t *testing.T) {
	for _, more := range []string{"", "/api/v1/", "/api/v1/enrich"} {
		client := served(t, func(w http.ResponseWriter, r *http.Request) {
			agent := regexp.MustCompile(`^leadrun-client-go/\d+\.\d+\.\d+ go/\d+`)
			if r.URL.Path != "/api/v1/credits" || !agent.MatchString(r.UserAgent()) || r.Header.Get("Authorization") != "Bearer k" {
				t.Error(r.URL, r.Header)
			}
			fmt.Fprint(w, `{"balance": 7}`)
		})
		client.transport.url, _ = baseOf(strings.TrimSuffix(client.transport.url, base) + more)
		if balance, err := client.Credits(context.Background()); err != nil || balance.Balance != 7 {
			t.Error(balance, err)
		}
	}
}

func TestTheKeyFollowsNoRedirect(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the key was sent on") }))
	defer other.Close()
	client := served(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
	if _, err := client.Credits(context.Background()); err == nil || !strings.Contains(err.Error(), other.URL) {
		t.Error(err)
	}
}

func TestAnAnswerThatIsNoneOfLeadruns(t *testing.T) {
	for _, body := range []string{"", "<html>", "[]", "null", "7", `{"balance"`} {
		client := served(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		if _, err := client.Credits(context.Background()); !errors.Is(err, ErrInvalidAnswer) {
			t.Error(body, err)
		}
		if _, err := client.GetRun(context.Background(), "r"); !errors.Is(err, ErrInvalidAnswer) {
			t.Error(body, err)
		}
	}
}

func TestWhatIsOlderOrNewerIsRead(t *testing.T) {
	for _, body := range []string{
		`{"runId": "r", "status": "completed", "result": null}`,
		`{"runId": "r", "status": "completed", "result": "odd", "input": 7}`,
		`{"runId": "r", "status": "completed", "createdAt": "yesterday", "startedAt": 7, "completedAt": null}`,
		`{"runId": "r", "status": "completed", "creditsUsed": "1", "warnings": {}, "newer": [1]}`,
	} {
		run, err := (&Client{}).runOf([]byte(body))
		if err != nil || run.RunID != "r" || !run.Ended() || run.Email() != "" || !run.CreatedAt.IsZero() {
			t.Error(body, err)
		} else if string(run.Raw) != body {
			t.Error(string(run.Raw))
		}
	}
	run, _ := (&Client{}).runOf([]byte(`{"createdAt": "yesterday", "startedAt": "2026-11-21T21:20:27.5Z", "runId": "r"}`))
	if run.StartedAt.Unix() != 1_795_296_027 {
		t.Error(run.StartedAt)
	}
}

func TestAContactIsWrittenAsTheAPIReadsIt(t *testing.T) {
	cap := Options{EnrichmentType: "all", MaxCostUSD: USD(1), Providers: []string{"hunter"}}
	contact := Contact{FirstName: "Ada", Options: Options{MaxCostUSD: USD(0)}, Metadata: map[string]any{"b": 1, "a": "<"}}
	contact.Options = cap.with(contact.Options)
	body, err := bodyOf(contact)
	// A cap of nothing is sent and refused, never left out.
	if string(body) != `{"firstName":"Ada","enrichmentType":"all","providers":["hunter"],"maxCostUsd":0,"metadata":{"a":"<","b":1}}` {
		t.Error(string(body), err)
	}
	for name, wrong := range map[string]Contact{
		"nothing":  {},
		"blanks":   {FirstName: " "},
		"metadata": {Metadata: map[string]any{"a": 1}},
		"no JSON":  {FirstName: "Ada", Metadata: map[string]any{"a": func() {}}},
		"no cap":   {FirstName: "Ada", Options: Options{MaxCostUSD: USD(math.NaN())}},
	} {
		if _, err := (&Client{}).Enrich(context.Background(), wrong); !errors.Is(err, ErrInvalidContact) {
			t.Error(name, err)
		}
	}
}

func TestAnAddressIsVerifiedAndWaitedFor(t *testing.T) {
	var asked []string
	client := served(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.Path+" "+string(body))
		status := "completed"
		if len(asked) == 1 {
			status = "pending"
		}
		fmt.Fprintf(w, `{"runId": "r", "status": %q}`, status)
	})
	address := Verification{Email: "jane@acme.example", Providers: []string{"zerobounce"}, IdempotencyKey: "mine"}
	run, err := client.VerifyEmail(context.Background(), address)
	if err != nil || run.Status != "completed" {
		t.Fatal(run, err)
	}
	expected := []string{
		`POST /api/v1/verify-email {"email":"jane@acme.example","providers":["zerobounce"]}`,
		`GET /api/v1/enrich/r `,
	}
	if !slices.Equal(asked, expected) {
		t.Error(asked)
	}
}

func TestAStreamIsReadOnAfterItsLastEvent(t *testing.T) {
	bodies := []string{
		"id: 1\nevent: attempt\ndata: {\"provider\":\"hunter\"}\n\nid: 2\nevent: run\ndata: {\"runId\":\"r\",\"status\":\"proc",
		": hello\r\n\r\nid: 3\r\nevent: run\r\ndata: {\"runId\":\"r\",\r\ndata: \"status\":\"completed\"}\r\n\r\n",
	}
	var last []string
	client := served(t, func(w http.ResponseWriter, r *http.Request) {
		last = append(last, r.Header.Get("Last-Event-ID"))
		fmt.Fprint(w, bodies[len(last)-1])
	})
	var events []string
	for event, err := range client.Events(context.Background(), "r") {
		switch {
		case err != nil:
			t.Fatal(err)
		case event.Attempt != nil:
			events = append(events, event.Attempt.Provider)
		default:
			events = append(events, event.Run.Status)
		}
	}
	if !slices.Equal(events, []string{"hunter", "completed"}) || !slices.Equal(last, []string{"", "1"}) {
		t.Error(events, last)
	}
}

func TestAKeyThatIsRevokedEndsAStreamWithItsError(t *testing.T) {
	asked := 0
	client := served(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			fmt.Fprint(w, "event: error\ndata: {\"status\":401}\n\n")
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	for _, err := range client.Events(context.Background(), "r") {
		if !errors.Is(err, ErrAuthentication) {
			t.Error(err)
		}
	}
}

func TestTheContextEndsTheWaitingAndNamesTheRun(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	client := served(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			fmt.Fprint(w, `{"runId": "r", "status": "pending"}`)
			return
		}
		cancel()
		<-r.Context().Done()
	})
	_, err := client.Enrich(ctx, Contact{FullName: "Ada Lovell"})
	var ended *WaitError
	if !errors.As(err, &ended) || ended.RunID != "r" || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestADownloadAppearsWhenItIsWhole(t *testing.T) {
	asked := 0
	client := served(t, func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 { // cut off
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "id,em")
			return
		}
		fmt.Fprint(w, "id,email\n")
	})
	path := filepath.Join(t.TempDir(), "out.csv")
	err := client.Batches.Download(context.Background(), "b", path)
	content, _ := os.ReadFile(path)
	if err != nil || string(content) != "id,email\n" || asked != 2 {
		t.Error(err, string(content), asked)
	}
	for _, wrong := range []string{path + ".pdf", filepath.Join(t.TempDir(), "none", "out.csv")} {
		if err := client.Batches.Download(context.Background(), "b", wrong); !errors.Is(err, ErrConfiguration) {
			t.Error(wrong, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.part")); len(left) > 0 {
		t.Error(left)
	}
}

func TestUploads(t *testing.T) {
	var media, body string
	client := served(t, func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		media, body = r.Header.Get("Content-Type")+" "+r.URL.RawQuery, string(content)
		fmt.Fprint(w, `{"id": "b", "status": "completed"}`)
	})
	rows := Rows([]map[string]any{{"name": "A&B"}, {"number": 7}})
	options := UploadOptions{Fields: []string{"email", "phone"}, Strict: true, MaxCostUSD: USD(0.05)}
	batch, err := client.Batches.Upload(context.Background(), rows, options)
	if err != nil || batch.ID != "b" || body != "{\"name\":\"A&B\"}\n{\"number\":7}\n" {
		t.Error(err, body)
	}
	if media != "application/x-ndjson fields=email%2Cphone&max_cost_usd=0.05&strict=true" {
		t.Error(media)
	}
	folder := t.TempDir()
	_ = os.WriteFile(filepath.Join(folder, "people.pdf"), nil, 0o600)
	for name, source := range map[string]Source{
		"absent": File(filepath.Join(folder, "absent.csv")),
		"kind":   File(filepath.Join(folder, "people.pdf")),
		"bytes":  Bytes([]byte("a"), ""),
		"folder": File(folder),
	} {
		if _, err := client.Batches.Upload(context.Background(), source, UploadOptions{}); !errors.Is(err, ErrConfiguration) {
			t.Error(name, err)
		}
	}
}

func TestAListIsReadAsItsContactsAreNeeded(t *testing.T) {
	var submitted, taken atomic.Int32
	client := served(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"runId": "%d", "status": "completed"}`, submitted.Add(1))
	})
	source := func(yield func(Contact) bool) {
		for yield(Contact{FullName: fmt.Sprint(taken.Add(1))}) {
		}
	}
	got := 0
	for outcome, err := range client.EnrichMany(context.Background(), source, ManyOptions{Concurrency: 3}) {
		if err != nil || outcome.Err != nil {
			t.Fatal(err, outcome.Err)
		}
		if got++; got == 5 {
			break
		}
	}
	if taken.Load() > 5+3 {
		t.Error(taken.Load())
	}
}

func TestAContactThatComesAfterTheListWasLeftIsNotSubmitted(t *testing.T) {
	var submitted atomic.Int32
	client := served(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"runId": "%d", "status": "completed"}`, submitted.Add(1))
	})
	give, ended := make(chan struct{}), make(chan struct{})
	source := func(yield func(Contact) bool) {
		defer close(ended)
		if yield(Contact{FullName: "Ada Lovell"}) {
			<-give
			yield(Contact{FullName: "Bea Marsh"})
		}
	}
	for range client.EnrichMany(context.Background(), source, ManyOptions{}) {
		break
	}
	close(give)
	<-ended
	if submitted.Load() != 1 {
		t.Error(submitted.Load())
	}
}

func TestAnErrorThatMeetsAllEndsTheListAfterItsOutcomes(t *testing.T) {
	client := served(t, func(w http.ResponseWriter, r *http.Request) {
		var contact Contact
		_ = json.NewDecoder(r.Body).Decode(&contact)
		switch contact.FullName {
		case "fine":
			fmt.Fprint(w, `{"runId": "r", "status": "completed"}`)
		case "wrong":
			w.WriteHeader(http.StatusBadRequest)
		default:
			w.WriteHeader(http.StatusPaymentRequired)
		}
	})
	contacts := []Contact{{FullName: "fine"}, {}, {FullName: "wrong"}, {FullName: "poor"}, {FullName: "never"}}
	var said []string
	for outcome, err := range client.EnrichMany(context.Background(), slices.Values(contacts), ManyOptions{Concurrency: 1}) {
		said = append(said, fmt.Sprint(outcome.Index, outcome.Run != nil, outcome.Err != nil, errors.Is(err, ErrNotEnoughCredits)))
	}
	expected := []string{"0 true false false", "1 false true false", "2 false true false", "0 false false true"}
	if !slices.Equal(said, expected) {
		t.Error(said)
	}
	for _, wrong := range []int{-1, 501} {
		for _, err := range client.EnrichMany(context.Background(), slices.Values(contacts), ManyOptions{Concurrency: wrong}) {
			if !errors.Is(err, ErrConfiguration) {
				t.Error(wrong, err)
			}
		}
	}
}
