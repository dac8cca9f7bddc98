"""Parse PMML's XML: only elements about fields are kept; entities and deep nesting are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import ParameterError

MAX_DEPTH = 60
"""Levels of elements inside a kept one; nested expressions have about ten."""
MAX_ELEMENTS = 300_000
"""Kept elements: 10,000 fields with thirty elements each."""
MAX_TEXT_LENGTH = 32 * 2**20
"""Characters of kept text."""
_KEPT_NAMES = frozenset(
    {
        "DataDictionary",
        "TransformationDictionary",
        "MiningSchema",
        "LocalTransformations",
        "NeuralInputs",
    }
)


@dataclass(slots=True)
class Element:
    """An XML element; names are without namespace prefix."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def get(self, key: str, default: str = "") -> str:
        """Return an attribute's value."""
        return self.attributes.get(key, default)

    def children_named(self, name: str) -> list[Element]:
        """Return the child elements of a name."""
        return [child for child in self.children if child.name == name]

    def descendants(self) -> Iterator[Element]:
        """Yield the element itself and all elements inside it."""
        yield self
        for child in self.children:
            yield from child.descendants()


@dataclass(slots=True)
class Document:
    """The kept elements of a PMML file, and the names of its models."""

    elements: list[Element] = field(default_factory=list)
    models: list[str] = field(default_factory=list)

    def elements_named(self, name: str) -> list[Element]:
        """Return the kept elements of a name, of the first model and outside of models."""
        return [element for element in self.elements if element.name == name]


def parse(source: ParameterSource) -> Document:
    """Parse without following entities or addresses; ParameterError names the line."""
    builder = _Builder(source)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: builder.start(
        name, attributes, parser.CurrentLineNumber
    )
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.EntityDeclHandler = builder.entity
    try:
        parser.Parse(source.content, True)
    except expat.ExpatError as error:
        raise source.error(
            f"no valid XML: {expat.ErrorString(error.code)} (line {error.lineno})"
        ) from error
    except (ValueError, LookupError) as error:  # an encoding that nobody knows
        raise source.error(f"no valid XML: {error}") from error
    return builder.document


class _Builder:
    """Handlers of the XML parser, which build the document."""

    def __init__(self, source: ParameterSource) -> None:
        self.document = Document()
        self._source = source
        self._depth = 0
        self._open: list[Element] = []
        self._count = self._length = 0

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        name = name.rpartition(":")[2]
        self._depth += 1
        if not self._depth - 1 and name != "PMML":
            raise self._source.error(f"no PMML: its root is {name[:50]}")
        if self._open:
            self._nest(Element(name, attributes, line))
        elif self._depth == 2 and name not in (
            *_KEPT_NAMES,
            "Header",
            "MiningBuildTask",
            "Extension",
        ):
            self.document.models.append(name)
        elif self._depth in (2, 3) and name in _KEPT_NAMES and len(self.document.models) <= 1:
            self._open.append(Element(name, attributes, line))
            self.document.elements.append(self._open[-1])

    def _nest(self, element: Element) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) > MAX_DEPTH:
            problem = "nested too deep" if len(self._open) > MAX_DEPTH else "too many elements"
            raise ParameterError(f"{self._source.path}: line {element.line}: {problem} for PMML")
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._depth -= 1
        if self._open:
            self._open.pop()

    def text(self, text: str) -> None:
        if self._open and not text.isspace():
            self._length += len(text)
            if self._length > MAX_TEXT_LENGTH:
                raise self._source.error("more text than a data dictionary has")
            self._open[-1].text += text

    def entity(self, *_declared: object) -> None:
        raise self._source.error("declares XML entities, which are not read; remove its DOCTYPE")
