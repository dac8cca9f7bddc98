"""One audit that holds every kind of result; what each report makes of it is a golden file."""

from dataclasses import replace

from skewcheck.features.notes import free_notes
from skewcheck.results.audit import (
    Audit,
    Bar,
    Cause,
    Example,
    FeatureAudit,
    JudgedTest,
    LogsSummary,
    ModelError,
    Parity,
)
from skewcheck.results.causes import Place, timeless
from skewcheck.results.gate import Hold, NotTested, UnaskedServed
from skewcheck.results.incidents import Incident
from skewcheck.results.parts import Change, Segment, Trend, WindowFigures, WindowLayout
from skewcheck.results.policy import Policy, Waiver
from skewcheck.results.tests import Reason
from skewcheck.results.verdicts import Verdict


def file(text: str) -> Reason:
    """Return a reason in the words of a file."""
    return Reason("file", {"text": text})


SKEW, WARN, OK = Verdict.SKEW, Verdict.WARN, Verdict.OK
INCONCLUSIVE, UNTESTED = Verdict.INCONCLUSIVE, Verdict.UNTESTED

STALE = Cause(
    "stale_parameters",
    share=0.069385,
    confidence=0.99,
    parameters={"file": "params-2026-09.json"},
    place=Place("host", values=("web-7",), distinct=8),
)
OF_SEVERAL = Cause(
    "wrong_parameters", 0.5, 0.6, details={"of": 9, "shares": (0.5, 0.48)},
    features=("fare", "payment_type"),
)  # fmt: skip

RESTARTED = Cause(
    "precision_loss", 0.2, 0.99, {"decimals": 2},
    place=Place("version", values=("v2",), distinct=2, since=1795132800.0),
    details={"of": 9, "shares": (0.2, 0.2)}, features=("fare", "wait"),
)  # fmt: skip

FARE = FeatureAudit(
    name="fare",
    type="numeric",
    mode="paired",
    verdict=SKEW,
    rows=200_000,
    nulls=12,
    tests=(
        JudgedTest("ks", SKEW, 0.41, 0.41, None, 0.0, 0.0, 0.1),
        JudgedTest("psi", SKEW, 0.6201, 0.62, 0.0001, 1e-290, 1.1e-289, 0.2),
        JudgedTest("mannwhitney", WARN, 0.0699, 0.0699, None, 1e-9, 2e-8, 0.07),
        JudgedTest("mean", OK, 0.412),
        JudgedTest("std", OK, 1.207),
        JudgedTest("nulls", OK, 0.00006, 0.0, 0.0001, 0.6, 1.0, 0.05),
        JudgedTest("parity", SKEW, 0.069385, 0.069385, threshold=0.001),
    ),
    causes=(STALE,),
    parity=Parity(200_000, 13_877, 3.2, Example("a.parquet", 17, 12.0, 0.31, float("inf"))),
    bars=tuple(
        Bar(f"{i} to {i + 1}", 0.1, share)
        for i, share in enumerate([0.0, 0.02, 0.05, 0.05, 0.08, 0.1, 0.1, 0.15, 0.2, 0.25])
    ),
)

PAYMENT = FeatureAudit(
    name="payment_type",
    type="categorical",
    mode="raw",
    verdict=WARN,
    rows=200_000,
    nulls=0,
    tests=(
        JudgedTest("chi2", OK, 8123.4, p_value=0.0),
        JudgedTest("linf", WARN, 0.0801, 0.0801, None, 0.0, 0.0, 0.1, value="Cash\x1b[31m"),
        JudgedTest("unseen", WARN, 0.0123, 0.0122, 0.0001, 1e-12, 2e-11, 0.05, value="[red]Krypto"),
    ),
    bars=(Bar("Cash", 0.58, 0.5), Bar("[bold]Card", 0.42, 0.4877), Bar("other", 0.0, 0.0123)),
)

SURGE = FeatureAudit(
    name="surge",
    type="numeric",
    mode="paired",
    verdict=INCONCLUSIVE,
    rows=40,
    nulls=0,
    tests=(
        JudgedTest(
            "ks",
            INCONCLUSIVE,
            0.14,
            0.14,
            None,
            0.4,
            1.0,
            0.1,
            reason=Reason("too_few_rows"),
            rows=40.0,
            needed=490.0,
        ),
    ),
)

TIP = FeatureAudit(
    name="tip",
    type="numeric",
    mode="raw",
    verdict=OK,
    rows=200_000,
    nulls=0,
    tests=(
        JudgedTest("ks", SKEW, 0.12, 0.12, None, 1e-40, 2e-39, 0.1, waived="2026-12-31"),
        JudgedTest("psi", UNTESTED, reason=file("no reference distribution")),
    ),
)

HOSTILE = FeatureAudit(
    name="[red]evil\n\x1b[2J\u202eeman" + "x" * 10_000,
    type="numeric",
    mode="served",
    verdict=SKEW,
    rows=200_000,
    nulls=0,
    tests=(JudgedTest("missing", SKEW, reason=file("no column [blink]of\rthis name")),),
)

ZONE = FeatureAudit(
    name="zone",
    type="categorical",
    mode="raw",
    verdict=UNTESTED,
    rows=200_000,
    nulls=200_000,
    tests=(JudgedTest("chi2", UNTESTED, reason=file("no level is left after pooling")),),
)

_HOURS = tuple(f"2026-11-20T{hour:02}:00:00Z" for hour in range(6))
_D = (0.01, 0.02, 0.01, 0.2, 0.24, 0.22)
WAIT = FeatureAudit(
    name="wait",
    type="numeric",
    mode="raw",
    verdict=SKEW,
    rows=200_000,
    nulls=0,
    tests=(JudgedTest("ks", SKEW, 0.12, 0.12, None, 1e-30, 1e-29, 0.1, interval=(0.115, 0.125)),),
    importance=0.25,
    effective_rows=5_000.0,
    windows=tuple(
        WindowFigures(
            start, 33_333, SKEW if d > 0.1 else OK, {"ks": d, "psi": d / 2, "mean": 3 * d}
        )
        for start, d in zip(_HOURS, _D, strict=True)
    ),
    changes=(Change(_HOURS[3], None, 0.97, "ks", 0.22),),
    trend=Trend(0.12, 0.001),
    segments=(
        Segment(
            "host", "we|b`-8`", 70_000, SKEW, (JudgedTest("ks", SKEW, 0.4, 0.4, threshold=0.1),)
        ),
        Segment("host", "web-9", 130_000, OK, (JudgedTest("ks", OK, 0.01, 0.01, threshold=0.1),)),
    ),
    worst=(Segment("host", "we|b`-8`", 70_000, SKEW, ()),),
)


def clean(name: str) -> FeatureAudit:
    """Return a feature with which all is well."""
    test = JudgedTest("ks", OK, 0.002, 0.002, None, 0.9999, 1.0, 0.1)
    return FeatureAudit(name, "numeric", "paired", OK, 200_000, 0, (test,))


AUDIT = Audit(
    verdict=SKEW,
    exit_code=1,
    parameters_path="params.json",
    fingerprint="sha256:" + "0" * 64,
    model={"name": "fares", "version": "2026-11-01"},
    logs=LogsSummary(("a.parquet", "b\udcff.parquet"), 200_000, "mixed", 1795132800.0),
    policy=Policy(waivers=(Waiver("ks", "tip", "2026-12-31"),)),
    features=(
        clean("trip_miles"),
        PAYMENT,
        FARE,
        SURGE,
        TIP,
        clean("Größe 🚕"),
        HOSTILE,
        ZONE,
        WAIT,
    ),
    causes=(OF_SEVERAL, RESTARTED),
    incidents=(
        Incident(
            ("fare", "wait"),
            ("precision_loss",),
            timeless(RESTARTED.place),
            1795132800.0,
            None,
            RESTARTED,
            SKEW,
        ),
        Incident(
            ("payment_type", "wait"),
            ("linf", "ks"),
            Place("host", values=("we|b`-8`",)),
            None,
            None,
            None,
            SKEW,
        ),
        Incident(("fare",), ("stale_parameters",), STALE.place, None, None, STALE, SKEW),
    ),
    not_tested=(NotTested("raw_only", ("payment_type",)), NotTested("dependence")),
    notes=free_notes(["column tip is missing from b.parquet: its rows count as nulls"]),
    windows=WindowLayout("ts", "1h", "reference", _HOURS),
    error=ModelError(
        "rmse",
        "predicted_tip",
        "tip",
        2.0,
        150_000,
        50_000,
        0,
        JudgedTest("error", WARN, 2.15, 0.075, None, 1e-9, 1e-8, 0.1, interval=(2.14, 2.16)),
        others=SKEW,
    ),
    run={"started": "2026-11-01T00:00:00+00:00", "seconds": 1.25},
)
"""Each verdict, each mode, a waiver, hostile names, values that are no number."""

NASTY = (
    "a|b", "`tick`` s", "*bold* _it_ ~~s~~", "<script>alert(1)</script>", "<!-- x -->", "[x](y)",
    "::error::x", "%0A::warning::x", "a,b:c=d%", 'q"uo\'te', "back\\slash", "&amp;&#64;", "]]>",
    "@octocat #123 $x$ :tada:", "https://example.com www.example.com", "{0} {curly}", "=1+1", "-x",
    "tab\tline\nfeed\rend\x00", "\x1b[31mred\x1b[0m", "\u202eright\u2066", "\ud800lone", "\ufffe",
    "🚕 Größe", "Gro\u0308ße", "", " ", "# head", "- list", "1. one", "x" * 10_000, "@" * 10_000,
)  # fmt: skip
"""Names that some report would obey, or be broken by."""


def nasty() -> Audit:
    """Return an audit in which every text of the data is one of `NASTY`."""
    features = tuple(
        replace(
            WAIT if i % 2 else FARE,
            name=name,
            tests=(
                JudgedTest("ks", SKEW, 0.2, 0.2, None, 0.0, 0.0, 0.1, value=name),
                JudgedTest("psi", UNTESTED, reason=file(f"no bin of {name}")),
                JudgedTest(
                    "linf", WARN, 0.06, 0.06, threshold=0.1, value=name, waived="2026-12-31"
                ),
            ),
            causes=(_stale(name),),
            parity=Parity(10, 5, 1.0, Example(name, 1, name, name, name)),
            bars=(Bar(name, 0.5, 0.1), Bar("other", 0.5, 0.9)),
            worst=(Segment(name, name, 7, SKEW, ()),),
        )
        for i, name in enumerate(NASTY)
    )
    every = "".join(NASTY[:-2])
    return replace(
        AUDIT,
        parameters_path=every,
        model={"name": every},
        features=features,
        causes=tuple(
            replace(_stale(name), details={"of": 99, "shares": (0.5, 0.25)}, features=NASTY)
            for name in NASTY
        ),
        not_tested=(NotTested("raw_only", NASTY), *(NotTested("raw_only", (n,)) for n in NASTY)),
        holds=(
            Hold("unread_elements", lists=NASTY),
            *(Hold("untested", (name,), file(name)) for name in NASTY),
            *(
                Hold("served_unasked", (n,), served=UnaskedServed((n,), (n,), f"{n}{{feature}}"))
                for n in NASTY
            ),
        ),
        notes=free_notes(NASTY),
    )


def _stale(name: str) -> Cause:
    return replace(STALE, parameters={"file": name}, place=Place(name, values=(name,)))


def many(features: int) -> Audit:
    """Return an audit of so many features, half of them in trouble, with windows and causes."""
    kinds = (FARE, WAIT, clean("x"), clean("y"))
    named = (replace(kinds[i % 4], name=f"feature_{i}") for i in range(features))
    return replace(AUDIT, features=tuple(named))
