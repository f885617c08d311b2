package leadrun

import (
	"context"
	"net/http"
	"net/url"
)

// Expectation says why a provider stood where it stood: what asking it was expected to come to, and how that is known.
type Expectation struct {
	// IndexUSD is the expected cost of an accepted value, waiting included; the lowest comes first. Nil where there is none.
	IndexUSD *float64 `json:"indexUsd"`
	// CostUSD is the expected charge of asking it.
	CostUSD float64 `json:"costUsd"`
	// Chance is from 0 to 1.
	Chance float64 `json:"chance"`
	// Seconds are those until it answers, waiting included.
	Seconds float64 `json:"seconds"`
	// Observations are answers that speak of this case, older ones less; 0 is the prior alone.
	Observations float64 `json:"observations"`
	// Prior is the source of the prior.
	Prior string `json:"prior"`
	// Explored: it was asked before its turn, to learn how good it is.
	Explored bool `json:"explored"`
	// LookedAhead: it was asked before one of lower index, because its miss says more of the others.
	LookedAhead bool `json:"lookedAhead"`
}

// PlanStep is one provider of a plan: asked, skipped or not reached.
type PlanStep struct {
	Field    string `json:"field"`
	Provider string `json:"provider"`
	Tier     string `json:"tier"`
	Route    string `json:"route"`
	// Outcome is as of an Attempt; empty where it was not reached.
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
	// MissedBefore are providers that had answered by then without a hit.
	MissedBefore []string     `json:"missedBefore"`
	Expected     *Expectation `json:"expected"`
}

// RunPlan is the order in which a run asks its providers.
type RunPlan struct {
	RunID string `json:"runId"`
	// Waterfall is the name of its waterfall.
	Waterfall string `json:"waterfall"`
	// Email is the strategy for e-mail addresses, Phone for phone numbers: "tiers", "cheapest", "fastest" or "fixed".
	Email string     `json:"email"`
	Phone string     `json:"phone"`
	Steps []PlanStep `json:"steps"`
}

// Plan reads why the providers of a run were asked in this order, with those that were not reached.
func (c *Client) Plan(ctx context.Context, runID string) (*RunPlan, error) {
	return get[RunPlan](ctx, c, &call{method: http.MethodGet, path: "/runs/" + url.PathEscape(runID) + "/plan"})
}

// SimulationRequest is another waterfall, by its name or as it would be, and the look-ups.
type SimulationRequest struct {
	// Waterfall is as of Options; empty where there is a Definition.
	Waterfall string `json:"waterfall,omitempty"`
	// Definition has the rules, such as {"strategy": "fixed", "providers": []string{"hunter"}}.
	Definition map[string]any `json:"definition,omitempty"`
	// Days are the last ones, whose look-ups are simulated; 30 when zero.
	Days int `json:"days,omitempty"`
}

// SimulatedAmount is an amount as it was, and as it would have been, with bounds that hold in nine of ten cases.
type SimulatedAmount struct {
	Actual   float64 `json:"actual"`
	Expected float64 `json:"expected"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// Simulation is of look-ups as they were, and as they would have been under another waterfall.
type Simulation struct {
	Waterfall string `json:"waterfall"`
	// Lookups are those that have asked providers.
	Lookups int `json:"lookups"`
	// Simulated are those that are simulated; a sample where there are many.
	Simulated int `json:"simulated"`
	// Replayed are those of which the record has every answer.
	Replayed int `json:"replayed"`
	// Modelled are those with a call whose answer is only believed.
	Modelled int `json:"modelled"`
	// Found are look-ups that found anything.
	Found SimulatedAmount `json:"found"`
	// CostUSD is what the providers charge for finding.
	CostUSD SimulatedAmount `json:"costUsd"`
	// Seconds are what the calls of a look-up take together, on average.
	Seconds SimulatedAmount `json:"seconds"`
}

// Simulate asks what recorded look-ups would have come to under another waterfall; nothing is asked or charged.
func (c *Client) Simulate(ctx context.Context, request SimulationRequest) (*Simulation, error) {
	body, err := encode(request)
	if err != nil {
		return nil, err
	}
	headers := map[string]string{"Content-Type": "application/json"}
	return get[Simulation](ctx, c, &call{method: http.MethodPost, path: "/simulations", body: body, headers: headers, submits: true})
}
