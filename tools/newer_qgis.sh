#!/usr/bin/env bash
# A whole session in the newest QGIS that Debian's backports have, after the tests in that of the release.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    echo "left out: QGIS from backports can be installed on Debian, as root, alone"
    exit 0
fi
suite="$(. /etc/os-release && echo "$VERSION_CODENAME")-backports"
list=/etc/apt/sources.list.d/backports-of-qgis.sources
# The machine's own entry, so that its mirror and its keys are used.
entry=$(grep -l 'debian' /etc/apt/sources.list.d/debian*.sources | head -n 1)
sed -n '1,/^$/p' "$entry" | sed "s/^Suites:.*/Suites: $suite/" >"$list"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -t "$suite" qgis python3-qgis >/dev/null
rm "$list"
qgis --version 2>/dev/null | tail -n 1
OMP_NUM_THREADS=1 .venv/bin/python -m pytest -q tests/qgis/test_sessions.py tests/qgis/test_processing.py -k "session or algorithms"
