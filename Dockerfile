# skewcheck in a container: docker build -t skewcheck . && docker run --rm --read-only --network none \
#   -v "$PWD:/data:ro" skewcheck audit params.json logs/
# It runs as a user without rights, needs no place to write (its output goes to stdout) and no network.
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends binutils gcc libc6-dev
COPY pyproject.toml README.md LICENSE /source/
COPY skewcheck /source/skewcheck
# What is removed is nearly two fifths of what pip installs: tests, headers, symbols, and
# Arrow Flight, a protocol between servers. With it the image would have more than 500 MB. Bytecode stays: a
# container whose root is read-only could never write it, and would compile at each start.
RUN python -m venv /opt/skewcheck \
    && /opt/skewcheck/bin/pip install --no-cache-dir "/source[avro,prometheus,yaml]" \
    && /opt/skewcheck/bin/pip uninstall --yes pip \
    && cd /opt/skewcheck/lib/python3.12/site-packages \
    && rm -rf pyarrow/include pyarrow/tests pyarrow/src \
    && rm -f pyarrow/*flight*.so* \
    && find numpy pandas scipy -type d -name tests -prune -exec rm -rf {} + \
    && find . -name "*.a" -delete \
    && find . -name "*.so*" -not -path "*.libs/*" -exec strip --strip-unneeded {} + \
    && cd /tmp && /opt/skewcheck/bin/skewcheck demo

FROM python:3.12-slim
COPY --from=build /opt/skewcheck /opt/skewcheck
RUN useradd --system --no-create-home --uid 10001 skewcheck
USER 10001
ENV PATH=/opt/skewcheck/bin:$PATH PYTHONDONTWRITEBYTECODE=1
WORKDIR /data
ENTRYPOINT ["skewcheck"]
CMD ["--help"]
