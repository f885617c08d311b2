package leadrun

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	uploadTimeout = 5 * time.Minute
	longestPoll   = 10 * time.Second
)

// Batches has the uploads of many contacts.
type Batches struct{ client *Client }

// ReadOptions say how an upload is read.
type ReadOptions struct {
	// MediaType is of the file, instead of what its name says.
	MediaType string
	// Query has further parameters, such as {"sheet": {"Leads"}}.
	Query url.Values
}

// UploadOptions say how to look up the contacts of an upload.
type UploadOptions struct {
	ReadOptions
	// Fields are "email" and "phone"; "email" alone when empty.
	Fields []string
	// Strict refuses all where a single row is bad.
	Strict bool
	// ForceRefresh looks up again although the cache has an answer.
	ForceRefresh bool
	// Providers are the only ones to ask, in this order.
	Providers []string
	// MaxCostUSD stops, for each contact, before the providers' charges pass it. Nil is no cap.
	MaxCostUSD *float64
	// Waterfall is as of Options.
	Waterfall string
	// WebhookURL is where the end is posted.
	WebhookURL string
	// IdempotencyKey stands instead of a random one; the same key never uploads twice within 24 hours.
	IdempotencyKey string
}

func (o UploadOptions) query() url.Values {
	query := queryOf("fields", strings.Join(o.Fields, ","), "providers", strings.Join(o.Providers, ","),
		"waterfall", o.Waterfall, "webhook_url", o.WebhookURL)
	if o.Strict {
		query.Set("strict", "true")
	}
	if o.ForceRefresh {
		query.Set("force_refresh", "true")
	}
	if o.MaxCostUSD != nil {
		query.Set("max_cost_usd", strconv.FormatFloat(*o.MaxCostUSD, 'f', -1, 64))
	}
	for name, values := range o.Query {
		query[name] = values
	}
	return query
}

// Upload uploads up to 100 000 contacts: File("people.csv"), Rows(rows) or Bytes(content, "text/csv").
//
// It returns ErrInvalidRequest if it cannot be read or no row is good, and ErrNotEnoughCredits, with none accepted, if
// the balance does not cover all rows.
func (b *Batches) Upload(ctx context.Context, source Source, options UploadOptions) (*Batch, error) {
	key := map[string]string{"Idempotency-Key": first(options.IdempotencyKey, newKey())}
	answer, err := b.post(ctx, "/batches", source, options.MediaType, options.query(), key)
	if err != nil {
		return nil, err
	}
	return b.batchOf(answer.body)
}

// Preview shows how a file would be read and what it may cost; nothing is accepted or charged.
func (b *Batches) Preview(ctx context.Context, source Source, options ReadOptions) (*BatchPreview, error) {
	answer, err := b.post(ctx, "/batches/preview", source, options.MediaType, options.Query, map[string]string{})
	if err != nil {
		return nil, err
	}
	return read[BatchPreview](answer.body)
}

// Quote asks what a list is expected to find and to cost; nothing is accepted or charged.
//
// Upload refers to it by Query: {"quote_id": {quote.QuoteID}, "stop_at_quote": {"true"}}.
func (b *Batches) Quote(ctx context.Context, source Source, options ReadOptions) (*Quote, error) {
	answer, err := b.post(ctx, "/quotes", source, options.MediaType, options.Query, map[string]string{})
	if err != nil {
		return nil, err
	}
	return read[Quote](answer.body)
}

func (b *Batches) post(
	ctx context.Context, path string, source Source, mediaType string, query url.Values, headers map[string]string,
) (*reply, error) {
	body, known, err := source.content()
	if err != nil {
		return nil, err
	}
	headers["Content-Type"] = first(mediaType, known)
	if headers["Content-Type"] == "" {
		return nil, refuse(ErrConfiguration, "say with MediaType what is uploaded, such as text/csv")
	}
	request := &call{method: http.MethodPost, path: path, query: query, body: body, headers: headers}
	request.submits, request.timeout = true, uploadTimeout
	return b.client.exchange(ctx, request)
}

// Get reads a batch with its progress.
func (b *Batches) Get(ctx context.Context, batchID string) (*Batch, error) {
	return b.ask(ctx, http.MethodGet, batchPath(batchID))
}

// List iterates over batches, newest first; an error ends it.
func (b *Batches) List(ctx context.Context) iter.Seq2[*Batch, error] {
	return pages(ctx, b.client, "/batches", "batches", queryOf("limit", pageSize(0)), b.batchOf)
}

// Wait waits until a batch is completed or cancelled, as long as the context lets it; progress, which may be nil, is
// called with the batch as it changes.
//
// A *WaitError means that the context ended first; the batch goes on.
func (b *Batches) Wait(ctx context.Context, batchID string, progress func(*Batch)) (*Batch, error) {
	for poll := time.Duration(0); ; poll++ {
		answer, err := b.client.exchange(ctx, &call{method: http.MethodGet, path: batchPath(batchID)})
		if err != nil {
			return nil, until(batchID, err)
		}
		batch, err := b.batchOf(answer.body)
		if err != nil {
			return nil, err
		}
		if progress != nil {
			progress(batch)
		}
		if batch.Ended() {
			return batch, nil
		}
		pause := pollPause
		if wait := retryAfter(answer.header, time.Now()); wait != nil && *wait > 0 {
			pause = *wait
		}
		// Seldom after a while: a batch may take hours.
		pause = max(pause, min(longestPoll, poll*500*time.Millisecond))
		if deadline, bounded := ctx.Deadline(); bounded && b.client.policy.now().Add(pause).After(deadline) {
			return nil, &WaitError{RunID: batchID, Err: context.DeadlineExceeded}
		}
		if err := b.client.policy.sleep(ctx, pause); err != nil {
			return nil, until(batchID, err)
		}
	}
}

// Cancel cancels what has not ended of a batch; rows without a run are never charged.
func (b *Batches) Cancel(ctx context.Context, batchID string) (*Batch, error) {
	return b.ask(ctx, http.MethodPost, batchPath(batchID)+"/cancel")
}

func (b *Batches) ask(ctx context.Context, method, path string) (*Batch, error) {
	answer, err := b.client.exchange(ctx, &call{method: method, path: path})
	if err != nil {
		return nil, err
	}
	return b.batchOf(answer.body)
}

// Download writes the rows of a batch with what was found to a file, which appears when it is whole. Its name says the
// format: .csv, .xlsx, .ndjson or .json.
func (b *Batches) Download(ctx context.Context, batchID, path string) error {
	format := formats[endingOf(path)]
	if format == "" {
		return refuse(ErrConfiguration, "the format of %s is unknown; name the file .csv, .xlsx, .ndjson or .json", path)
	}
	part := path + ".part"
	if _, err := b.results(ctx, batchID, format, savedTo(part)); err != nil {
		_ = os.Remove(part)
		return err
	}
	return os.Rename(part, path)
}

// Results reads the rows of a batch, in the order of the upload.
func (b *Batches) Results(ctx context.Context, batchID string) ([]map[string]any, error) {
	answer, err := b.results(ctx, batchID, "ndjson", nil)
	if err != nil {
		return nil, err
	}
	rows := []map[string]any{}
	for _, line := range strings.Split(strings.TrimSpace(string(answer.body)), "\n") {
		if line == "" {
			continue
		}
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			return nil, refuse(ErrInvalidAnswer, "a line of the results is no JSON: %v", err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func batchPath(batchID string) string { return "/batches/" + url.PathEscape(batchID) }
