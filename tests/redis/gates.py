"""The gate that the gate tests knock at."""

from collections.abc import Sequence

from app.domain.vocabulary import Field
from app.domain.waterfall.provider_limits import GateKey, GateOpen, Limit
from app.redis.provider_gate import ProviderGate

KEY = GateKey(provider="acme", field=Field.EMAIL, route="person", credential="c1", closes_for=3600)


def key(**changes: object) -> GateKey:
    members: dict[str, object] = {name: getattr(KEY, name) for name in KEY.__struct_fields__}
    return GateKey(**(members | changes))  # type: ignore[arg-type]


async def opened(gate: ProviderGate, limits: Sequence[Limit], times: int, which: GateKey = KEY) -> int:
    answers = [await gate.enter(which, limits) for _ in range(times)]
    return sum(isinstance(answer, GateOpen) for answer in answers)
