"""Audits for the page: with windows, segments and distribution functions; hostile; large."""

from dataclasses import replace

from reports.sample import AUDIT, FARE, OK, PAYMENT, SKEW, clean, file

from skewcheck.features.notes import free_notes
from skewcheck.results.audit import Audit, Bar, Curves, Example, FeatureAudit, JudgedTest, Parity
from skewcheck.results.causes import Cause, Place
from skewcheck.results.incidents import Incident
from skewcheck.results.pairs import Mistake, Pairs
from skewcheck.results.parts import Change, Segment, WindowFigures, WindowLayout

STARTS = tuple(f"2026-11-{1 + i // 24:02}T{i % 24:02}:00:00Z" for i in range(48))
AT = tuple(i / 10 for i in range(101))
SHARES = tuple(x / 10 for x in AT)
PAIRS = Pairs(AT[:50], tuple(1.25 * x for x in AT[:50]))
"""What another scale serves."""
FULL_FARE = replace(
    FARE,
    parity=Parity(200_000, 13_877, 3.2, FARE.parity and FARE.parity.example, pairs=PAIRS),
    curves=Curves(AT, SHARES, tuple(share**2 for share in SHARES)),
    windows=tuple(
        WindowFigures(start, 4000, SKEW if i >= 24 else OK, {"ks": 0.3 if i >= 24 else 0.02})
        for i, start in enumerate(STARTS)
    ),
    changes=(Change(STARTS[24], None, 0.9, "ks", 0.3),),
    segments=(
        Segment("host", "web-7", 14_000, SKEW, (JudgedTest("ks", SKEW, 0.4, 0.4, threshold=0.1),)),
        Segment("host", "web-1", 186_000, OK, ()),
    ),
)
FULL = replace(
    AUDIT,
    features=tuple(
        FULL_FARE if f.name == "fare" else f for f in AUDIT.features if f.name != "wait"
    ),
    windows=WindowLayout("ts", "1h", "reference", STARTS),
)

HOSTILE_TEXT = "</script></svg></title><script>alert(1)</script>"


def hostile(
    name: str = f"{HOSTILE_TEXT}\"'`|$\\frac{{1\x1b[2J\u202e\u2028%::]]>{{{{7*7}}}}-->🚕\n",
) -> Audit:
    """Return an audit that has this text wherever text of the data may stand."""

    def evil(feature: FeatureAudit) -> FeatureAudit:
        cause = Cause("swapped_features", 0.5, 0.5, {"feature": name}, Place(name, values=(name,)))
        return replace(
            feature,
            name=name + feature.name,
            causes=(cause,),
            bars=tuple(Bar(name, bar.reference, bar.serving) for bar in feature.bars),
            tests=tuple(replace(t, value=name, reason=file(name)) for t in feature.tests),
            windows=tuple(replace(w, start=name) for w in feature.windows),
            changes=(Change(name, name, 0.5, "ks", 0.3),) if feature.changes else (),
            segments=tuple(replace(s, column=name, value=name) for s in feature.segments),
            worst=(Segment(name, name, 1, SKEW, ()),),
            parity=Parity(
                10,
                5,
                1.0,
                Example(name, 1, name, name, name),
                pairs=feature.parity and feature.parity.pairs,
                mistakes=(Mistake(name, name, name, 0.5),),
            ),
        )

    return replace(
        FULL,
        features=tuple(evil(feature) for feature in (FULL_FARE, PAYMENT)),
        causes=(
            Cause(
                "stale_parameters",
                0.5,
                0.5,
                {"file": name},
                Place(name, values=(name,)),
                details={"of": 2, "shares": (0.5,)},
                features=(name,),
            ),
        ),
        incidents=(
            Incident((name, name), (name, name), Place(name, values=(name,)), 0.0, 1e6, None, SKEW),
        ),
        notes=free_notes([name]),
        parameters_path=name,
        model={"name": name, name: name},
        logs=replace(FULL.logs, files=(name, name)),
        windows=WindowLayout(name, name, name, (name,)),
        run={name: name},
    )


def troubled(number: int) -> Audit:
    """Return an audit of so many features, all of them in trouble, with windows that vary."""
    windows = tuple(
        replace(window, figures={"ks": 0.0123 * (i * 7 % 13) + 0.05})
        for i, window in enumerate(FULL_FARE.windows)
    )
    return replace(FULL, features=tuple(
        replace(FULL_FARE, name=f"f{i}", windows=windows) for i in range(number)
    ))  # fmt: skip


def many(number: int) -> Audit:
    """Return an audit of so many features, half of them in trouble."""
    bad = [replace(FULL_FARE, name=f"f{i}") for i in range(number // 2)]
    return replace(
        FULL, features=(*bad, *(clean(f"f{i}") for i in range(len(bad), number))), causes=()
    )
