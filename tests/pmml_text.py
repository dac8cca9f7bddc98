"""PMML files written by hand, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from skewcheck.features.types import Parameters
from skewcheck.parameters import load

Read = Callable[..., Parameters]
X = '<FieldRef field="x"/>'


def reader(folder: Path) -> Read:
    """Return what reads a PMML file with numbers x, levels c, and whatever else is given."""

    def of(derived: str = "", mining: str = "", data: str = "", model: str = "") -> Parameters:
        path = folder / "m.pmml"
        path.write_text(
            f"""<?xml version="1.0"?>
<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header/>
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="c" optype="categorical" dataType="string"/>{data}
</DataDictionary>
<TransformationDictionary>{derived}</TransformationDictionary>
<TreeModel functionName="regression"><MiningSchema>{mining}</MiningSchema>{model}
<Node><True/></Node></TreeModel></PMML>"""
        )
        return load(path)

    return of


def field(expression: str, name: str = "d", kind: str = "double") -> str:
    head = f'<DerivedField name="{name}" optype="continuous" dataType="{kind}">'
    return f"{head}{expression}</DerivedField>"


def norm(*points: tuple[float, float], more: str = "") -> str:
    inner = "".join(f'<LinearNorm orig="{x!r}" norm="{y!r}"/>' for x, y in points)
    return field(f'<NormContinuous field="x" {more}>{inner}</NormContinuous>')


def rows() -> pd.DataFrame:
    random = np.random.default_rng(5)
    x = random.normal(3, 6, 1000)
    x[::9] = np.nan
    x[:6] = [0.0, 2.0, 4.0, 10.0, -1e9, 1e9]
    c = random.choice(np.array(["a", "b", "z", None], object), 1000)
    return pd.DataFrame({"x": x, "c": c})


def apply(function: str, *arguments: str | float) -> str:
    inner = "".join(f"<Constant>{a}</Constant>" if isinstance(a, float) else a for a in arguments)
    return f'<Apply function="{function}">{inner}</Apply>'


def bins(*parts: tuple[str, float], more: str = "") -> str:
    inner = "".join(
        f'<DiscretizeBin binValue="{value}"><Interval {ends}/></DiscretizeBin>'
        for ends, value in parts
    )
    return field(f'<Discretize field="x" {more}>{inner}</Discretize>')


def table(*codes: tuple[str, object], more: str = "") -> str:
    inner = "".join(f"<row><i>{level}</i><o>{code}</o></row>" for level, code in codes)
    return field(
        f'<MapValues outputColumn="o" {more}><FieldColumnPair field="c" column="i"/>'
        f"<InlineTable>{inner}</InlineTable></MapValues>"
    )
