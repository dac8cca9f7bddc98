"""`skewcheck demo`: the tool at work on files of its own, in ten seconds."""

from pathlib import Path
from typing import Annotated

from skewcheck.cli import output as out
from skewcheck.cli.options import Text, given, parameters_of
from skewcheck.config.options import FOLDER

_o = parameters_of("demo")


def demo(folder: Annotated[Text, _o("folder")] = None) -> int:
    """See it work on files of its own.

    Writes a small training set, its parameter file and several logs, and audits them.
    """
    target = FOLDER.of(given("demo", locals()))
    from skewcheck import api
    from skewcheck.reports.named_causes import named_causes
    from skewcheck.reports.terminal import quiet_line
    from skewcheck.simulate.demo import write_demo

    def _fit(train: Path, parameters: Path) -> None:
        found = api.fit(str(train), parameters=api.load(str(parameters)))
        api.save(found, str(parameters))

    files = write_demo(Path(target), _fit)
    served = "{feature}_norm"
    option = f" --served '{served}'"
    logs: list[tuple[Path, str | None]] = [
        (files.clean, served),
        (files.clean_csv, served),
        (files.clean_jsonl, None),
        (files.drifted, None),
        (files.not_normalized, served),
        (files.paired_bug, served),
        (files.many_faults, served),
    ]
    for log, template in logs:
        audit = api.audit(str(files.parameters), str(log), served=template)
        of_log = f"{log}{option if template else ''} --quiet"
        out.say(f"$ skewcheck audit {files.parameters} {of_log}\n{quiet_line(audit)}\n\n")
    named = named_causes(audit, out.screen().width)
    out.say(f"The last of them, a kind of fault in each feature:\n\n{named}\n")
    out.say(f"$ skewcheck audit {files.parameters} {log}{option}\n  says all about it.\n")
    return 0
