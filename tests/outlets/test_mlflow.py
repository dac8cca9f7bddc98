"""Audits logged to a store of MLflow in a local folder, and read back by its own client."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from reports.sample import NASTY, nasty
from rides import Captured, frame

from skewcheck.cli import main
from skewcheck.outlets.mlflow import figures
from skewcheck.results.verdicts import Verdict


def test_a_missing_library_is_told_before_the_audit(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert main(["audit", "p.json", "gone.parquet", "--mlflow"]) == 2
    assert capsys.readouterr().err == (
        "skewcheck: --mlflow: needs mlflow: pip install 'skewcheck[mlflow]'\n"
    )


def test_names_of_metrics_are_those_that_mlflow_admits() -> None:
    audit = nasty()
    assert {feature.verdict for feature in audit.features} == {Verdict.SKEW}
    names = [name for name, _ in figures(replace(audit, features=audit.features * 3))]
    assert all(name.isascii() and len(name) <= 250 for name in names)
    assert all(part.strip(".") for name in names for part in name.split("/"))
    features = {name.split("/")[1] for name in names if name.count("/") == 2}
    assert len(features) == len(NASTY)


class TestStore:
    """With MLflow, which the extra `mlflow` installs."""

    @pytest.fixture(autouse=True)
    def _store(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("mlflow", reason="no MLflow: pip install mlflow-skinny")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", (folder / "store").as_uri())
        monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME"):
            monkeypatch.delenv(name, raising=False)
        bad = frame(3)
        bad["fare"] = bad["fare"] * 1.8 + 3
        bad.to_parquet("bad.parquet")

    def audited(self) -> dict[str, object]:
        words = ["audit", "p.json", "bad.parquet", "--mlflow", "--quiet", "--report=json=out.json"]
        assert main(words) == 1
        return json.loads(Path("out.json").read_text())

    @pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
    def test_a_run_of_its_own(self, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
        import mlflow

        monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "nights")
        report = self.audited()
        told = capsys.readouterr()
        assert (told.out.count("\n"), told.err) == (1, "")
        client = mlflow.MlflowClient()
        (run,) = client.search_runs([client.get_experiment_by_name("nights").experiment_id])
        assert (run.info.status, run.data.tags["skewcheck.verdict"]) == ("FINISHED", "skew")
        found = {
            f"skewcheck/{feature['name']}/{test['name']}": test["statistic"]
            for feature in report["features"] for test in feature["tests"] if "statistic" in test
        }  # fmt: skip
        assert len(found) > 10
        assert found.items() <= run.data.metrics.items()
        assert run.data.metrics["skewcheck/exit_code"] == 1
        assert run.data.metrics["skewcheck/rows"] == report["logs"]["rows"]
        path = client.download_artifacts(run.info.run_id, "skewcheck/report.json")
        assert json.loads(Path(path).read_text()) == report

    @pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
    @pytest.mark.parametrize("how", ["active", "environment"])
    def test_the_current_run_goes_on(self, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
        import mlflow

        client = mlflow.MlflowClient()
        if how == "active":
            with mlflow.start_run() as begun:
                self.audited()
                assert client.get_run(begun.info.run_id).info.status == "RUNNING"
            run = begun.info.run_id
        else:
            run = client.create_run("0").info.run_id
            monkeypatch.setenv("MLFLOW_RUN_ID", run)
            self.audited()
            assert client.get_run(run).info.status == "RUNNING"
        assert client.get_run(run).data.metrics["skewcheck/exit_code"] == 1
        assert len(client.search_runs(["0"])) == 1

    @pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
    def test_a_store_that_fails_changes_no_verdict(
        self, capsys: Captured, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLFLOW_RUN_ID", "0" * 32)
        self.audited()
        assert capsys.readouterr().err == (
            "skewcheck: --mlflow: not sent (MlflowException); the verdict stands\n"
        )
