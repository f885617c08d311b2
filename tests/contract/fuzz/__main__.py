"""``python -m tests.contract.fuzz --seconds 600``: the fuzzer at full length against a stack of its own, key by key."""

import secrets
import sys

import click
import msgspec

from tests.contract.fuzz.campaign import KEYS, OPERATIONS, REFUSING, Outcome, fuzz, quick_stack

# After its time is up the fuzzer ends the case that it is at, and writes its reports.
PATIENCE = 300.0


@click.command()
@click.option("--seconds", type=click.IntRange(min=10), default=600, show_default=True, help="For each key.")
@click.option("--key", "keys", type=click.Choice(list(KEYS)), multiple=True, help="Only this one; may be repeated.")
@click.option("--seed", type=int, help="To repeat a run; a new one unless given.")
@click.option(
    "--examples", type=click.IntRange(min=1), default=100, show_default=True, help="Of an operation, a round."
)
def main(*, seconds: int, keys: tuple[str, ...], seed: int | None, examples: int) -> None:
    """Fuzz every operation with right and wrong data, and sequences of them; ends with 1 when anything disagreed."""
    number = secrets.randbelow(1_000_000) if seed is None else seed
    agreed = True
    with quick_stack() as up:
        for key in keys or tuple(KEYS):
            bounds = ("--max-time", str(seconds), "--max-examples", str(examples), "--seed", str(number))
            outcome, said = fuzz(up, key, *bounds, patience=seconds + PATIENCE)
            if outcome.failures:
                click.echo(said)
            _tell(outcome, number)
            agreed = agreed and not outcome.failures
    sys.exit(0 if agreed else 1)


def _tell(outcome: Outcome, seed: int) -> None:
    told = msgspec.to_builtins(outcome) | {"seed": seed}
    # Only what was not reached, or not with wrong data, is worth telling.
    told["reached"] = {
        name: outcome.reached.get(name, [])
        for name in sorted(OPERATIONS)
        if len(outcome.reached.get(name, [])) < 1 + (name in REFUSING)
    }
    click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
    click.echo(
        f"{outcome.key}: {sum(outcome.cases.values())} cases of {outcome.tested}/{outcome.operations} operations,"
        f" {outcome.checks} checks, {len(outcome.failures)} failures"
    )


if __name__ == "__main__":
    main()
