"""The long tests in shards: the digest follows the code that a shard tests, and only stale shards run again."""

from __future__ import annotations

from pathlib import Path

import pytest
from soak import shards

SHARD = "tests/soak/test_a.py"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A test that imports a module that imports another; a third that nobody asks for; a file of settings."""
    files = {
        SHARD: f"from pack.one import f\n\n@pytest.{shards.MARK}\ndef test(): assert f() == 1\n",
        "tests/soak/conftest.py": "A = 1\n",
        "tests/test_b.py": "def test(): pass\n",
        "pack/__init__.py": "",
        "pack/one.py": '"""One."""\n\ndef f():\n    """Doc."""\n    from pack.sub import two\n    return two.X\n',
        "pack/sub/__init__.py": "",
        "pack/sub/two.py": "X = 1\n",
        "pack/sub/two.toml": "x = 1\n",
        "pack/three.py": "Y = 1\n",
        "pack/rooms/four.py": "Z = 1\n",
        "tests/conftest.py": "B = 1\n",
        "rmanalytics/__main__.py": "",
        "rmanalytics/deep/page.html": "<p>",
        "notebooks/one.ipynb": "{}",
        "data/invented/people.csv": "person_id\n",
        "docs/soak.csv": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def digest_after(project: Path, name: str, text: str) -> str:
    shards._tree.cache_clear()
    shards._code.cache_clear()
    (project / name).write_text(text, encoding="utf-8")
    return shards.digest(SHARD, project)


def test_a_file_with_long_tests_is_a_shard_and_no_other(project):
    assert shards.shards(project) == [SHARD]
    assert len(shards.shards()) > 5
    assert "tests/soak/test_shards.py" not in shards.shards()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pack/sub/two.py", "X = 2\n"),
        ("pack/sub/two.toml", "x = 2\n"),
        ("tests/soak/conftest.py", "A = 2\n"),
        ("tests/conftest.py", "B = 2\n"),
        (SHARD, f"from pack.one import f\n\n@pytest.{shards.MARK}\ndef test(): assert f() == 2\n"),
    ],
)
def test_code_that_is_tested_changes_the_digest(project, name, text):
    assert shards.digest(SHARD, project) != digest_after(project, name, text)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('call([python, "-m", "rmanalytics", "report"])', "rmanalytics/deep/page.html"),
        ('call(f"{python} -m rmanalytics report")', "notebooks/one.ipynb"),
        ("from rmanalytics.__main__ import main", "rmanalytics/deep/page.html"),
        ('import_module(f"pack.rooms.{name}")', "pack/rooms/four.py"),
        ('import_module("pack.three")', "pack/three.py"),
        ('read(DATA / "invented")', "data/invented/people.csv"),
    ],
)
def test_what_is_called_or_named_changes_the_digest_too(project, line, name):
    text = (project / SHARD).read_text(encoding="utf-8")
    before = digest_after(project, SHARD, f"{text}\n{line}\n")
    assert before != digest_after(project, name, "5\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pack/three.py", "Y = 2\n"),
        ("rmanalytics/deep/page.html", "<b>"),
        ("data/invented/people.csv", "person_id,unit\n"),
        ("tests/test_b.py", "def test(): assert True\n"),
        ("pack/one.py", "def f():\n    # other words\n    from pack.sub import two\n\n    return two.X\n"),
    ],
)
def test_other_code_and_other_words_do_not(project, name, text):
    assert shards.digest(SHARD, project) == digest_after(project, name, text)


def test_a_shard_is_stale_until_it_has_passed_with_todays_code(project):
    code = shards.digest(SHARD, project)
    assert shards.stale(project)[SHARD]
    shards.note(SHARD, shards.FAILED, 3.0, code=code, root=project)
    assert shards.stale(project)[SHARD].startswith("failed")
    shards.note(SHARD, shards.PASSED, 3.0, code=code, root=project)
    assert shards.stale(project) == {SHARD: ""}
    digest_after(project, "pack/sub/two.py", "X = 3\n")
    assert "another" in shards.stale(project)[SHARD]
