"""programme.toml is strict: a key that is unknown, missing or misplaced is named, with the nearest valid one."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from folders import INSTRUMENT, PROGRAMME, write_minimal

from rmanalytics.errors import InputError
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import Programme, read_programme


def read(folder, text: str = PROGRAMME) -> Programme:
    return read_programme(write_minimal(folder, programme=text), tuple(TABLES))


def refused(folder, text: str) -> tuple[list[str], str]:
    """Codes and message of the refusal."""
    with pytest.raises(InputError) as caught:
        read(folder, text)
    return [problem.code for problem in caught.value.problems], str(caught.value)


def test_programme_is_read_with_its_defaults(tmp_path):
    programme = read(tmp_path)
    assert programme.rounds[0].start == date(2026, 1, 15)
    assert (programme.k, programme.language, programme.seed, programme.currency) == (5, "en", 1, "EUR")
    assert programme.instrument_files == ("confidence.toml",)
    assert programme.generation_of(1985) == "Generation Y"
    assert programme.generation_of(1890) is None


@pytest.mark.parametrize(
    ("old", "new", "codes", "said"),
    [
        (
            "[programme]",
            '[[families]]\nname = "a"\nclaims = ["M1"]\n[programme]',
            ["RM-E-140"],
            "no longer corrected in families",
        ),
        ('[declare]\nprimary = "M1"', '[declare]\nprimary = "X1"', ["RM-E-005"], "a claim such as M1"),
        ('company = "Example"', 'compny = "Example"', ["RM-E-003", "RM-E-004"], 'did you mean "company"'),
        ('company = "Example"', "", ["RM-E-004"], 'the key "programme.company" is missing'),
        ("[instruments]", "[instrument]", ["RM-E-003"], 'did you mean "instruments"'),
        ("planned_meetings = 3", "k = 6", ["RM-E-003"], "move it under [programme]"),
        ('company = "Example"', 'company = "Example"\ntie_kind = "advice"', ["RM-E-003"], "move it under [network]"),
        ("[programme]", "seed = 3\n[programme]", ["RM-E-003"], "move it under [programme]"),
        (
            "[programme]",
            "quux = 3\n[programme]",
            ["RM-E-003"],
            "use one of: briefing, columns, council, declare, ",
        ),
        ("planned_meetings = 3", "planned_meetings = true", ["RM-E-005"], "must be a whole number"),
        ("planned_meetings = 3", "planned_meetings = 0", ["RM-E-005"], "must be 1 to 60"),
        ("data_until = 2026-09-30", 'data_until = "2026-09-30"', ["RM-E-005"], "must be a date"),
        ("data_until = 2026-09-30", "data_until = 2026-09-30T10:00:00", ["RM-E-005"], "must be a date"),
        ("data_until = 2026-09-30", "data_until = 2026-09-31", ["RM-E-002"], "not valid TOML"),
        ('company = "Example"', 'company = "Example"\nk = 4', ["RM-E-005"], "must be 5 or more"),
        ('company = "Example"', 'company = "Example"\nlanguage = "fr"', ["RM-E-005"], "must be one of en, de, de-CH"),
        ('id = "2026H1"', 'id = "../../x"', ["RM-E-005"], "must look like 2026H1"),
        ("end = 2026-07-15", "end = 2026-01-15", ["RM-E-005"], "ends before it starts"),
        ("[[rounds]]", "[rounds]", ["RM-E-005"], "must be a list of tables [[rounds]]"),
        ('instrument = "confidence"', 'instrument = "confidense"', ["RM-E-005"], 'did you mean "confidence"'),
        ('side = "mentee"', 'side = "senior"', ["RM-E-005"], "must be one of mentee, mentor"),
        ('claim = "M1"', 'claim = "Z9"', ["RM-E-005"], "must be a claim such as M1"),
        ("confidence.toml", "confidense.toml", ["RM-E-001"], "rename confidence.toml to confidense.toml"),
        ('instrument = "confidence"', 'instrument = "uwes_9"', ["RM-E-005"], "comes without its items"),
        ("[programme]", "[value]\ntraining_cost = [3, 2, 1]\n[programme]", ["RM-E-005"], "must be three numbers"),
        ("[programme]", "[value]\ntraining_cost = [1, 2, 3]\n[programme]", ["RM-E-005"], "add training_gain"),
        ("[programme]", "[meetings]\ntopics = [1]\n[programme]", ["RM-E-005"], "must be a list of codes"),
        (
            "[programme]",
            '[[wordings]]\nearlier = "older"\ntoday = "confidence"\nitems = {}\n[programme]',
            ["RM-E-005"],
            'there is no instrument "older"',
        ),
        (
            "data_until = 2026-09-30",
            "data_until = 2026-09-30\nrecords_from = 2027-01-01",
            ["RM-E-005"],
            "the records start after they end",
        ),
    ],
)
def test_wrong_key_is_named_with_the_way_out(tmp_path, old, new, codes, said):
    found, message = refused(tmp_path, PROGRAMME.replace(old, new, 1))
    assert found[: len(codes)] == codes, message
    assert said in message


@pytest.mark.parametrize(
    "name", ["../people.csv", "/etc/passwd", "C:\\people.csv", "c:people.csv", "a\\u0000.csv", " a.csv", "./a.csv", ""]
)
def test_table_must_be_a_file_inside_the_folder(tmp_path, name):
    name = name.replace("\\p", "\\\\p")
    found, _ = refused(tmp_path, PROGRAMME + f'\n[tables]\npeople = "{name}"\n')
    assert found == ["RM-E-005"]


def test_file_named_for_two_tables_is_refused(tmp_path):
    found, message = refused(tmp_path, PROGRAMME + '\n[tables]\ncosts = "a.csv"\nties = ["a.csv", "b.csv"]\n')
    assert found == ["RM-E-005"]
    assert 'the file "a.csv" is named twice' in message


def test_every_problem_comes_in_one_go(tmp_path):
    text = (
        PROGRAMME.replace("planned_meetings", "planed_meetings").replace("side =", "sides =").replace("name =", "nam =")
    )
    found, _ = refused(tmp_path, text)
    assert found.count("RM-E-003") == 3
    assert found.count("RM-E-004") == 2


def test_deep_nesting_is_refused_and_not_a_traceback(tmp_path):
    found, _ = refused(tmp_path, "a = " + "[" * 100_000)
    assert found == ["RM-E-002"]


@pytest.mark.parametrize(
    "text",
    [
        "a." * 20_000 + "a = 1",
        "x = { " + "a." * 13 + "b = 1 }",
        '"a".' * 13 + "b = 1",
        "[" + "a." * 13 + "b]",
    ],
)
def test_a_key_of_too_many_dots_is_refused_before_it_is_parsed(tmp_path, monkeypatch, text):
    monkeypatch.setattr("tomllib.loads", lambda _: pytest.fail("the file was parsed"))
    codes, said = refused(tmp_path, f"# a.{'a.' * 20}a\n" + text)
    assert codes == ["RM-E-002"]
    assert "programme.toml, line 2: a key has more than 12 dots" in said


def test_dots_of_prose_are_no_key(tmp_path):
    dots = "A. B. C. D. E. F. G. H. I. J. K. L. M. N."
    assert read(tmp_path, PROGRAMME.replace('"Example"', f'"{dots}"')).company == dots


def test_a_programme_of_a_megabyte_is_refused(tmp_path):
    codes, said = refused(tmp_path, PROGRAMME + "#" * 1_000_001)
    assert codes == ["RM-E-002"]
    assert "larger than 1 MB" in said


@pytest.mark.parametrize("sign", ["\\u001B[2J", "\\u202E", "\\u0007", "\\n", "\\u2066", "\\u200B"])
@pytest.mark.parametrize("key", ["company", "name"])
def test_signs_that_cannot_be_seen_are_refused_in_every_text(tmp_path, sign, key):
    old = {"company": '"Example"', "name": '"Reverse mentoring"'}[key]
    codes, said = refused(tmp_path, PROGRAMME.replace(old, f'"A{sign}B"'))
    assert codes == ["RM-E-005"]
    assert "cannot be seen" in said
    assert said.isprintable() or said.replace("\n", "").isprintable()


def test_hidden_signs_are_refused_in_lists_and_tables_too(tmp_path):
    text = PROGRAMME + '\n[meetings]\ntopics = ["cloud", "a\\u202Eb"]\n'
    assert refused(tmp_path, text)[0] == ["RM-E-005"]
    text = PROGRAMME + '\n[[wordings]]\nearlier = "a"\ntoday = "b"\nitems = { "q\\u202E" = "r" }\n'
    assert "RM-E-005" in refused(tmp_path, text)[0]


def test_a_time_zone_is_one_that_exists(tmp_path):
    assert read(tmp_path / "a", PROGRAMME.replace("data_until", 'timezone = "Europe/Vienna"\ndata_until')).timezone
    codes, said = refused(tmp_path / "b", PROGRAMME.replace("data_until", 'timezone = "Vienna"\ndata_until'))
    assert codes == ["RM-E-005"]
    assert "Europe/Berlin" in said


def test_line_of_a_broken_file_is_told(tmp_path):
    _, message = refused(tmp_path, PROGRAMME.replace('company = "Example"', "company = Example"))
    assert "programme.toml, line 3:" in message


@pytest.mark.parametrize("folder_name", ["absent", "programme.toml"])
def test_folder_must_be_a_folder(tmp_path, folder_name):
    write_minimal(tmp_path)
    with pytest.raises(InputError) as caught:
        read_programme(tmp_path / folder_name, tuple(TABLES))
    assert caught.value.code == "RM-E-001"


def test_folder_that_may_not_be_opened_is_refused(tmp_path, monkeypatch):
    def denied(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", denied)
    with pytest.raises(InputError) as caught:
        read_programme(tmp_path / "p", tuple(TABLES))
    assert caught.value.code == "RM-E-002"
    assert str(tmp_path) not in str(caught.value)


def test_missing_programme_names_the_file_that_may_be_meant(tmp_path):
    write_minimal(tmp_path)
    (tmp_path / "programme.toml").rename(tmp_path / "Program.toml")
    with pytest.raises(InputError, match=r"rename Program\.toml to programme\.toml"):
        read_programme(tmp_path, tuple(TABLES))


def test_pipe_in_place_of_programme_toml_is_refused_and_does_not_hang(tmp_path):
    write_minimal(tmp_path)
    (tmp_path / "programme.toml").unlink()
    os.mkfifo(tmp_path / "programme.toml")
    with pytest.raises(InputError) as caught:
        read_programme(tmp_path, tuple(TABLES))
    assert caught.value.code == "RM-E-002"


def test_own_instrument_linked_from_outside_is_refused(tmp_path):
    folder = write_minimal(tmp_path / "p")
    (tmp_path / "outside.toml").write_text(INSTRUMENT, encoding="utf-8")
    (folder / "confidence.toml").unlink()
    (folder / "confidence.toml").symlink_to(tmp_path / "outside.toml")
    with pytest.raises(InputError) as caught:
        read_programme(folder, tuple(TABLES))
    assert caught.value.code == "RM-E-009"


def test_round_not_declared_names_the_nearest(tmp_path):
    with pytest.raises(InputError, match="did you mean 2026H1"):
        read(tmp_path).round("2026H2")
