"""What the service must answer, as the contract says it: accounts, cache and look-ups in flight as dictionaries."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.contract.facts import FIELDS, Account, Key, Known, Run, left, look_up

Place = tuple[str, str, str, str]


@dataclass(kw_only=True)
class Cascade:
    """A look-up in flight and the runs that wait for it; `asked` once a vendor was called.

    Attributes:
        before: Fields and providers that are not asked again.
        paid_at: When the look-up ended that it completes at no charge.
    """

    runs: list[Run] = field(default_factory=list)
    asked: bool = False
    before: frozenset[tuple[str, str]] = frozenset()
    paid_at: int | None = None


class Model:
    """Everything that the service should know.

    Attributes:
        flights: By account, mode, person and type.
        cache: By account, mode and person; then by type.
        ends: How often what was in flight has ended.
        refunds: Results whose charge each plan gives back.
    """

    def __init__(self, note: Callable[[str], object]) -> None:
        """Start empty; `note` gets the situations that come up."""
        self._note = note
        self.accounts: dict[str, Account] = {}
        self.runs: dict[str, Run] = {}
        self.flights: dict[Place, Cascade] = {}
        self.cache: dict[tuple[str, str, str], dict[str, Known]] = {}
        self.ends = 0
        self.refunds: dict[str, frozenset[str]] = {}

    def cached(self, key: Key, name: str, kind: str, *, since: int = -1) -> Known | None:
        """Return the newest answer from the cache that ended after `since`, if there is one."""
        entries = self.cache.get((key.account, key.mode, name), {})
        told = [entry.about(kind) for of, entry in entries.items() if of in {kind, "all"} and entry.at > since]
        missed = self.missed(key, name, since=since)
        whole = [
            known for known in told if known and (any(known.parts.values()) or not left(key.mode, name, kind, missed))
        ]
        return max(whole, key=lambda known: known.at, default=None)

    def missed(self, key: Key, name: str, *, since: int = -1) -> frozenset[tuple[str, str]]:
        """Return who has said, as the cache knows it, that it does not know a field of somebody."""
        entries = self.cache.get((key.account, key.mode, name), {})
        return frozenset(one for entry in entries.values() if entry.at > since for one in entry.missed)

    def paid_at(self, key: Key, name: str, kind: str, *, since: int = -1) -> int | None:
        """Return when the look-up ended that was paid for, where one would be completed."""
        entries = self.cache.get((key.account, key.mode, name), {})
        paid = [entry.at for of, entry in entries.items() if of in {kind, "all"} and entry.paid and entry.at > since]
        return max(paid, default=None)

    def reserves_nothing(self, key: Key, name: str, kind: str) -> bool:
        """Return whether a batch sets nothing aside for somebody: who is found, or was paid for."""
        known = self.cached(key, name, kind)
        return self.paid_at(key, name, kind) is not None or bool(known and any(known.parts.values()))

    def required(self, key: Key, names: list[str], kind: str, *, force: bool) -> int:
        """Return what submitting these contacts together costs: once for each that is neither known nor in flight."""
        fresh = {
            name
            for name in names
            if (key.account, key.mode, name, kind) not in self.flights
            and (force or not (self.cached(key, name, kind) or self.paid_at(key, name, kind) is not None))
        }
        return key.price(kind) * len(fresh)

    def accept(self, run: Run, *, force: bool = False, since: int | None = None) -> Run:
        """Accept one contact: answered from the cache, joined, or charged.

        Args:
            run: As it was submitted.
            force: Whether the cache is passed over.
            since: Of a batch that forces a refresh: what ended later answers nevertheless.
        """
        key, place = run.key, (run.key.account, run.key.mode, run.name, run.kind)
        known = self.cached(key, run.name, run.kind, since=-1 if since is None else since)
        self.runs[run.id] = run
        if known and not (force and since is None):
            self._note("cached")
            run.known, run.cached = known, True
        elif place in self.flights:
            self._note("joined, asked" if self.flights[place].asked else "joined, not asked")
            self.flights[place].runs.append(run)
            run.before = self.flights[place].before
        else:
            self._note("looked up again" if known else "looked up")
            after = self.ends if force and since is None else -1 if since is None else since
            run.before = frozenset(one for one in self.missed(key, run.name, since=after) if one[0] in FIELDS[run.kind])
            paid_at = self.paid_at(key, run.name, run.kind, since=after)
            run.credits = key.price(run.kind) if paid_at is None else 0
            self.accounts[key.account].spent += run.credits
            self.flights[place] = Cascade(runs=[run], before=run.before, paid_at=paid_at)
        return run

    def cancel(self, chosen: list[Run]) -> None:
        """Cancel runs: credits come back unless a vendor was called; another that waits on pays then, at its price."""
        for place, cascade in list(self.flights.items()):
            mine = [run for run in cascade.runs if run in chosen]
            others = [run for run in cascade.runs if run not in chosen]
            for run in mine:
                run.cancelled = True
                if run.credits and not cascade.asked:
                    self._note("cancelled, another pays" if others else "cancelled, credits back")
                    back = run.credits
                    for heir in sorted(others, key=lambda run: run.id)[:1]:
                        heir.credits = min(back, heir.key.price(heir.kind))
                        back -= heir.credits
                    self.accounts[run.key.account].spent -= back
                    run.credits = 0
                elif run.credits:
                    self._note("cancelled, asked already")
            cascade.runs = others
            if not others:
                del self.flights[place]

    def take(self, generation: int) -> None:
        """Let every look-up reach a vendor; where there is nobody to ask it ends."""
        for place, cascade in list(self.flights.items()):
            _, mode, name, kind = place
            cascade.asked = look_up(mode, name, kind, generation, self.ends, before=cascade.before)[0].asked
            if not cascade.asked:
                self._end(place, generation)

    def settle(self, generation: int) -> None:
        """End every look-up."""
        self.ends += 1
        for place in list(self.flights):
            self._end(place, generation)

    def _end(self, place: Place, generation: int) -> None:
        account, mode, name, kind = place
        cascade = self.flights.pop(place)
        known, _ = look_up(mode, name, kind, generation, self.ends, before=cascade.before)
        for run in cascade.runs:
            run.known = known
            if run.credits and (not known.asked or known.status in self.refunds.get(run.key.plan, ())):
                self._note("given back" if known.asked else "given back, nobody asked")
                self.accounts[account].spent -= run.credits
                run.credits = 0
        if known.parts:
            paid = cascade.paid_at is not None or any(run.credits for run in cascade.runs)
            at = cascade.paid_at if cascade.paid_at is not None and known.status == "not_found" else known.at
            self.cache.setdefault((account, mode, name), {})[kind] = replace(known, paid=paid, at=at)
