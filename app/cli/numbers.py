"""Numbers on the command line."""

import math
from typing import Any

import click


class NumberRange(click.FloatRange):
    """A number within bounds, which nan never is: no comparison with a bound fails."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 - click's
        """Read a number.

        Raises:
            click.BadParameter: It is none, or out of the bounds.
        """
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number
