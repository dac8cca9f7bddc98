from skewcheck.auditing import Audit
from skewcheck.redact import without_values


def test_counts_and_figures_stay_values_go(audit: Audit) -> None:
    redacted = without_values(audit)
    for before, after in zip(audit.features, redacted.features, strict=True):
        assert (after.name, after.verdict, after.message) == (
            before.name, before.verdict, before.message,
        )  # fmt: skip
        assert [t.statistic for t in after.tests] == [t.statistic for t in before.tests]
        assert [b.serving for b in after.bars] == [b.serving for b in before.bars]
        assert not any(t.value for t in after.tests)
        assert not any(b.label for b in after.bars)
    parity = redacted.features[2].parity
    assert parity is not None
    assert parity.example is not None
    assert (parity.mismatched, parity.example.file, parity.example.row) == (13_877, "a.parquet", 17)
    assert (parity.example.raw, parity.example.expected, parity.example.served) == (None,) * 3


def test_causes_keep_their_code_but_not_their_segments(audit: Audit) -> None:
    cause = without_values(audit).features[2].causes[0]
    assert (cause.code, cause.where, cause.message) == (
        "stale_parameters",
        None,
        "stale parameters",
    )
    assert cause.parameters == {"file": "params-2026-09.json"}


def test_twice_is_once(audit: Audit) -> None:
    once = without_values(audit)
    assert without_values(once) == once
