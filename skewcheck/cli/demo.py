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
    from skewcheck.reports.terminal import quiet_line, render
    from skewcheck.simulate.demo import write_demo

    def _fit(train: Path, parameters: Path) -> None:
        found = api.fit(str(train), parameters=api.load(str(parameters)))
        api.save(found, str(parameters))

    files = write_demo(Path(target), _fit)
    served = "{feature}_norm"
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
        option = f" --served '{template}'" if template else ""
        out.say(f"$ skewcheck audit {files.parameters} {log}{option}\n{quiet_line(audit)}\n\n")
    out.say(f"The last of them in full:\n\n{render(audit, out.screen())}")
    return 0
