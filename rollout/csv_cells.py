"""Cells of CSV files that spreadsheets open: formulas are disarmed, and read back unchanged."""

import re

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula: one that looks so gets an apostrophe.

    Numbers such as -1,5 stay.
    """
    is_number = re.fullmatch(r"-?[0-9]+([.,][0-9]+)?", cell)
    return f"'{cell}" if _looks_like_a_formula(cell) and not is_number else cell


def unguarded(cell: str) -> str:
    """Return a cell as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and _looks_like_a_formula(cell[1:]) else cell


def _looks_like_a_formula(cell: str) -> bool:
    """Tell whether a cell is a formula, or would be one once an apostrophe is taken away."""
    return cell.lstrip("'").startswith(FORMULA)
