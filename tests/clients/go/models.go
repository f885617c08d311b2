package main

import (
	"reflect"
	"strings"

	"leadrun.example/leadrun"
)

// types are the client's, by the names of the specification.
var types = map[string]any{
	"Run": leadrun.Run{}, "RunResult": leadrun.RunResult{}, "Validation": leadrun.Validation{},
	"RunFault": leadrun.RunFault{}, "Attempt": leadrun.Attempt{}, "EmailFound": leadrun.EmailFound{},
	"PhoneFound": leadrun.PhoneFound{}, "CreditBalance": leadrun.CreditBalance{}, "Provider": leadrun.Provider{},
	"Usage": leadrun.Usage{}, "UsageRow": leadrun.UsageRow{}, "Feedback": leadrun.Feedback{},
	"Batch": leadrun.Batch{}, "BatchAccepted": leadrun.Batch{}, "BatchRowError": leadrun.RowFault{},
	"BatchReading": leadrun.Reading{}, "ColumnFills": leadrun.ColumnUse{}, "BatchPreview": leadrun.BatchPreview{},
	"Quote": leadrun.Quote{}, "QuoteInterval": leadrun.Interval{}, "QuoteCredits": leadrun.QuoteCredits{},
	"Expectation": leadrun.Expectation{}, "RunPlan": leadrun.RunPlan{}, "PlanStep": leadrun.PlanStep{},
	"Simulation": leadrun.Simulation{}, "SimulatedAmount": leadrun.SimulatedAmount{},
	"SimulationRequest": leadrun.SimulationRequest{},
	"JobEvent":          leadrun.JobData{}, "Progress": leadrun.JobProgress{}, "JobMeta": leadrun.JobMeta{},
	"ContactEvent": leadrun.ContactData{}, "EndpointDisabledEvent": leadrun.EndpointNotice{},
	"Endpoint": leadrun.Endpoint{}, "Delivery": leadrun.Delivery{},
	"RunRequest": leadrun.Contact{}, "LookupRequest": leadrun.Lookup{}, "VerifyRequest": leadrun.Verification{},
}

// models says which members the client's types have, and the JSON kind of each.
func models() {
	said := map[string]map[string]string{}
	for name, one := range types {
		said[name] = map[string]string{}
		members(reflect.TypeOf(one), said[name])
	}
	say(said)
}

func members(of reflect.Type, into map[string]string) {
	for at := range of.NumField() {
		field := of.Field(at)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous {
			members(field.Type, into)
		} else if name != "" && name != "-" {
			into[name] = kindOf(field.Type)
		}
	}
}

func kindOf(one reflect.Type) string {
	switch one.Kind() {
	case reflect.Pointer:
		return kindOf(one.Elem())
	case reflect.Int:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice:
		return "array"
	case reflect.String:
		return "string"
	}
	if one == reflect.TypeOf(leadrun.Time{}) {
		return "string"
	}
	return "object"
}
