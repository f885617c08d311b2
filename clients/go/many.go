package leadrun

import (
	"context"
	"errors"
	"iter"
)

const (
	maxConcurrency = 500
	// A list outlives a restart of the server: with pauses of 8 seconds at most this is about two minutes.
	patientRetries = 18
)

// ManyOptions say how to look up a list.
type ManyOptions struct {
	// Options hold for all contacts; a contact's own go before.
	Options
	// Concurrency is how many runs are under way at once; 20 when zero.
	Concurrency int
	// Resume is the path of a file that keeps what became of each contact; it need not exist.
	Resume string
}

// Outcome is what became of one contact: its finished run, or the error why there is none.
type Outcome struct {
	// Index is the contact's place in the input, from 0.
	Index   int
	Contact Contact
	Run     *Run
	Err     error
}

// EnrichMany looks up many contacts at the rate limit, and gives each outcome as soon as its run has ended.
//
// Each contact has an idempotency key made of its place and content, so that none is submitted twice, whatever happens
// to connections. With Resume a program that was killed gives the same list again and goes on.
//
// A contact that is refused is an outcome with Err. The second value is an error that would meet every contact, such as
// ErrNotEnoughCredits, ErrResumeFile or the context's; it is the last, and the outcomes of what was submitted come first.
// Contacts are read in another goroutine, as places are free: slices.Values gives those of a slice.
func (c *Client) EnrichMany(ctx context.Context, contacts iter.Seq[Contact], options ManyOptions) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		if options.Concurrency == 0 {
			options.Concurrency = 20
		}
		if options.Concurrency < 1 || options.Concurrency > maxConcurrency {
			yield(Outcome{}, refuse(ErrConfiguration, "Concurrency must be from 1 to %d, not %d", maxConcurrency, options.Concurrency))
			return
		}
		journal := newJournal(options.ForceRefresh)
		if options.Resume != "" {
			if err := journal.open(options.Resume); err != nil {
				yield(Outcome{}, err)
				return
			}
		}
		defer journal.close()
		list := &many{client: c, policy: c.policy, options: options, journal: journal}
		list.policy.maxRetries = max(list.policy.maxRetries, patientRetries)
		if err := list.give(ctx, contacts, yield); err != nil {
			yield(Outcome{}, err)
		}
	}
}

// many is a list that is under way.
type many struct {
	client  *Client
	policy  policy
	options ManyOptions
	journal *journal
}

// give yields outcomes until all have come, the list fails, or the reader leaves; returns why the list failed.
func (m *many) give(ctx context.Context, contacts iter.Seq[Contact], yield func(Outcome, error) bool) error {
	ctx, stop := context.WithCancel(ctx)
	wanted, source, ended := make(chan struct{}, 1), make(chan Contact), make(chan Outcome)
	go feed(ctx, contacts, wanted, source)
	underWay, pulling, more := 0, false, true
	defer func() {
		stop()
		for ; underWay > 0; underWay-- {
			<-ended
		}
	}()
	var failure error
	fail := func(err error) {
		if failure == nil {
			failure = err
		}
		more = false
	}
	cancelled := ctx.Done()
	for place := 0; ; {
		if more && !pulling && underWay < m.options.Concurrency {
			wanted <- struct{}{}
			pulling = true
		}
		// A source that never gives another contact does not hold up the end of a list that has failed.
		if underWay == 0 && !more && (!pulling || failure != nil) {
			return failure
		}
		select {
		case contact, open := <-source:
			pulling = false
			if !open {
				more, source = false, nil
			} else if more {
				underWay++
				go func(place int) { ended <- m.outcome(ctx, place, contact) }(place)
				place++
			}
		case outcome := <-ended:
			underWay--
			if meetsAll(outcome.Err) {
				fail(outcome.Err)
			} else if !yield(outcome, nil) {
				return nil
			}
		case <-cancelled:
			cancelled = nil
			fail(&WaitError{Err: ctx.Err()})
		}
	}
}

// feed gives one contact each time one is wanted.
func feed(ctx context.Context, contacts iter.Seq[Contact], wanted <-chan struct{}, source chan<- Contact) {
	defer close(source)
	more := func() bool {
		select {
		case <-wanted:
			return true
		case <-ctx.Done():
			return false
		}
	}
	if !more() {
		return
	}
	for contact := range contacts {
		select {
		case source <- contact:
		case <-ctx.Done():
			return
		}
		if !more() {
			return
		}
	}
}

// meetsAll reports whether an error is not of one contact alone.
func meetsAll(err error) bool {
	return err != nil && !errors.Is(err, ErrInvalidContact) && !errors.Is(err, ErrInvalidRequest) && !errors.Is(err, ErrNotFound)
}

func (m *many) outcome(ctx context.Context, place int, contact Contact) Outcome {
	run, err := m.run(ctx, place, contact)
	return Outcome{Index: place, Contact: contact, Run: run, Err: err}
}

func (m *many) run(ctx context.Context, place int, contact Contact) (*Run, error) {
	asked := contact
	asked.Options = m.options.Options.with(contact.Options)
	body, err := bodyOf(asked)
	if err != nil {
		return nil, err
	}
	key := first(contact.IdempotencyKey, keyOf(m.journal.salt, place, body))
	known := m.journal.known[key]
	if known.Run != nil {
		return m.client.runOf(known.Run)
	}
	var run *Run
	if known.RunID != "" {
		run, err = m.client.waitUntil(ctx, m.policy, known.RunID)
		// One that is not found belongs to another key or server; the idempotency key decides.
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	if run == nil {
		if run, err = m.client.submit(ctx, m.policy, "/enrich", body, key, 0); err != nil {
			return nil, err
		}
	}
	if !run.Ended() {
		if err = m.journal.note(key, run); err != nil {
			return nil, err
		}
		if run, err = m.client.waitUntil(ctx, m.policy, run.RunID); err != nil {
			return nil, err
		}
	}
	return run, m.journal.note(key, run)
}
