from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from skewcheck.catalogue.tests import thresholds
from skewcheck.config.given import Origin
from skewcheck.config.settings import settings
from skewcheck.config.settings_file import file_at, read
from skewcheck.config.types import Columns, Settings
from skewcheck.results.policy import Policy, Waiver
from skewcheck.text.errors import UsageError


def written(folder: Path, text: str, name: str = "skewcheck.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_nothing_given() -> None:
    assert settings({}) == Settings()
    assert settings({"raw": None, "alpha": None}) == Settings()
    assert Settings().policy == Policy()


def test_every_option_of_a_file(tmp_path: Path) -> None:
    written(
        tmp_path,
        """
        raw = "{feature}_raw"
        served = "{feature}_norm"
        exclude = ["id", "a,b"]
        reference = "train.parquet"
        min_rows = 100
        since = 2026-11-01
        until = 2026-11-02T12:00:00Z
        time_column = "ts"
        null_values = ["?", "NA"]
        no_values = true
        alpha = 0.05
        fail_on = "warn"
        allow_missing = true
        ignore = ["ks:fare@2026-12-31"]
        [thresholds]
        ks = 0.3
        [features."fare*"]
        raw = "amount"
        psi = 0.4
        [features.tip]
        served = "tip_scaled"
        """,
    )
    assert settings({}, read(tmp_path)) == Settings(
        raw="{feature}_raw",
        served="{feature}_norm",
        columns={"fare*": Columns(raw="amount"), "tip": Columns(served="tip_scaled")},
        exclude=("id", "a,b"),
        reference=str(tmp_path / "train.parquet"),
        min_rows=100,
        since=datetime(2026, 11, 1, tzinfo=UTC),
        until=datetime(2026, 11, 2, 12, tzinfo=UTC),
        time_column="ts",
        null_values=("?", "NA"),
        values=False,
        policy=Policy(
            alpha=0.05,
            thresholds={**thresholds(), "ks": 0.3},
            feature_thresholds={"fare*": {"psi": 0.4}},
            fail_on="warn",
            allow_missing=True,
            waivers=(Waiver("ks", "fare", "2026-12-31"),),
        ),
    )


def test_flags_win_and_thresholds_are_merged(tmp_path: Path) -> None:
    path = written(tmp_path, 'min_rows = 5\nraw = "{feature}"\n[thresholds]\nks = 0.3\npsi = 0.4')
    found = settings({"min_rows": 7, "thresholds": ["ks=0.5"]}, read(path))
    assert found.min_rows == 7
    assert found.policy.thresholds == {**thresholds(), "ks": 0.5, "psi": 0.4}


def test_patterns_as_flags_beside_tables_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[features."fare*"]\nraw = "amount"')
    found = settings({"features": "fare,tip"}, read(path))
    assert found.features == ("fare", "tip")
    assert found.columns == {"fare*": Columns(raw="amount")}


def test_features_as_a_list(tmp_path: Path) -> None:
    assert settings({}, read(written(tmp_path, 'features = ["a*", "b"]'))).features == ("a*", "b")


def test_pyproject_and_which_file_wins(tmp_path: Path) -> None:
    assert read(tmp_path) == {}
    written(tmp_path, "[tool.other]\nx = 1", "pyproject.toml")
    assert read(tmp_path) == {}
    written(tmp_path, "[tool.skewcheck]\nalpha = 0.5", "pyproject.toml")
    assert read(tmp_path) == {"alpha": 0.5}
    written(tmp_path, "alpha = 0.25")
    assert read(tmp_path) == {"alpha": 0.25}


def test_names_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    written(tmp_path, "a\nb c\n\n", "names.txt")
    assert settings({}, read(written(tmp_path, 'names = "names.txt"'))).names == ("a", "b c")
    assert settings({"names": str(tmp_path / "names.txt")}).names == ("a", "b c")
    assert settings({"names": "a,b"}).names == ("a", "b")


def test_last() -> None:
    found = settings({"last": "24h", "time_column": "ts"})
    assert found.last == timedelta(days=1)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"alpha": 1.0}, "--alpha: must lie between 0 and 1"),
        ({"alpha": 0}, "--alpha: must lie between 0 and 1"),
        ({"min_rows": 0}, "--min-rows: must be a whole number of at least 1"),
        ({"fail_on": "warning"}, r"--fail-on: must be one of skew, warn, never.*did you mean warn"),
        ({"served": "x"}, "--served: must contain {feature}"),
        ({"thresholds": ["x=1"]}, "--threshold: no test 'x'"),
        ({"since": "2026-11-01"}, "--since: needs --time-column"),
        ({"last": "1h", "since": "2026-11-01", "time_column": "t"}, "--last: cannot stand beside"),
        (
            {"since": "2026-11-02", "until": "2026-11-02", "time_column": "t"},
            "--until: must be later than --since",
        ),
        ({"treshold": 1}, "--treshold: no such option"),
        ({"names": "x" * 5000}, "--names: cannot read"),
    ],
)
def test_wrong_flags(flags: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        settings(flags)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("alpa = 0.1", r"skewcheck\.toml: alpa: no such option \(did you mean alpha\?\)"),
        ("alpha = '0,1'", r"skewcheck\.toml: alpha: must be a number"),
        ("min_rows = true", "min_rows: must be a whole number"),
        ("exclude = 3", "exclude: must be a list of texts"),
        ("no_values = 'yes'", "no_values: must be true or false"),
        (
            "[thresholds]\nkss = 1",
            r"thresholds: no test 'kss' with a threshold \(did you mean ks\?\)",
        ),
        (
            "[features.a]\nkss = 1",
            r'skewcheck\.toml: features\."a": kss: no such option \(did you me',
        ),
        ("[features.a]\nks = -1", r'features\."a": ks: ks must be a number of at least 0'),
        ("[features]\na = 1", r'features\."a": must be a table'),
        ("alpha = = 1", r"skewcheck\.toml: no valid TOML: .*line 1"),
        ("x = " + "[" * 5000, r"skewcheck\.toml: nested too deep|no valid TOML"),
        ("a = 1\na = 2", "no valid TOML"),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read(written(tmp_path, text))


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: cannot read it \(No such file"):
        read(tmp_path / "none.toml")
    (tmp_path / "skewcheck.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="must be UTF-8"):
        read(tmp_path)
    written(tmp_path, "[tool]\nskewcheck = 3", "pyproject.toml")
    with pytest.raises(UsageError, match="must be a table"):
        read(tmp_path / "pyproject.toml")


def test_every_path_of_a_file_is_relative_to_it(tmp_path: Path) -> None:
    text = """
    reference = "train.parquet"
    history = ["old.json", "/older.json"]
    importance = "../i.csv"
    state = "runs"
    baseline = "previous"
    every = 100
    """
    found = settings({}, read(written(tmp_path, text)))
    assert found.reference == str(tmp_path / "train.parquet")
    assert found.history == (str(tmp_path / "old.json"), "/older.json")
    assert found.importance == str(tmp_path / "../i.csv")
    assert found.state == str(tmp_path / "runs")
    assert found.baseline == "previous"
    one = settings({}, read(written(tmp_path, 'history = "old.json"')))
    assert one.history == (str(tmp_path / "old.json"),)
    assert settings({"history": ["old.json"]}).history == ("old.json",)


def test_which_file_is_read(tmp_path: Path) -> None:
    assert file_at(tmp_path) is None
    assert file_at(tmp_path / "none.toml") == tmp_path / "none.toml"
    written(tmp_path, "", "pyproject.toml")
    assert file_at(tmp_path) == tmp_path / "pyproject.toml"
    written(tmp_path, "")
    assert file_at(tmp_path) == tmp_path / "skewcheck.toml"


def test_options_of_a_file_that_do_not_fit_flags_are_named_as_its_keys() -> None:
    origin = Origin(files={"since": "a.toml", "baseline": "a.toml"})
    with pytest.raises(UsageError, match=r"^a\.toml: since: needs --time-column NAME to know"):
        settings({}, {"since": "2026-11-01"}, origin)
    with pytest.raises(UsageError, match=r"^a\.toml: baseline: .* needs --every 1h, 1d or 5000$"):
        settings({}, {"baseline": "previous"}, origin)
    with pytest.raises(UsageError, match=r"^--until: needs --time-column"):
        settings({"until": "2026-11-01"}, {}, origin)
