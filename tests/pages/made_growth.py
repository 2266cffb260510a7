"""Proposed mains of the made-up city."""

from __future__ import annotations

from typing import Any

from pages.made_rows import NO_WORDS

from gis.pages.supply_rows import ExtensionView, Joined, MainLine


def growth(villages: list[dict[str, Any]], kind: str) -> ExtensionView:
    """Two mains and two villages, one in time; the public is told no load and no money."""
    exact = kind == "planner"
    mains: list[MainLine] = [
        {
            "branch_id": str(n + 1),
            "dn_mm": dn,
            "length_m": 1800.0 - 700 * n,
            "kw": 1760.3 if exact else None,
            "loss_kw": 45.0 if exact else None,
            "heat_mwh_a": 5887.4 if exact else None,
            "mwh_per_m_a": 0.882 - 0.4 * n if exact else None,
            "thin": exact and n == 1,
            "upsized": False,
            "capital_cny": 2_958_774.0 if exact else None,
            "list_cny": (2_640_000.0, 1_650_000.0)[n] if exact else None,
            "villages": [villages[n]["code"]],
            "streets": "延平街" if n == 0 else "",
        }
        for n, dn in enumerate((150, 80))
    ]
    joined: list[Joined] = [
        {
            "code": villages[n]["code"],
            "homes": 555 if exact else None,
            "new_m": 1800.0,
            "own_pipe_m": 900.0 if exact else None,
            "cost_cny_a": 3626.1 if exact else None,
            "network_cny_a": 1168.5 if exact else None,
            "individual": "electric" if exact and n else "",
            "individual_cny_a": 3300.0 if exact and n else None,
            "runs_on": "2024-11-12" if n == 0 else "2025-05-09",
            "in_time": n == 0,
            "way": {"zh": "沿延平街新建 1,800 米", "en": "1,800 m along 延平街"}
            if exact
            else NO_WORDS,
        }
        for n in range(2)
    ]
    return {
        "mains": mains,
        "villages": joined,
        "built_m": 2900.0,
        "invest_cny": 9_671_116.0 if exact else None,
        "loss_kw": 90.0 if exact else None,
        "gap": 0.00012,
        "status": "optimal",
    }
