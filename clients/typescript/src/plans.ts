// The plan of a run: in which order its providers were asked, and why; and what another order would come to.

import type { AttemptOutcome, Expectation, Field, Known, Tier } from "./models.js";

/** How the providers of a field are ordered. */
export type Strategy = Known<"cheapest" | "fastest" | "fixed" | "tiers">;

/** One provider of a plan: asked, skipped or not reached. */
export interface PlanStep {
  field: Field;
  provider: string;
  tier: Tier;
  route: string | null;
  outcome: AttemptOutcome | null;
  reason: string | null;
  /** Providers that had answered by then without a hit. */
  missedBefore: string[];
  expected: Expectation | null;
}

/** The plan of a run: its waterfall by name, the strategy of each field, and the providers in their order. */
export interface RunPlan {
  runId: string;
  waterfall: string;
  email: Strategy;
  phone: Strategy;
  steps: PlanStep[];
}

/** An amount as it was, and as it would have been, with bounds that hold in nine of ten cases. */
export interface SimulatedAmount {
  actual: number;
  expected: number;
  low: number;
  high: number;
}

/** Look-ups as they were, and as they would have been under another waterfall. */
export interface Simulation {
  waterfall: string;
  /** Look-ups that have asked providers. */
  lookups: number;
  /** Those that are simulated; a sample where there are many. */
  simulated: number;
  /** Those of which the record has every answer. */
  replayed: number;
  /** Those with a call whose answer is only believed. */
  modelled: number;
  /** Look-ups that found anything. */
  found: SimulatedAmount;
  /** What the providers charge for finding. */
  costUsd: SimulatedAmount;
  /** What the calls of a look-up take together, on average. */
  seconds: SimulatedAmount;
}
