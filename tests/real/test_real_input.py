"""Programme folders made of real public data: the whole command runs and its figures are those of R."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from golden_data import close, golden

from rmanalytics.__main__ import main

pytestmark = [pytest.mark.golden, pytest.mark.slow]

HEAD = """
[programme]
name = "{name}"
company = "Public data"
data_until = 2026-09-30

[[rounds]]
id = "2026H1"
start = 2026-01-12
end = 2026-06-30
"""


def published(case, value: float, expected: float) -> bool:
    """Whether a published fraction, of eight significant digits, is R's within the case's tolerance."""
    return close(case, value, float(f"{expected:.8g}"))


def write(folder: Path, name: str, toml: str, **tables: pd.DataFrame) -> Path:
    folder.mkdir()
    (folder / "programme.toml").write_text(HEAD.format(name=name) + toml, encoding="utf-8")
    for table, frame in tables.items():
        frame.to_csv(folder / f"{table}.csv", index=False)
    return folder


def report(folder: Path, tmp_path: Path) -> dict[str, Any]:
    reports = tmp_path / "reports"
    assert main(["report", str(folder), "--round", "2026H1", "--reports", str(reports)]) == 0
    page = (reports / "inside" / "2026H1" / "report.html").read_text(encoding="utf-8")
    assert "not measured" in page
    return json.loads((reports / "inside" / "2026H1" / "results.json").read_text(encoding="utf-8"))


def row_finder(results: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    def find(name: str, quantity: str = "estimate", **about: str) -> dict[str, Any]:
        about = {"outcome": "", "side": "", "group": ""} | about
        found = [
            row
            for row in results["results"]
            if row["name"] == name
            and row["quantity"] == quantity
            and all((row[key] or "") == value for key, value in about.items())
        ]
        assert len(found) == 1, f"{len(found)} rows for {name} {quantity} {about}"
        return found[0]

    return find


def verdicts(results: dict[str, Any]) -> dict[str, str]:
    return {answer["claim"]["id"]: answer["verdict"] for answer in results["ledger"]}


@pytest.mark.parametrize("kind", ["friendship", "advice"])
def test_ei_index_of_krackhardts_managers_is_that_of_r(tmp_path: Path, kind: str) -> None:
    case, data = golden("net_ei_krack")
    nodes = pd.read_csv(data / "nodes.csv")
    reports_to = pd.read_csv(data / "reports.csv").set_index("from")["to"]
    managers = nodes["id"].map(reports_to).map(lambda m: "" if pd.isna(m) else f"M{int(m):02d}")
    ids = nodes["id"].map("M{:02d}".format)
    people = pd.DataFrame({"person_id": ids, "birth_year": 2026 - nodes["age"], "hire_date": "2001-02-01"})
    positions = pd.DataFrame(
        {
            "person_id": ids,
            "start_date": "2001-02-01",
            "end_date": "",
            "unit": nodes["dept"].map("department {}".format),
            "level": nodes["level"],
            "manager_id": managers,
        }
    )
    ties = [
        pd.read_csv(data / f"{name}.csv")
        .map("M{:02d}".format)
        .set_axis(["source_id", "target_id"], axis=1)
        .assign(kind=name)
        for name in ("friendship", "advice")
    ]
    toml = f"""
[[generations]]
name = "forty and older"
from = 1900
to = 1986

[[generations]]
name = "under forty"
from = 1987
to = 2010

[network]
tie_kind = "{kind}"
"""
    folder = write(
        tmp_path / "managers",
        "Krackhardt",
        toml,
        people=people,
        positions=positions,
        ties=pd.concat(ties).assign(wave_date="2026-07-15"),
    )
    results = report(folder, tmp_path)
    expected = case["expected"][f"{kind}_generation_directed"]
    find = row_finder(results)
    assert published(case, find("ei_index", group="after")["value"], expected["ei"])
    assert published(case, find("ei_index", "expected", group="after")["value"], expected["expected_exact"])
    assert find("ei_index", "external", group="after")["value"] == expected["E"]
    assert abs(find("ei_index", group="after")["p_value"] - expected["p_two_sided_abs"]) <= 0.02
    assert verdicts(results)["M1"] == "not_asked"


def test_survey_of_the_salt_study_gives_rs_means_alpha_gain_and_adjusted_difference(tmp_path: Path) -> None:
    case, data = golden("sai_salt_items")
    expected = case["expected"]
    raw = pd.read_csv(data / "data.csv")
    raw["person_id"] = raw["id"].map("S{:03d}".format)
    people = raw.drop_duplicates("person_id")
    answers = raw.melt(id_vars=["person_id", "time"], value_vars=expected["items"], var_name="item").dropna()
    answers["wave"] = answers["time"].map({1: "pre", 2: "post"})
    answers["value"] = answers["value"].astype(int)
    items = "\n".join(
        f'[[items]]\nid = "{item}"\nreverse = {str(item in expected["reverse_items"]).lower()}\n'
        for item in expected["items"]
    )
    instrument = f"""
version = "1"
direction = "down"
source = "State anxiety inventory, items by name"
licence = "see source"
[title]
en = "State anxiety"
[scale]
min = 1
max = 4
[scoring]
same_items = false
{items}
"""
    toml = """
[instruments]
files = ["state_anxiety.toml"]

[[outcomes]]
claim = "M3"
instrument = "state_anxiety"
side = "mentee"

[declare]
primary = "M1"
"""
    placebo = people[people["group"] == "placebo"]
    folder = write(
        tmp_path / "salt",
        "SALT",
        toml,
        people=pd.DataFrame({"person_id": people["person_id"], "birth_year": "", "hire_date": "2020-01-01"}),
        comparison=pd.DataFrame(
            {"round_id": "2026H1", "person_id": placebo["person_id"], "side": "mentee", "kind": "other"}
        ),
        answers=answers[["wave", "person_id", "item", "value"]].assign(round_id="2026H1"),
    )
    (folder / "state_anxiety.toml").write_text(instrument, encoding="utf-8")
    results = report(folder, tmp_path)
    find = row_finder(results)
    about = {"outcome": "state_anxiety", "side": "mentee"}
    for wave in ("pre", "post"):
        for group, arm in (("participants", "caffeine"), ("comparison", "placebo")):
            mean = find(f"wave_mean_{wave}", **about, group=group)
            assert mean["n"] == expected[wave][arm]["n"]
            assert published(case, mean["value"], expected[wave][arm]["mean"])
        alpha = find("cronbach_alpha", **about, group=wave)
        assert alpha["n"] == expected[f"alpha_{wave}"]["n"]
        assert published(case, alpha["value"], expected[f"alpha_{wave}"]["alpha"])
    for group, arm in (("participants", "caffeine"), ("comparison", "placebo")):
        gain = find("paired_g_av", **about, group=group)
        assert published(case, gain["value"], expected["paired"][arm]["g_av"])
        assert published(case, gain["lo"], expected["paired"][arm]["d_av_ci_algina_keselman"][0])
        assert published(case, gain["hi"], expected["paired"][arm]["d_av_ci_algina_keselman"][1])
    adjusted = find("adjusted_difference", **about)
    assert published(case, adjusted["value"], expected["ancova_hc3"]["difference"])
    for ours, theirs in (("hc3_se", "se"), ("hc3_lo", "lo"), ("hc3_hi", "hi")):
        assert published(case, find("adjusted_difference", ours, **about)["value"], expected["ancova_hc3"][theirs])
    assert verdicts(results)["M3"] == "explored"


def test_survival_of_the_job_retention_data_is_that_of_r(tmp_path: Path) -> None:
    case, data = golden("km_cox_job_retention")
    raw = pd.read_csv(data / "data.csv")
    until = date(2026, 9, 30)
    days = raw["month"] * 30
    stayed = raw["left"] == 0
    hire = [
        until - timedelta(days=int(d)) if kept else until - timedelta(days=400)
        for d, kept in zip(days, stayed, strict=True)
    ]
    left = [
        "" if kept else (h + timedelta(days=int(d))).isoformat() for h, d, kept in zip(hire, days, stayed, strict=True)
    ]
    people = pd.DataFrame(
        {
            "person_id": [f"P{i:04d}" for i in range(len(raw))],
            "birth_year": "",
            "hire_date": [day.isoformat() for day in hire],
            "exit_date": left,
            "exit_reason": ["" if kept else "voluntary" for kept in stayed],
        }
    )
    folder = write(tmp_path / "jobs", "Job retention", "", people=people)
    results = report(folder, tmp_path)
    women, men = case["expected"]["km_gender_loglog"]["F"], case["expected"]["km_gender_loglog"]["M"]
    find = row_finder(results)
    survival = 1.0
    for i in range(12):
        at_risk = women["n_risk"][i] + men["n_risk"][i]
        events = women["n_event"][i] + men["n_event"][i]
        survival *= 1 - events / at_risk
        about = {"outcome": "tenure", "group": "everyone"}
        assert find("survival_curve", f"time_days[{i + 1}]", **about)["value"] == 30 * (i + 1)
        assert find("survival_curve", f"at_risk_n[{i + 1}]", **about)["value"] == at_risk
        assert published(case, find("survival_curve", f"survival[{i + 1}]", **about)["value"], survival)
    assert verdicts(results)["J7"] == "not_estimable"


def test_survival_of_the_women_alone_has_rs_intervals(tmp_path: Path) -> None:
    case, data = golden("km_cox_job_retention")
    raw = pd.read_csv(data / "data.csv")
    raw = raw[raw["gender"] == "F"]
    until = date(2026, 9, 30)
    people = pd.DataFrame(
        {
            "person_id": [f"P{i:04d}" for i in range(len(raw))],
            "birth_year": "",
            "hire_date": [(until - timedelta(days=30 * int(m))).isoformat() for m in raw["month"]],
            "exit_date": [until.isoformat() if gone else "" for gone in raw["left"]],
            "exit_reason": ["voluntary" if gone else "" for gone in raw["left"]],
        }
    )
    find = row_finder(report(write(tmp_path / "women", "Women", "", people=people), tmp_path))
    expected = case["expected"]["km_gender_loglog"]["F"]
    for i in range(12):
        about = {"outcome": "tenure", "group": "everyone"}
        for ours, theirs in (("survival", "surv"), ("lo", "lower"), ("hi", "upper")):
            assert published(case, find("survival_curve", f"{ours}[{i + 1}]", **about)["value"], expected[theirs][i])
