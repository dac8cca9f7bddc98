"""What is wrong with a remote file, by the error of its service: without a word of URL or key."""

from __future__ import annotations

import re

import pyarrow as pa

_SERVICE = re.compile(
    r"AWS Error|google::cloud|Azure|azure|libhdfs|libjvm|HDFS|HTTP status|no connection:"
    r"|no file system of"
)
"""Of which errors of services have one: those of formats may quote the data."""
_NO_RIGHTS = (
    "no rights to read it: give this process credentials where the service's own tools look for"
    " them (environment, profile, role)"
)
_UNREACHED = "no connection to the service: mind host, port and network, or try again later"
_CAUSES = {
    r"ACCESS_DENIED|INVALID_ACCESS_KEY|InvalidAccessKeyId|SIGNATURE|TOKEN|InvalidToken": _NO_RIGHTS,
    r"PERMISSION_DENIED|UNAUTHENTICATED|Authenticat|AuthorizationF|[Cc]redential": _NO_RIGHTS,
    r"access token": _NO_RIGHTS,
    r"status:? ?\(?40[13]": _NO_RIGHTS,
    r"NO_SUCH_BUCKET|ucket does not exist|ucket '.*' not found|ContainerNotFound": (
        "no such bucket: mind its spelling"
    ),
    r"status:? ?\(?301|PermanentRedirect|AuthorizationHeaderMalformed": (
        "lies in another region: set AWS_REGION, or write ?region=NAME behind the URL"
    ),
    r"status:? ?\(?(404|410)|NO_SUCH_KEY|NoSuchKey": "no such file",
    r"status:? ?\(?416|InvalidRange": "is shorter than it was: audit it once it is whole",
    r"libhdfs|libjvm|JNI|JAVA_HOME|HADOOP": "needs Hadoop's libhdfs and Java on this machine",
    r"NETWORK_CONNECTION|curlCode|no connection|[Tt]imed? ?out|TIMEOUT": _UNREACHED,
    r"UNAVAILABLE|resolve host|[Cc]onnect": _UNREACHED,
    r"SLOW_DOWN|THROTTL|INTERNAL_FAILURE|status:? ?\(?(429|5\d\d)": (
        "the service is out of order or too busy: try again later"
    ),
    r"no file system of": "pyarrow cannot read such a URL here, or an option in it is wrong",
    r"": "the service refuses to give it",
}
"""Patterns of errors of pyarrow's file systems and of fsspec, and what to do; the first counts."""


def cause(error: Exception) -> str | None:
    """Return what is wrong and what to do; None for an error that is of no service."""
    text = str(error)
    of_arrow = isinstance(error, pa.ArrowException)
    of_system = isinstance(error, OSError) and error.errno is None
    if not (of_arrow or of_system) or not _SERVICE.search(text):
        return None
    return next((what for pattern, what in _CAUSES.items() if re.search(pattern, text)), None)
