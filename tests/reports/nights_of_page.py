"""Histories for the page of a state folder: a month with a break, hostile, and a large one."""

from __future__ import annotations

import random
from collections.abc import Callable

from skewcheck.engine.memory.history import FeatureRecord, Run
from skewcheck.engine.memory.nights import Log
from skewcheck.results.nights import Accepted

OK, CALM = "ok", FeatureRecord("ok", 0.1, (), True, "ks")
HOSTILE = "</script></svg></title><script>alert(1)</script>"


def at(night: int) -> str:
    return f"2026-{1 + night // 28:02}-{1 + night % 28:02}T03:00:00+00:00"


def run(night: int, features: dict[str, FeatureRecord], **changes: object) -> Run:
    verdicts = {record.verdict for record in features.values()}
    verdict = next((v for v in ("skew", "inconclusive", "warn") if v in verdicts), "ok")
    fields: dict[str, object] = {
        "at": at(night), "verdict": verdict, "parameters": "p.json", "fingerprint": "sha256:aa",
        "exit_code": int(verdict == "skew"), "files": 1, "rows": 3000, "features": features,
        "id": str(night), "logs": ("web",), "model": {"name": "fares", "version": "1"},
    }  # fmt: skip
    return Run(**{**fields, **changes})


BROKEN = FeatureRecord("skew", 4.2, ("unit_change",), True, "ks", 3.1)


def month() -> list[Run]:
    """`fare` breaks in nights 11 to 14 of 30, `tip` warns in the last; other parameters from 21."""
    nights = []
    for night in range(30):
        fare = BROKEN if 10 <= night < 14 else CALM
        tip = FeatureRecord("warn", 0.7, (), True, "psi") if night == 29 else CALM
        features = {"fare": fare, "tip": tip, "miles": CALM}
        if night >= 5:
            features["late"] = FeatureRecord("ok", None)
        version = str(1 + (night >= 20))
        changes = {
            "evidence": float(night), "fingerprint": f"sha256:{version}", "delivered": night != 3,
            "model": {"name": "fares", "version": version},
        }  # fmt: skip
        nights.append(run(night, features, **changes))
    return nights


ACCEPTED = [(Log("p.json", "sha256:1", ()), Accepted(at(14), "new price list"))]


def hostile(text: str) -> list[Run]:
    record = FeatureRecord("skew", 3.0, (text, "drift"), True, text, 2.0)
    features = {text: record, f"{text}2": FeatureRecord(text, 1.0, (text,))}
    everywhere = {"verdict": text, "parameters": text, "coverage": text, "logs": (text,)}
    return [
        run(
            night,
            features,
            **everywhere,
            fingerprint=f"{text}{night}",
            model={"name": text, "version": f"{night}"},
        )
        for night in range(3)
    ]


def year(features: int, nights: int, name: Callable[[int], str] = "feature_{}".format) -> list[Run]:
    """Nights with any verdict and effect of each feature: hardly two that adjoin are alike."""
    rng = random.Random(1)  # noqa: S311  # nothing secret
    codes = ("drift", "unit_change", "wrong_parameters")

    def record() -> FeatureRecord:
        verdict = rng.choice(("ok", "warn", "skew", "inconclusive"))
        effect = rng.choice((None, 0.1, 0.7, 1.5, 3.0, 50.0))
        causes = tuple(rng.sample(codes, 2))
        return FeatureRecord(verdict, effect, causes, True, "ks", rng.random() * 9)

    # Forty nights that are drawn, in any order: as hard to draw, and quicker to make.
    drawn = [{name(i): record() for i in range(features)} for _ in range(40)]
    return [
        run(night, rng.choice(drawn), fingerprint=f"sha256:{night}", evidence=rng.random() * 9)
        for night in range(nights)
    ]
