// What a program does with the Go client against a service; prints a JSON line a step, which the test reads.
//
// scenarios NAME ARGUMENT…, with LEADRUN_URL and LEADRUN_API_KEY.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadrun.example/leadrun"
)

const domain = "acme.example"

var (
	ctx = context.Background()
	ada = leadrun.Contact{FirstName: "Ada", LastName: "Lovell", CompanyDomain: domain}
	dot = leadrun.Contact{FirstName: "Dot", LastName: "Olsen", CompanyDomain: domain}
)

type object = map[string]any

func say(value any) {
	line, err := json.Marshal(value)
	check(err)
	fmt.Println(string(line))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func client(config leadrun.Config) *leadrun.Client { return must(leadrun.New(config)) }

// collected reads an iterator to its end, or to its error.
func collected[T any](items iter.Seq2[T, error]) ([]T, error) {
	all := []T{}
	for item, err := range items {
		if err != nil {
			return all, err
		}
		all = append(all, item)
	}
	return all, nil
}

var kinds = map[string]error{
	"ErrConfiguration": leadrun.ErrConfiguration, "ErrInvalidContact": leadrun.ErrInvalidContact,
	"ErrInvalidAnswer": leadrun.ErrInvalidAnswer, "ErrInvalidRequest": leadrun.ErrInvalidRequest,
	"ErrAuthentication": leadrun.ErrAuthentication, "ErrNotEnoughCredits": leadrun.ErrNotEnoughCredits,
	"ErrNotFound": leadrun.ErrNotFound, "ErrAlreadyEnded": leadrun.ErrAlreadyEnded,
	"Canceled": context.Canceled, "DeadlineExceeded": context.DeadlineExceeded,
}

// kind names an error, and whether a request of it was sent.
func kind[T any](_ T, err error) string {
	var lost *leadrun.NoAnswerError
	if errors.As(err, &lost) {
		return fmt.Sprintf("NoAnswerError %v", lost.Sent)
	}
	for name, one := range kinds {
		if errors.Is(err, one) {
			return name
		}
	}
	return fmt.Sprint(err)
}

// nowhere is a URL at which nothing listens.
func nowhere() string {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	defer listener.Close()
	return "http://" + listener.Addr().String()
}

func people(number int) []leadrun.Contact {
	all := []leadrun.Contact{}
	for one := range number {
		person := dot
		person.CompanyName = fmt.Sprint("C", one)
		all = append(all, person)
	}
	return all
}

func operations() {
	c := client(leadrun.Config{})
	first := ada
	first.Metadata = object{"crmId": "42"}
	run := must(c.Enrich(ctx, first))
	again := must(c.Enrich(ctx, leadrun.Contact{FullName: "Ada Lovell", CompanyDomain: "https://www." + domain + "/about"}))
	phone := ada
	phone.CompanyName, phone.EnrichmentType = "Acme", "phone"
	submitted := must(c.Submit(ctx, phone))
	done := must(submitted.Wait(ctx))
	events := must(collected(done.Events(ctx)))
	attempt := must(done.Attempts(ctx))[0]
	said := must(run.Feedback(ctx, "delivered", ""))
	repeated := must(run.Feedback(ctx, "delivered", "email"))
	_, invalid := collected(c.Runs(ctx, leadrun.RunFilters{Status: "done"}))
	var refused *leadrun.APIError
	errors.As(invalid, &refused)
	say(object{
		"run":      []any{run.Status, run.Found(), run.Email(), run.Cached, run.CreditsUsed, run.Result.Validation.Status, run.Metadata},
		"again":    []any{again.Email(), again.Cached, again.RunID != run.RunID, *again.Input},
		"done":     []any{done.RunID == submitted.RunID, done.Phone(), must(done.Wait(ctx)) == done, !done.CompletedAt.IsZero()},
		"attempt":  []any{attempt.Provider, attempt.Outcome, attempt.Field, attempt.LatencyMS != nil},
		"last":     events[len(events)-1].Run.RunID == done.RunID,
		"cancel":   kind(done.Cancel(ctx)),
		"feedback": []any{said.Fields, said.Repeated, repeated.Fields, repeated.Repeated},
		"runs":     len(must(collected(c.Runs(ctx, leadrun.RunFilters{PageSize: 2, CreatedAfter: time.Now().Add(-time.Hour)})))),
		"none":     len(must(collected(c.Runs(ctx, leadrun.RunFilters{Status: "cancelled"})))),
		"invalid":  []any{kind(0, invalid), refused.Errors[0].Field, refused.RequestID != ""},
	})
	lookup := leadrun.Lookup{FirstName: "Ada", LastName: "Lovell", Domain: domain}
	email := must(c.FindEmail(ctx, lookup))
	missing := must(c.FindEmail(ctx, leadrun.Lookup{FirstName: "Dot", LastName: "Olsen", Domain: domain}))
	found := must(c.FindPhone(ctx, lookup))
	lost := client(leadrun.Config{BaseURL: nowhere(), MaxRetries: -1})
	wrongKey := client(leadrun.Config{APIKey: "lm_live_mistyped"})
	page := client(leadrun.Config{BaseURL: os.Getenv("LEADRUN_URL") + "/docs"})
	fax, capped := ada, ada
	fax.EnrichmentType, capped.MaxCostUSD = "fax", leadrun.USD(0)
	enabled := 0
	for _, one := range must(c.Providers(ctx)) {
		if one.Enabled && (one.Name == "datagma" || one.Name == "hunter") {
			enabled++
		}
	}
	usage := must(c.Usage(ctx, leadrun.UsageOptions{By: "key", Until: time.Now().Add(time.Minute)}))
	say(object{
		"email":     []any{email.Email, email.Verified, email.CostCredits, email.Confidence > 0.5, email.Confidence <= 1},
		"missing":   missing.Email,
		"phone":     found.Phone,
		"providers": enabled,
		"credits":   must(c.Credits(ctx)),
		"usage":     usage.Usage[0].Runs,
		"endpoints": must(c.Endpoints(ctx)),
		"failed":    len(must(collected(c.Deliveries(ctx, leadrun.DeliveryFilters{State: "failed"})))),
		"redeliver": kind(c.Redeliver(ctx, "019a0000-0000-7000-8000-000000000000")),
		"unknown":   kind(c.GetRun(ctx, "019a0000-0000-7000-8000-000000000000")),
		"nowhere":   kind(lost.Credits(ctx)),
		"key":       kind(wrongKey.Credits(ctx)),
		"page":      kind(page.Credits(ctx)),
		"empty":     kind(c.Enrich(ctx, leadrun.Contact{})),
		"fax":       kind(c.Enrich(ctx, fax)),
		"no budget": kind(c.Enrich(ctx, capped)),
	})
	cid := leadrun.Contact{FullName: "Cid Norton", CompanyDomain: domain, Options: leadrun.Options{Waterfall: "cheapest"}}
	cheapest := must(c.Enrich(ctx, cid))
	plan := must(c.Plan(ctx, cheapest.RunID))
	asked := must(cheapest.Attempts(ctx))
	simulation := must(c.Simulate(ctx, leadrun.SimulationRequest{Waterfall: "cheapest", Days: 1}))
	rules := object{"strategy": "fixed", "providers": []string{"hunter"}}
	own := must(c.Simulate(ctx, leadrun.SimulationRequest{Definition: rules}))
	say(object{
		"plan":       []any{plan.Waterfall, plan.Email, len(plan.Steps) >= len(asked), plan.Steps[0].Expected.CostUSD > 0},
		"attempt":    []any{asked[0].Provider == plan.Steps[0].Provider, asked[0].Expected.Chance > 0},
		"tiers":      []any{must(c.Plan(ctx, run.RunID)).Waterfall, must(run.Attempts(ctx))[0].Expected.Chance > 0},
		"simulation": []any{simulation.Waterfall, simulation.Replayed + simulation.Modelled, simulation.CostUSD.Low <= simulation.CostUSD.High},
		"own":        []any{own.Lookups == simulation.Lookups, own.Found.Expected < own.Found.Actual},
		"absent":     kind(c.Simulate(ctx, leadrun.SimulationRequest{Waterfall: "nobodys"})),
		"days":       kind(c.Simulate(ctx, leadrun.SimulationRequest{Waterfall: "cheapest", Days: -1})),
	})
}

func batches(folder string) {
	c := client(leadrun.Config{})
	source := folder + "/people.csv"
	content := "id,first_name,last_name,domain\n1,Ada,Lovell," + domain + "\n2,Dot,Olsen," + domain + "\n3,,,\n"
	check(os.WriteFile(source, []byte(content), 0o600))
	preview := must(c.Batches.Preview(ctx, leadrun.File(source), leadrun.ReadOptions{}))
	fields := leadrun.ReadOptions{Query: url.Values{"fields": {"email,phone"}}}
	quote := must(c.Batches.Quote(ctx, leadrun.File(source), fields))
	bea := leadrun.Rows([]object{{"full_name": "Bea Marsh", "domain": domain}})
	quoteID := must(c.Batches.Quote(ctx, bea, leadrun.ReadOptions{})).QuoteID
	bound := leadrun.ReadOptions{Query: url.Values{"quote_id": {quoteID}, "stop_at_quote": {"true"}}}
	quoted := must(must(c.Batches.Upload(ctx, bea, leadrun.UploadOptions{ReadOptions: bound})).Wait(ctx, nil))
	batch := must(c.Batches.Upload(ctx, leadrun.File(source), leadrun.UploadOptions{}))
	seen := 0
	done := must(batch.Wait(ctx, func(one *leadrun.Batch) { seen = one.Completed }))
	emails := []any{}
	for _, row := range must(done.Results(ctx))[:2] {
		emails = append(emails, row["email"])
	}
	rows := leadrun.Rows([]object{{"full_name": "Ada Lovell", "domain": domain, "number": 7}})
	both := must(c.Batches.Upload(ctx, rows, leadrun.UploadOptions{Fields: []string{"email", "phone"}}))
	ended := must(both.Wait(ctx, nil))
	check(done.Download(ctx, folder+"/out.csv"))
	check(done.Download(ctx, folder+"/out.xlsx"))
	blob := leadrun.Bytes([]byte("full_name,domain\nAda Lovell,"+domain+"\n"), "text/csv")
	say(object{
		"preview": []any{preview.Total, preview.CreditsAtMost, preview.Reading.ColumnsUsed[0].Fills, preview.Errors[0].Line},
		"quote":   []any{quote.Total, quote.CreditsAtMost, quote.Credits.AtMost, quote.CostUSD.Low <= quote.CostUSD.High, len(quote.QuoteID)},
		"quoted":  quoted.Status,
		"done":    []any{done.Status, done.EmailsFound, seen == done.Total},
		"results": emails,
		"csv":     strings.Contains(string(must(os.ReadFile(folder+"/out.csv"))), "ada.lovell"),
		"xlsx":    string(must(os.ReadFile(folder + "/out.xlsx"))[:2]),
		"rows":    []any{ended.PhonesFound, must(ended.Results(ctx))[0]["number"]},
		"blob":    must(c.Batches.Preview(ctx, blob, leadrun.ReadOptions{})).Total,
		"listed":  len(must(collected(c.Batches.List(ctx)))),
		"cancel":  kind(done.Cancel(ctx)),
		"nothing": kind(c.Batches.Upload(ctx, leadrun.Rows([]object{}), leadrun.UploadOptions{})),
		"strange": kind(c.Batches.Upload(ctx, leadrun.Rows([]object{{"colour": "red"}}), leadrun.UploadOptions{})),
	})
}

// held runs while no vendor answers.
func held() {
	c := client(leadrun.Config{})
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err := c.Enrich(short, ada)
	var late *leadrun.WaitError
	errors.As(err, &late)
	stopped, stop := context.WithCancel(ctx)
	stop()
	aborted := kind(c.Wait(stopped, late.RunID))
	list, leave := context.WithCancel(ctx)
	other := ada
	other.CompanyName = "Other"
	contacts := append(people(29), other)
	many := make(chan string)
	go func() {
		many <- kind(collected(c.EnrichMany(list, slices.Values(contacts), leadrun.ManyOptions{Concurrency: 30})))
	}()
	for under := 0; under < 30; under = len(must(collected(c.Runs(ctx, leadrun.RunFilters{})))) {
	}
	leave()
	say(object{"late": []any{kind(0, err), late.RunID}, "aborted": aborted, "many": <-many})
}

// oneByOne looks up one contact after the other; each meets what the test lets happen to it.
func oneByOne(number int) {
	retries := 0
	patient := client(leadrun.Config{OnRetry: func(leadrun.Retry) { retries++ }})
	for _, person := range people(number) {
		person.FirstName, person.LastName = ada.FirstName, ada.LastName
		must(patient.Enrich(ctx, person))
	}
	runs := len(must(collected(patient.Runs(ctx, leadrun.RunFilters{}))))
	say(object{"runs": runs, "spent": must(patient.Credits(ctx)).TotalSpent, "retries": retries})
}

func many(number int, resume string) {
	for outcome, err := range client(leadrun.Config{}).EnrichMany(ctx, slices.Values(people(number)), leadrun.ManyOptions{Resume: resume}) {
		check(err)
		check(outcome.Err)
		say(object{"index": outcome.Index, "runId": outcome.Run.RunID})
	}
}

// lists are given again from the resume file.
func lists(folder string) {
	options := leadrun.ManyOptions{Resume: folder + "/people.resume", Options: leadrun.Options{ForceRefresh: true}}
	ids := func(c *leadrun.Client) []string {
		all := []string{}
		for _, one := range must(collected(c.EnrichMany(ctx, slices.Values(people(4)), options))) {
			all = append(all, one.Run.RunID)
		}
		slices.Sort(all)
		return all
	}
	c := client(leadrun.Config{})
	before := ids(c)
	again := ids(client(leadrun.Config{BaseURL: nowhere(), MaxRetries: -1}))
	say(object{"same": slices.Equal(before, again), "runs": len(before), "spent": must(c.Credits(ctx)).TotalSpent})
}

// poor has more contacts than credits.
func poor() {
	c := client(leadrun.Config{})
	got, err := collected(c.EnrichMany(ctx, slices.Values(people(9)), leadrun.ManyOptions{Concurrency: 2}))
	var refused *leadrun.APIError
	errors.As(err, &refused)
	say(object{"got": len(got), "error": kind(0, err), "required": refused.CreditsRequired, "left": must(c.Credits(ctx)).Balance})
}

// published plays against the published services.
func published(key string) {
	c := client(leadrun.Config{})
	jane := leadrun.Contact{FirstName: "Jane", LastName: "Smith", CompanyDomain: domain}
	run := must(c.Enrich(ctx, jane))
	cached := must(c.Enrich(ctx, leadrun.Contact{FirstName: "Jane", LastName: "Known"}))
	careful := client(leadrun.Config{APIKey: key, NotIdempotent: true})
	say(object{
		"run":       []any{run.Email(), run.Found(), run.CreditsUsed},
		"cached":    []any{cached.Cached, cached.CreditsUsed},
		"email":     must(c.FindEmail(ctx, leadrun.Lookup{FirstName: "Jane", LastName: "Smith", Domain: domain})).Email,
		"providers": kind(c.Providers(ctx)),
		"cut":       kind(careful.Enrich(ctx, leadrun.Contact{FirstName: "Jane", LastName: "Cut"})),
	})
}

func main() {
	arguments := append(os.Args[1:], "", "")
	switch argument := arguments[1]; arguments[0] {
	case "operations":
		operations()
	case "batches":
		batches(argument)
	case "held":
		held()
	case "wait":
		say(must(client(leadrun.Config{}).Wait(ctx, argument)).Email())
	case "one_by_one":
		oneByOne(must(strconv.Atoi(argument)))
	case "many":
		many(must(strconv.Atoi(argument)), arguments[2])
	case "lists":
		lists(argument)
	case "poor":
		poor()
	case "published":
		published(argument)
	case "models":
		models()
	}
}
