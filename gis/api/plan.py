"""A decided plan as (Geo)DataFrames, in yuan, metres and kVA."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis import decide, i18n, publish
from gis.api.explanation import Explanation, card
from gis.api.plan_tables import (
    gap_frame,
    household_frame,
    in_yuan,
    network_frame,
    village_frame,
    with_categories,
    zone_frame,
)
from gis.api.problem_groups import group_table, grouped
from gis.api.project_files import row_label
from gis.errors import InputError, Text, UsageError
from gis.report.demand import emission_table, measured_scenario, measured_table
from gis.report.metadata import summary
from gis.report.output_tables import (
    decision_table,
    target_table,
    tried_table,
    waiting_table,
)
from gis.report.sensitivity_book import effect_table, robustness_table
from gis.report.supply_book import supply_table

if TYPE_CHECKING:
    from datetime import date

    import folium
    import geopandas as gpd

    from gis.api.run import Run


class Plan:
    """What was decided under one scenario.

    Tables are sorted and have an index that joins: villages by village_code, households by
    household_id, zones by zone_id. Columns of codes are categorical and have the same categories
    in every plan. `explore` of GeoPandas shows cells as HTML; `map` shows them as text. Money is in
    yuan: each amount is the number nearest to whole fen, so that `(amount * 100).round()` is the
    exact amount in fen; unknown is NaN, never 0. Geometry is in the project's CRS [m].
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    def __repr__(self) -> str:
        project, scenario = self.run.inputs.project, self.scenario
        under = f", scenario {scenario!r}" if scenario else ""
        return f"Plan({project.name!r}, as of {project.as_of}{under})"

    def _repr_html_(self) -> str:
        """The plan as a card for a notebook: how many villages or parts have each route."""
        project, words = self.run.inputs.project, i18n.messages("terms")["approach"]
        under = f"，情景 / scenario {self.scenario}" if self.scenario else ""
        lines = [f"{project.title.zh} / {project.title.en}", f"截至 / as of {self.as_of}{under}"]
        for route, count in self.run.plan.decisions.villages["approach"].value_counts().items():
            said = i18n.format_message(words, str(route))
            lines.append(f"  {said.zh} / {said.en}  {count:,}")
        return card(lines)

    @property
    def scenario(self) -> str | None:
        """The scenario of the policy; None: the plan itself."""
        return self.run.inputs.scenario

    @property
    def as_of(self) -> date:
        """The day that everything is judged on."""
        return self.run.inputs.as_of

    @cached_property
    def villages(self) -> gpd.GeoDataFrame:
        """One row a village, by village_code.

        A split village has the route, reason and clause of its larger part; its counts and costs
        are of the whole village. `parts` says in how many it is split; `decisions` has each.
        Columns: village, township_code, township, remote_mountain, rural, approach, status,
        computed, dissent, clause, reason, reason_en, device, runner_up, flip_margin,
        flip_margin_en, gap, document_no, unplaced (households without a usable place, in no share),
        parts, households, pending, batch, served_share, pipe_m, in_zone (households),
        heat_by_median, heat_by_area, heat_by_default (homes to convert, by what their annual heat
        rests on), cost_cny_a, runner_up_cost_cny_a, geometry.
        """
        return village_frame(self.run, self.decisions)

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """One row a village or part of a split village, by village_code and part ("": the whole).

        The columns of decisions.csv; costs of the whole village or part.
        """
        return with_categories(decision_table(self.run.results)).set_index(["village_code", "part"])

    @cached_property
    def tried(self) -> pd.DataFrame:
        """One row a village or part and route that was tried, in the plan's order.

        eligible, has_capacity, the code and words of the reason, clause, cost_cny_a.
        """
        return with_categories(tried_table(self.run.plan.decisions)).set_index(
            ["village_code", "part"]
        )

    @cached_property
    def households(self) -> gpd.GeoDataFrame:
        """One row a row of the ledger, by household_id; points, None where the place is unknown.

        The columns of households.parquet, none of them personal. `status` is placed, outside or
        rejected; rejected rows keep their id, which may be blank or stand in several of them.
        """
        return household_frame(self.run.results)

    @cached_property
    def zones(self) -> gpd.GeoDataFrame:
        """One row a coal-ban zone in force, by zone_id.

        verdict (cleared, not_cleared, unconfirmed), inside = cleared + not_cleared + unknown,
        undecidable, share_certain, share_possible (0 to 1), coal_findings, open_complaints, reason
        …
        """
        return zone_frame(self.run)

    @cached_property
    def gaps(self) -> gpd.GeoDataFrame:
        """One row a coverage gap, by gap_id, in order of rank.

        kind, village_code, households, in_zone, asset (what would close it), asset_amount in
        asset_unit, cost_cny, cost_per_household_cny, reason, clause; a point in the middle of it.
        """
        return gap_frame(self.run)

    @cached_property
    def progress(self) -> pd.DataFrame:
        """One row a unit and mode with a target or completions, by unit_code and mode [households].

        target (NA: none set), decided, batch, completed, late, stock, remaining,
        rate_needed_per_week, forecast_low, forecast_high.
        """
        return target_table(self.run.progress.units).set_index(["unit_code", "mode"])

    @cached_property
    def network(self) -> gpd.GeoDataFrame:
        """The proposed mains, by branch_id; no rows where none are proposed.

        dn_mm, length_m, kw, loss_kw, heat_mwh_a, mwh_per_m_a, thin, capital_cny, upsized, villages,
        streets. `why_no_network` says why the network was not extended.
        """
        return network_frame(self.run)

    @property
    def why_no_network(self) -> str:
        """What the project lacks to extend its network, in Chinese and English; "": nothing."""
        text = self.run.plan.not_extended
        return "" if text is None else f"{text.zh} / {text.en}"

    @cached_property
    def connections(self) -> pd.DataFrame:
        """One row a village that the network could reach, by village_code; empty without one.

        connected, homes, peak_kw, new_m, network_cny, cost_cny_a, individual_route,
        individual_cny_a, runs_on, in_time, and why_zh, why_en where it is not connected.
        """
        extension = self.run.plan.extension
        table = pd.DataFrame() if extension is None else extension.villages
        return with_categories(in_yuan(table)).sort_index()

    @cached_property
    def budget(self) -> pd.DataFrame:
        """One row a village or part with homes to convert, by village_code and part.

        Capital by item (equipment_cny, connection_cny, station_cny, grid_cny) and by payer
        (household_cny, county_cny, company_cny), a year's running_cny_a, running_subsidy_cny_a,
        own_cny_a, cost_cny_a, and avoided emissions. households: those to convert.
        """
        run = self.run.results
        ceilings = decide.subsidy_ceilings(run.facts, run.decisions, run.policy)
        parts = decide.budget(run.route_costs, run.decisions, ceilings).parts
        return with_categories(in_yuan(parts)).set_index(["village_code", "part"]).sort_index()

    @cached_property
    def measured(self) -> pd.DataFrame:
        """Measured heat against what floor area would have said [kWh/m² of a normal winter].

        One row a village and device with metered homes, by village_code and device; then, without a
        village, all homes of a device, and all. metered_homes, measured_kwh_per_m2 (the median),
        measured_low and measured_high (95 %), assumed_kwh_per_m2, measured_ratio, metered_stands.
        """
        return with_categories(measured_table(self.run.results)).set_index(
            ["village_code", "device"]
        )

    @property
    def measured_scenario(self) -> str:
        """The section [scenario.measured] for policy.toml; "": too few homes are metered."""
        return measured_scenario(self.run.results)

    @cached_property
    def emissions(self) -> pd.DataFrame:
        """Coal, emissions [t/a] and bills [yuan a season] before and after the routes in force.

        One row a village or part with homes to convert, by village_code and part; NaN is unknown.
        """
        table = with_categories(emission_table(self.run.results))
        return table.set_index(["village_code", "part"]).sort_index()

    @cached_property
    def loads(self) -> pd.DataFrame:
        """The load of every transformer, by transformer_id [kVA; yuan]; empty without the layer.

        What the grid company states or measured in a heating season (basis), what has come since
        (since_kva), this year's list (year_kva) and what comes later (later_kva), each with its
        homes; state, year_state and total_state: free, heavy, overloaded or unverified; what to
        build (works, works_kva, works_cny, works_on). NaN where nobody has measured a load.
        """
        return in_yuan(self.run.results.transformer_loads).set_index("transformer_id")

    @cached_property
    def waiting(self) -> pd.DataFrame:
        """The villages, or parts, whose route waits for works, by rank, in yuan.

        waiting_route, pending, pending_in_zone, works, transformers (that need works),
        station_homes, station_kw, works_cny (NaN: not known), ready_on (NaT: not known), near_term
        (the route until then), interim.
        """
        return with_categories(waiting_table(self.run.results)).set_index("rank")

    @cached_property
    def supply(self) -> pd.DataFrame:
        """What the winter needs of power, gas, heat and fuel, by quantity and horizon.

        homes, needed, not_counted (homes left out of needed), secured, missing (below 0: short),
        and reason, why something is blank. The unit is the suffix of the quantity; horizon: stock,
        year (with this year's list) or all (with every home to be converted). NaN is unknown.
        """
        return supply_table(self.run.results).set_index(["quantity", "horizon"])

    def sensitivity(self) -> pd.DataFrame:
        """What each unverified number changes alone, at the low and the high end of its range.

        Takes minutes for a county: everything is decided again for each end. Routes are the
        computed ones, rulings left aside. Numbers that routes and costs do not rest on are left
        out.

        Returns:
            One row a number and end, by key and range_end, those that change most homes first:
            parameter, parameter_en, at_value, in_use, unit, changed_villages, changed_homes (to
            convert), effect, effect_en, cost_change_cny_a, grid_change_cny. NaN is unknown.
        """
        found = self.run.robustness(0)
        table = effect_table(found, self.run.inputs.policy)
        return table.set_index(["key", "range_end"])

    def robustness(self, draws: int = 100) -> pd.DataFrame:
        """How sure each village's computed route is, whatever the unverified numbers are.

        All of them are drawn together from their ranges, by a seeded Latin hypercube. Takes
        minutes.

        Args:
            draws: How many times; 0: each number alone, at the ends of its range.

        Returns:
            One row a village with homes to convert, by village_code: township, village,
            computed_routes, certainty (sure or hangs), how_sure, how_sure_en, draws, same_share
            (share of the draws with the same route), other_routes, hangs_on (keys of numbers).

        Raises:
            UsageError: `draws` is negative.
        """
        if draws < 0:
            zh, en = (
                f"draws 应不小于 0，这里是 {draws}。",
                f"draws must be 0 or more, found {draws}.",
            )
            raise UsageError(Text(zh, en))
        found = self.run.robustness(draws)
        table = robustness_table(found, self.run.facts.villages)
        return table.set_index("village_code")

    @cached_property
    def problems(self) -> pd.DataFrame:
        """The problems of the layers and of all stages, as `Project.problems`."""
        label = partial(row_label, self.run.inputs)
        return group_table(grouped(self.run.results.problems), label)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The plan in numbers, as in summary.json."""
        return summary(self.run.results)

    def explain(self, village: str | int, lang: str = "zh") -> Explanation:
        """One village in full: reads as text, shows as a card in a notebook.

        Args:
            village: Its name, or its code of 12 digits.
            lang: Language of the text, zh or en.

        Raises:
            UsageError: No village has that name, or several have.
            InputError: The language is unknown.
        """
        if lang not in ("zh", "en"):
            zh = f"lang 应为 zh 或 en，这里是 {lang}。"
            raise InputError(Text(zh, f"lang must be zh or en, found {lang}."))
        plan, policy = self.run.plan, self.run.inputs.policy
        settled = self.run.inputs.project.names
        code = decide.village_code(plan.facts.villages, str(village), settled)
        told = decide.explain(code, plan.facts, plan.prices, plan.decisions, policy)
        return Explanation(told, lang)

    def map(self, column: str = "approach", lang: str = "zh") -> folium.Map:
        """A map of the villages, to which other Folium layers can be added.

        Args:
            column: The column of `villages` that colours them.
            lang: Language of the words, zh or en.

        Returns:
            A folium.Map that opens without a network, of `HatchedAreas` and `VillageLabels`.

        Raises:
            InputError: There is no such column, or it has too many values for a legend.
        """
        from gis.pages.village_map import village_map  # noqa: PLC0415  # folium: 0.4 s

        return village_map(self.villages, column, lang)

    def publish(self, out: str | Path, previous: str | Path | None = None) -> None:
        """Publish the plan: public/, planner/ and townships/ below `out`, all or none.

        Args:
            out: Output folder.
            previous: Folder of the edition before; None: the one that stands in `out`.

        Raises:
            InputError: The edition before is damaged or has a later as-of day.
            PublicationError: Something personal would have become public, or the disk refused.
        """
        before = None if previous is None else Path(previous)
        publish.publish(self.run.results, Path(out), before)

    def export(
        self,
        layer: str,
        file: str | Path,
        *,
        crs: str = "",
        edition: str = "planner",
        previous: str | Path | None = None,
    ) -> dict[str, Any]:
        """Write one layer as .shp, .gpkg, .geojson, .kml, .dxf or .parquet, once it reads back.

        Args:
            layer: villages, townships, households, heat_pipes, coal_ban_zones, gaps or another
                layer of nuantu.gpkg.
            file: The file; its ending is the format. It may not exist.
            crs: The CRS to write; "": that of the project, WGS84 for .geojson and .kml.
            edition: planner, or public with the columns and the rounding of the public edition.
            previous: Folder of the edition that public figures continue from; None: they are
                rounded anew.

        Returns:
            files, rows, crs, and notes on what was cut or not checked.

        Raises:
            UsageError: The layer, format, CRS or edition is unknown, or a file stands.
            InputError: The layer cannot be written in this format.
            PublicationError: Personal data would have become public, or the disk refused.
        """
        before = None if previous is None else Path(previous)
        options = publish.ExportOptions(crs=crs, edition=edition, previous=before)
        made = publish.export_layer(self.run.results, layer, Path(file), options)
        return made.as_json(Path(file).parent, "zh")
