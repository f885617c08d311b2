package leadrun

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

const (
	base       = "/api/v1"
	defaultURL = "http://127.0.0.1:8000"
)

// transport sends requests; nothing is decided here.
type transport struct {
	url        string
	key        string
	client     *http.Client
	idempotent bool
}

func newTransport(config Config) (*transport, error) {
	key := strings.TrimSpace(first(config.APIKey, os.Getenv("LEADRUN_API_KEY"), os.Getenv("LEADRUN_KEY")))
	if key == "" {
		return nil, refuse(ErrConfiguration, "there is no API key: give Config.APIKey or set LEADRUN_API_KEY")
	}
	if strings.ContainsFunc(key, func(letter rune) bool { return letter <= ' ' || letter > '~' }) {
		return nil, refuse(ErrConfiguration, "the API key holds characters that no key has; copy it again, whole")
	}
	where, err := baseOf(first(config.BaseURL, os.Getenv("LEADRUN_URL"), defaultURL))
	if err != nil {
		return nil, err
	}
	client := http.Client{}
	if config.HTTPClient != nil {
		client = *config.HTTPClient
	} else if standard, ours := http.DefaultTransport.(*http.Transport); ours {
		// Lists hold as many connections as they have runs under way.
		many := standard.Clone()
		many.MaxIdleConns, many.MaxIdleConnsPerHost = 0, maxConcurrency
		client.Transport = many
	}
	// The key goes to no other address than the one it was given with.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &transport{where, key, &client, !config.NotIdempotent}, nil
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// baseOf returns the URL below which the operations are; /api/v1 may be absent, or /enrich follow it.
func baseOf(given string) (string, error) {
	stripped := strings.TrimSuffix(strings.TrimRight(strings.TrimSpace(given), "/"), "/enrich")
	parsed, err := url.Parse(stripped)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "" {
		return "", refuse(ErrConfiguration, "the base URL must begin with http:// or https:// and name a host, not %q", given)
	}
	if strings.HasSuffix(parsed.Path, base) {
		return stripped, nil
	}
	return stripped + base, nil
}

// send sends a request; the error is a *WaitError when the context ends, and what call.save returns.
func (t *transport) send(ctx context.Context, request *call) (*reply, error) {
	begun := time.Now()
	timeout := request.timeout
	if timeout == 0 {
		timeout = readTimeout
	}
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	response, sent, err := t.open(bounded, request)
	if err != nil {
		return lost(ctx, bounded, err, sent, timeout)
	}
	defer response.Body.Close()
	answer := &reply{status: response.StatusCode, header: response.Header}
	if request.save != nil && response.StatusCode == http.StatusOK {
		body := &watched{Reader: response.Body}
		if err := request.save(body); err != nil && body.err == nil {
			return nil, err
		}
		err = body.err
	} else {
		answer.body, err = io.ReadAll(response.Body)
	}
	if err != nil {
		return lost(ctx, bounded, err, true, timeout)
	}
	answer.took = time.Since(begun)
	return answer, nil
}

// watched remembers the error of what is read, to tell it from one of what is written.
type watched struct {
	io.Reader
	err error
}

func (w *watched) Read(into []byte) (int, error) {
	number, err := w.Reader.Read(into)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return number, err
}

// open sends a request and returns its answer before the body; sent reports whether a connection was made.
func (t *transport) open(ctx context.Context, request *call) (*http.Response, bool, error) {
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }}
	where := t.url + request.path
	if len(request.query) > 0 {
		where += "?" + request.query.Encode()
	}
	made, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), request.method, where, bytes.NewReader(request.body))
	if err != nil {
		return nil, false, err
	}
	if !t.idempotent {
		// net/http itself repeats a request with an Idempotency-Key, unless its body cannot be had again.
		made.GetBody = nil
	}
	// One published service reads the one header, one the other; leadrun reads both.
	made.Header.Set("Authorization", "Bearer "+t.key)
	made.Header.Set("X-Api-Key", t.key)
	made.Header.Set("User-Agent", "leadrun-client-go/"+Version+" go/"+strings.TrimPrefix(runtime.Version(), "go"))
	made.Header.Set("Accept", "application/json")
	for name, value := range request.headers {
		made.Header.Set(name, value)
	}
	response, err := t.client.Do(made)
	return response, sent.Load(), err
}

// lost describes why there is no answer.
func lost(caller, bounded context.Context, err error, sent bool, timeout time.Duration) (*reply, error) {
	if caller.Err() != nil {
		return nil, &WaitError{Err: caller.Err()}
	}
	if bounded.Err() != nil {
		return &reply{lost: fmt.Sprintf("no answer within %s", timeout), sent: true}, nil
	}
	// The URL may hold personal data.
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return &reply{lost: err.Error(), sent: sent}, nil
}

// lines gives a stream line by line to take, until it returns false; each line has call.timeout to come.
//
// It returns how the stream ended: an answer that is no stream, or a loss; nil when take has returned false.
func (t *transport) lines(ctx context.Context, request *call, take func(string) bool) (*reply, error) {
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	timer := time.AfterFunc(request.timeout, cancel)
	defer timer.Stop()
	response, sent, err := t.open(bounded, request)
	if err != nil {
		return lost(ctx, bounded, err, sent, request.timeout)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return lost(ctx, bounded, err, true, request.timeout)
		}
		return &reply{status: response.StatusCode, header: response.Header, body: body}, nil
	}
	reader := bufio.NewReader(response.Body)
	for {
		line, err := reader.ReadString('\n')
		if err == io.EOF {
			return &reply{lost: "the stream ended before the run", sent: true}, nil
		}
		if err != nil {
			return lost(ctx, bounded, err, true, request.timeout)
		}
		timer.Reset(request.timeout)
		if !take(strings.TrimRight(line, "\r\n")) {
			return nil, nil
		}
	}
}
