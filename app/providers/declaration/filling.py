"""Fill templates: texts, objects and lists with placeholders for the inputs of a contact and the parts of a ticket."""

import re
from collections.abc import Callable, Mapping

PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Fills a template with inputs by their names.
Fill = Callable[[Mapping[str, str]], object]


def fill(template: object, values: Mapping[str, str]) -> object:
    """Replace the placeholders in a template, nested ones too.

    Returns:
        The filled template; None where an input is unknown or nothing is left.
    """
    return compiled(template)(values)


def compiled(template: object) -> Fill:
    """Return the function that fills a template, for one that is filled often; see `fill`."""
    if isinstance(template, str):
        return _compiled_text(template)
    if isinstance(template, dict):
        members = [(name, _single(value), compiled(value)) for name, value in template.items()]

        def fill_members(values: Mapping[str, str]) -> object:
            kept = {}
            for name, single, part in members:
                value = values.get(single) if single is not None else part(values)
                if value is not None:
                    kept[name] = value
            return kept if kept or not members else None

        return fill_members
    if isinstance(template, list | tuple):
        parts = [compiled(part) for part in template]

        def fill_items(values: Mapping[str, str]) -> object:
            items = [item for part in parts if (item := part(values)) is not None]
            return items if items or not parts else None

        return fill_items
    return lambda _: template


def _single(template: object) -> str | None:
    """Return the name in a text that is one placeholder and nothing else."""
    alone = PLACEHOLDER.fullmatch(template) if isinstance(template, str) else None
    return alone[1] if alone else None


def _compiled_text(template: str) -> Fill:
    """Return the function that fills a text; None where one of its inputs is unknown."""
    # Texts and names take turns.
    parts = PLACEHOLDER.split(template)
    names = parts[1::2]
    if not names:
        return lambda _: template
    if parts == ["", names[0], ""]:
        return lambda values: values.get(names[0])

    def fill_text(values: Mapping[str, str]) -> str | None:
        filled = parts.copy()
        try:
            filled[1::2] = [values[name] for name in names]
        except KeyError:
            return None
        return "".join(filled)

    return fill_text
