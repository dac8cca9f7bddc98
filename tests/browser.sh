#!/bin/sh
# Get the browser in which the HTML report is tested, where the system's packages may be installed
# without asking: by apt-get, as root. `browser.sh FILE`: FILE notes a failure, which is not tried
# again while the file is there. Never fails: without a browser those tests are left out, and the
# last lines of the run say so.
set -u
failed=$1

have() {
    command -v "$1" >/dev/null 2>&1
}

if have chromedriver && { have chromium || have google-chrome; }; then
    exit 0
fi
if [ -n "${SKEWCHECK_NO_BROWSER:-}" ] || [ -e "$failed" ]; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! have apt-get; then
    exit 0
fi

echo "no browser for the tests of the HTML report: installing chromium and chromium-driver"
export DEBIAN_FRONTEND=noninteractive
trap 'rm -f "$failed"; exit 130' INT TERM
bounds="-o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20"
# shellcheck disable=SC2086 # several words
if apt-get $bounds update -qq >/dev/null 2>"$failed" &&
    apt-get $bounds install -qq -y --no-install-recommends chromium chromium-driver \
        >/dev/null 2>"$failed"; then
    rm -f "$failed"
else
    echo "could not install them; why stands in $failed, and \`make browser\` tries again" >&2
fi
