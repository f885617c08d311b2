package leadrun

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

var (
	media = map[string]string{
		"csv":    "text/csv",
		"tsv":    "text/tab-separated-values",
		"txt":    "text/csv",
		"json":   "application/json",
		"jsonl":  "application/x-ndjson",
		"ndjson": "application/x-ndjson",
		"xlsx":   "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	}
	formats = map[string]string{"csv": "csv", "json": "json", "jsonl": "ndjson", "ndjson": "ndjson", "xlsx": "xlsx"}
)

// Source is what is uploaded.
type Source struct {
	content func() (body []byte, mediaType string, err error)
}

// File is a file: .csv, .tsv, .xlsx, .ndjson or .json.
func File(path string) Source {
	return Source{func() ([]byte, string, error) {
		body, err := os.ReadFile(path)
		if err != nil {
			return nil, "", refuse(ErrConfiguration, "the file cannot be read: %v", err)
		}
		return body, media[endingOf(path)], nil
	}}
}

// Bytes is the content of a file.
func Bytes(content []byte, mediaType string) Source {
	return Source{func() ([]byte, string, error) { return content, mediaType, nil }}
}

// Rows are contacts: maps or structs that are written as JSON objects.
func Rows[T any](rows []T) Source {
	return Source{func() ([]byte, string, error) {
		var lines bytes.Buffer
		for _, row := range rows {
			line, err := encode(row)
			if err != nil {
				return nil, "", err
			}
			lines.Write(append(line, '\n'))
		}
		return lines.Bytes(), media["ndjson"], nil
	}}
}

// RowFault is the fault of a row of an upload; Row counts from 1, Line is that of the file.
type RowFault struct {
	Row     int    `json:"row"`
	Line    int    `json:"line"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// ColumnUse is a column, and the member of a contact that it fills.
type ColumnUse struct {
	Column string `json:"column"`
	Fills  string `json:"fills"`
}

// Reading says how a file was read.
type Reading struct {
	Format         string      `json:"format"`
	Encoding       string      `json:"encoding"`
	Delimiter      string      `json:"delimiter"`
	HeadingsLine   int         `json:"headings_line"`
	Sheet          string      `json:"sheet"`
	ColumnsUsed    []ColumnUse `json:"columns_used"`
	ColumnsIgnored []string    `json:"columns_ignored"`
}

// BatchPreview is what an upload would do.
type BatchPreview struct {
	Total int `json:"total"`
	// Accepted are the rows that would be looked up.
	Accepted int        `json:"accepted"`
	Rejected int        `json:"rejected"`
	Errors   []RowFault `json:"errors"`
	// Contacts are the first good rows as they would be asked for.
	Contacts []map[string]any `json:"contacts"`
	// Duplicates give a contact again; each contact is paid once.
	Duplicates int `json:"duplicates"`
	// Unasked are rows for which no provider could be asked; they cost nothing.
	Unasked     int        `json:"unasked"`
	UnaskedRows []RowFault `json:"unasked_rows"`
	// CreditsAtMost is the price of all contacts, none of them in the cache.
	CreditsAtMost int      `json:"credits_at_most"`
	Reading       *Reading `json:"reading"`
	Warnings      []string `json:"warnings"`
}

// Interval is an expectation, and bounds that hold in nine of ten cases.
type Interval struct {
	Expected float64 `json:"expected"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// QuoteCredits are the credits of a list.
type QuoteCredits struct {
	Expected float64 `json:"expected"`
	Low      int     `json:"low"`
	High     int     `json:"high"`
	// AtMost is the price of all contacts, none of them in the cache.
	AtMost int `json:"at_most"`
}

// Quote is what an upload would do, and what it is expected to come to.
type Quote struct {
	BatchPreview
	// QuoteID is that by which Upload refers to it; empty where no row is good.
	QuoteID string `json:"quote_id"`
	// ExpiresAt ends the time in which it can be referred to.
	ExpiresAt Time `json:"expires_at"`
	// Answered are contacts that the cache answers; they cost nothing.
	Answered int `json:"answered"`
	// Found are contacts of whom anything is found, those in the cache included.
	Found Interval `json:"found"`
	// CostUSD is what the providers charge.
	CostUSD Interval     `json:"cost_usd"`
	Credits QuoteCredits `json:"credits"`
	// Seconds are those until the last contact has ended, if it were submitted now.
	Seconds int `json:"seconds"`
}

// Batch is an upload of many contacts, and how far it is.
type Batch struct {
	ID string `json:"id"`
	// Status is "processing", "completed" or "cancelled".
	Status          string `json:"status"`
	Mode            string `json:"mode"`
	Total           int    `json:"total"`
	Accepted        int    `json:"accepted"`
	Completed       int    `json:"completed"`
	Rejected        int    `json:"rejected"`
	EmailsFound     int    `json:"emails_found"`
	PhonesFound     int    `json:"phones_found"`
	NotFound        int    `json:"not_found"`
	CreditsReserved int    `json:"credits_reserved"`
	CreditsUsed     int    `json:"credits_used"`
	// CostUSD is what providers charged so far.
	CostUSD          float64        `json:"cost_usd"`
	EstimatedSeconds *int           `json:"estimated_seconds"`
	Reading          *Reading       `json:"reading"`
	Errors           []RowFault     `json:"errors"`
	Warnings         []string       `json:"warnings"`
	Metadata         map[string]any `json:"metadata"`
	CreatedAt        Time           `json:"created_at"`
	CompletedAt      Time           `json:"completed_at"`
	ResultsURL       string         `json:"results_url"`

	// Raw is the JSON as it came.
	Raw json.RawMessage `json:"-"`

	batches *Batches
}

// Ended reports whether it is completed or cancelled.
func (b *Batch) Ended() bool { return b.Status == "completed" || b.Status == "cancelled" }

// Wait waits until it is completed or cancelled; see Batches.Wait.
func (b *Batch) Wait(ctx context.Context, progress func(*Batch)) (*Batch, error) {
	return b.batches.Wait(ctx, b.ID, progress)
}

// Download writes the rows with what was found to a file: .csv, .xlsx, .ndjson or .json.
func (b *Batch) Download(ctx context.Context, path string) error {
	return b.batches.Download(ctx, b.ID, path)
}

// Results reads the rows with what was found, in the order of the upload.
func (b *Batch) Results(ctx context.Context) ([]map[string]any, error) {
	return b.batches.Results(ctx, b.ID)
}

// Cancel cancels what has not ended; rows without a run are never charged.
func (b *Batch) Cancel(ctx context.Context) (*Batch, error) { return b.batches.Cancel(ctx, b.ID) }

func (b *Batches) batchOf(body []byte) (*Batch, error) {
	batch := &Batch{Raw: body, batches: b}
	if err := decode(body, batch); err != nil {
		return nil, err
	}
	if batch.ID == "" {
		return nil, refuse(ErrInvalidAnswer, "the answer is no batch: %q", string(body[:min(len(body), 80)]))
	}
	return batch, nil
}

// results asks for the results of a batch, into memory or to what takes them.
func (b *Batches) results(ctx context.Context, batchID, format string, save func(io.Reader) error) (*reply, error) {
	request := &call{method: http.MethodGet, path: batchPath(batchID) + "/results", query: queryOf("format", format)}
	request.headers, request.timeout, request.save = map[string]string{"Accept": "*/*"}, uploadTimeout, save
	return b.client.exchange(ctx, request)
}

// savedTo writes what is read to a file, from its begin each time.
func savedTo(path string) func(io.Reader) error {
	return func(body io.Reader) error {
		file, err := os.Create(path)
		if err != nil {
			return refuse(ErrConfiguration, "the file cannot be written: %v", err)
		}
		_, err = io.Copy(file, body)
		return errors.Join(err, file.Close())
	}
}

func endingOf(path string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
}
