#!/bin/sh
# Installs an sdist or a wheel in a fresh virtual environment, with what it needs and nothing else,
# and runs the demo there, away from this folder: install_anew.sh PYTHON FILE
set -eu
file=$(realpath "$2")
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
"$1" -m venv "$home/venv"
"$home/venv/bin/python" -m pip install --quiet "$file"
cd "$home"
"$home/venv/bin/skewcheck" --version
"$home/venv/bin/skewcheck" demo > demo.txt
grep -q ': skew: ' demo.txt || grep -q '^skew: ' demo.txt
echo "$2: installed anew, and the demo ran"
