"""Read policy.toml into a Policy; keys it leaves out take the shipped defaults."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from gis.errors import InputError, Problem, Text
from gis.layers.toml_model import closest_key, parse_model, read_toml
from gis.policy.effects import DEVICE_PRICES, keys_without_effect, without_retired
from gis.policy.model import Policy
from gis.policy.quantities import Provenance, inherited, plain_values, put, range_ends

# A city may write a unit its own way ("元/户" or "CNY"), but not at another scale of the same
# quantity: the value would be silently wrong.
_SCALES = (
    {"m", "km", "cm", "mm", "千米", "公里", "里"},
    {"kW", "W", "MW", "兆瓦"},
    {"kVA", "VA", "MVA"},
    {"MWh", "kWh", "Wh", "GJ", "MJ"},
    {"t", "kg", "万t", "万吨"},
    {"1", "%", "％", "‰"},
    {"CNY", "万元", "分", "角"},
    {"d", "a", "月", "周"},
)


def read_policy(path: Path, scenario: str | None = None) -> Policy:
    """Read a policy, with the overrides of a scenario if one is named.

    Args:
        path: The policy.toml.
        scenario: The name of a `[scenario.<name>]` section.

    Raises:
        InputError: The file cannot be read, a key is unknown or missing, a value is out of range, a
            unit differs from the expected one, or the scenario does not exist.
    """
    written = read_toml(path)
    defaults = tomllib.loads(files("gis.policy").joinpath("defaults.toml").read_text("utf-8"))
    policy = _assemble(written, defaults, path)
    for name in policy.scenario:  # validates every scenario, not only the one in use
        overridden = _assemble(_override(written, policy.scenario[name].changes), defaults, path)
        if name == scenario:
            return overridden
    if scenario is not None:
        raise _unknown_scenario(scenario, policy, path)
    return policy


def read_overridden(path: Path, scenario: str | None, above: Mapping[str, Any]) -> Policy:
    """The policy, or a scenario of it, with some more of its keys changed.

    Args:
        path: The policy.toml.
        scenario: The name of a scenario; None: the plan itself.
        above: What is changed, as a scenario would have it.

    Raises:
        InputError: As `read_policy`.
    """
    written = read_toml(path)
    defaults = tomllib.loads(files("gis.policy").joinpath("defaults.toml").read_text("utf-8"))
    if scenario is not None:
        known = read_policy(path).scenario.get(scenario)
        written = _override(written, known.changes if known else {})
    return _assemble(_override(written, above), defaults, path)


def _assemble(written: dict[str, Any], defaults: dict[str, Any], path: Path) -> Policy:
    written, retired = without_retired(written)
    written = _spread_devices(written, defaults, path)
    defaults = _without_replaced(written, defaults)
    sources: dict[str, Provenance] = {}
    shipped = _strip_quantities(defaults, sources, "", path)
    units = {key: source.unit for key, source in sources.items()}
    sources = {key: source.model_copy(update={"default": True}) for key, source in sources.items()}
    scenarios = written.get("scenario", {})
    own_sources: dict[str, Provenance] = {}
    plain = _strip_quantities(
        {k: v for k, v in written.items() if k != "scenario"}, own_sources, "", path
    )
    _check_units(own_sources, units, path)
    own_sources = {
        key: source if source.unit else source.model_copy(update={"unit": units.get(key, "")})
        for key, source in own_sources.items()
    }
    own_sources = inherited(own_sources, sources, dict(plain_values(plain)))
    default_routes = {route["route"]: route for route in shipped.pop("routes")}
    merged = _override(shipped, plain) | ({"scenario": scenarios} if scenarios else {})
    if isinstance(plain.get("routes"), list):
        merged["routes"] = [
            _with_default_devices(route, default_routes) for route in plain["routes"]
        ]
    policy = parse_model(Policy, merged, path)
    priced = frozenset(shipped["prices"]["equipment_cny"])
    for key, said in keys_without_effect(plain, policy, priced):
        message = Text(f"{path.name}：{said.zh}", f"{path.name}: {said.en}")
        raise _input_error("key_without_effect", path, key, message)
    _check_ends(merged, sources | own_sources, path)
    of_routes = {key for key in sources if key.startswith("routes.")}
    left_out = {
        f"routes.{route['route']}.{key}"
        for route in plain["routes"]
        for key in default_routes.get(route["route"], {}).keys() - route.keys()
    }
    sources = {key: one for key, one in sources.items() if key not in of_routes - left_out}
    stated = [key for key, _ in plain_values(plain)]
    return policy.sourced(sources | own_sources, {*stated, *retired})


def _without_replaced(written: Mapping[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The defaults without their simultaneity by homes, where a policy has one of its own.

    One figure that a policy states is that of every transformer, unless it has a table beside it.
    """
    electric = written.get("electric")
    if not isinstance(electric, dict) or not electric.keys() & {"simultaneity", _BY_HOMES}:
        return defaults
    own = {key: entry for key, entry in defaults["electric"].items() if key != _BY_HOMES}
    return defaults | {"electric": own}


_BY_HOMES = "simultaneity_up_to"
# The keys of a device → the table of the policy that each is put into.
_DEVICE_TABLES = {"kw": ("electric", "device_kw")} | {
    kind: ("prices", kind) for kind in DEVICE_PRICES
}


def _spread_devices(
    written: dict[str, Any], defaults: Mapping[str, Any], path: Path
) -> dict[str, Any]:
    """The policy with each [devices.NAME] in the devices of its route and in the tables of devices.

    Raises:
        InputError: A device has an unknown key, no listed route, or a value that its table has too.
    """
    devices = written.get("devices")
    if not isinstance(devices, dict):
        return written
    sections = copy.deepcopy({key: entry for key, entry in written.items() if key != "devices"})
    for name, own in devices.items():
        key = f"devices.{name}"
        if not isinstance(own, dict):
            raise _device_without_route(path, key, own)
        _check_known(own, ("route", *_DEVICE_TABLES), key, path)
        _offer(sections, defaults, name, own.get("route"), path)
        for kind in (one for one in _DEVICE_TABLES if one in own):
            section, table = _DEVICE_TABLES[kind]
            values = _table(_table(sections, section), table)
            if name in values:
                raise _device_twice(path, f"{key}.{kind}", f"[{section}.{table}]", name)
            values[name] = own[kind]
    return sections


def _device_twice(path: Path, key: str, table: str, name: str) -> InputError:
    return _input_error(
        "device_twice",
        path,
        key,
        Text(
            f"{path.name} 的 {key} 与 {table} 中的 {name} 重复；只写一处。",
            f"{path.name}: {key} is in {table} as {name} too; write it in one place.",
        ),
    )


def _table(within: dict[str, Any], key: str) -> dict[str, Any]:
    """The table at `key`, made if it is not there; a detached one where something else stands."""
    found = within.setdefault(key, {})
    return found if isinstance(found, dict) else {}


def _offer(
    policy: dict[str, Any],
    defaults: Mapping[str, Any],
    name: str,
    route: Any,  # noqa: ANN401  as written
    path: Path,
) -> None:
    """Add a device to the devices of its route, behind those that are listed or shipped."""
    routes = policy.get("routes")
    listed = routes if isinstance(routes, list) else []
    named = [one for one in listed if isinstance(one, dict) and one.get("route") == route]
    mine = named[0] if named and isinstance(route, str) else None
    if mine is None:
        raise _device_without_route(path, f"devices.{name}.route", route)
    shipped = [one["devices"] for one in defaults["routes"] if one["route"] == route]
    offered = mine.get("devices", shipped[0] if shipped else [])
    there = offered["value"] if isinstance(offered, dict) and "value" in offered else offered
    if isinstance(there, list) and name not in (*there, *mine.get("not_in_tender", ())):
        mine["devices"] = [*there, name]


def _device_without_route(path: Path, key: str, found: object) -> InputError:
    return _input_error(
        "device_without_route",
        path,
        key,
        Text(
            f'{path.name} 的 {key} 为 {found!r}；应写 route = "方案所列的一种方式"，如 "electric"。',
            f"{path.name}: {key} is {found!r}; give it route = one of the routes of the plan, "
            'such as "electric".',
        ),
    )


def _with_default_devices(
    route: Any,  # noqa: ANN401  as written
    default_routes: Mapping[str, dict[str, Any]],
) -> Any:  # noqa: ANN401
    """A route with the default devices where it lists none."""
    return (
        default_routes.get(str(route.get("route")), {}) | route
        if isinstance(route, dict)
        else route
    )


def _strip_quantities(
    table: Mapping[str, Any], sources: dict[str, Provenance], prefix: str, path: Path
) -> dict[str, Any]:
    """`table` with each quantity { value, unit, … } replaced by its value; fills `sources`."""
    plain: dict[str, Any] = {}
    for name, entry in table.items():
        key = f"{prefix}{name}"
        if isinstance(entry, dict) and "value" in entry:
            described = {word: text for word, text in entry.items() if word != "value"}
            sources[key] = parse_model(Provenance, _check_quantity_keys(described, key, path), path)
            _check_range(sources[key], entry["value"], key, path)
            plain[name] = entry["value"]
        elif isinstance(entry, dict):
            plain[name] = _strip_quantities(entry, sources, f"{key}.", path)
        elif name == "routes" and isinstance(entry, list):
            plain[name] = [
                _strip_quantities(one, sources, f"{key}.{one.get('route')}.", path)
                if isinstance(one, dict)
                else one
                for one in entry
            ]
        else:
            plain[name] = entry
            number = isinstance(entry, int | float) and not isinstance(entry, bool)
            if number and not key.startswith("policy."):
                sources[key] = Provenance()
    return plain


def _check_quantity_keys(described: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    known = [one for one in Provenance.model_fields if one not in ("default", "range_source")]
    _check_known(described, known, key, path)
    return described


def _check_known(described: Mapping[str, Any], known: Sequence[str], key: str, path: Path) -> None:
    unknown = [name for name in described if name not in known]
    if not unknown:
        return
    near = closest_key(unknown[0], known, 0.0)
    raise _input_error(
        "unknown_key",
        path,
        f"{key}.{unknown[0]}",
        Text(
            f"{path.name} 中没有 {key}.{unknown[0]} 这个键；最接近的是 {near}。",
            f"{path.name}: unknown key {key}.{unknown[0]}; the nearest known key is {near}.",
        ),
    )


def _check_range(
    source: Provenance,
    value: Any,  # noqa: ANN401  as written
    key: str,
    path: Path,
) -> None:
    low, high = source.low, source.high
    if low is None and high is None:
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and (low is None or low <= value) and (high is None or value <= high):
        return
    raise _input_error(
        "range_without_value",
        path,
        key,
        Text(
            f"{path.name} 的 {key} 取值 {value} 不在 low（{low}）与 high（{high}）之间；请核对三者。",
            f"{path.name}: {key} is {value}, which is not between low ({low}) and high ({high}); "
            "check the three of them.",
        ),
    )


def _check_ends(merged: dict[str, Any], sources: Mapping[str, Provenance], path: Path) -> None:
    """The policy must be valid at both ends of its ranges.

    Raises:
        InputError: An end is no possible value.
    """
    for values in range_ends(sources):
        at_end = copy.deepcopy(merged)
        for key, value in values.items():
            put(at_end, key, int(value) if value == int(value) else value)
        try:
            parse_model(Policy, at_end, path)
        except InputError as error:
            own = error.problems[0]
            raise _input_error(
                "range_end_impossible",
                path,
                own.column,
                Text(
                    f"{path.name} 有一个量的 low 或 high 不是可用的值：{own.message.zh}",
                    f"{path.name}: the low or high of a quantity is no possible value: "
                    f"{own.message.en}",
                ),
            ) from error


def _check_units(
    own_sources: Mapping[str, Provenance], units: Mapping[str, str], path: Path
) -> None:
    for key, source in own_sources.items():
        expected = units.get(key, "")
        if any({source.unit, expected} <= scale for scale in _SCALES) and source.unit != expected:
            raise _input_error(
                "wrong_unit",
                path,
                key,
                Text(
                    f"{path.name} 的 {key} 单位写作 {source.unit}；应为 {expected}，请换算后填写。",
                    f"{path.name}: {key} is given in {source.unit}; "
                    f"expected {expected}, convert it first.",
                ),
            )


def _override(base: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the entries of `above`; tables merge key by key, quantities are replaced."""
    merged = dict(base)
    for key, entry in above.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(entry, dict) and "value" not in entry:
            merged[key] = _override(below, entry)
        else:
            merged[key] = entry
    return merged


def _unknown_scenario(name: str, policy: Policy, path: Path) -> InputError:
    known = "、".join(_scenario_names(policy)) or "（无）"
    known_en = ", ".join(_scenario_names(policy)) or "(none)"
    return _input_error(
        "unknown_scenario",
        path,
        f"scenario.{name}",
        Text(
            f"{path.name} 中没有情景 {name}；已有：{known}。",
            f"{path.name}: there is no scenario {name}; there are: {known_en}.",
        ),
    )


def _scenario_names(policy: Policy) -> Iterator[str]:
    yield from sorted(policy.scenario)


def _input_error(code: str, path: Path, key: str, message: Text) -> InputError:
    problem = Problem(path.name, code, None, key, "", message, message, blocking=True)
    return InputError(message, (problem,))
