#!/usr/bin/env bash
# The example that calls NumPy, through the real program: it runs, its table comes back, a second run does nothing, and a
# changed script runs again.   usage: numpy_test.sh BGRAPH SOURCE      exit code 77: skipped
set -euo pipefail
bgraph=$1 source=$2
if ! python3 -c 'import numpy' 2>/dev/null; then PATH=/usr/bin:$PATH; fi  # where python3-numpy belongs to
if ! python3 -c 'import numpy' 2>/dev/null; then
  echo "SKIPPED: python3 with numpy is not installed (python3-numpy)"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$source/graphs/examples/numpy_spectrum.toml" "$source/graphs/examples/spectrum.py" "$work"
cd "$work"
run() { "$bgraph" run numpy_spectrum.toml 2>err || { cat err; exit 1; }; }

run | grep -q '2 nodes ran' || { echo "the first run did not run both nodes"; exit 1; }
grep -q 'participation_ratio' runs/numpy_spectrum/metrics.json || { echo "the table did not come back"; exit 1; }
run | grep -q 'nothing to do' || { echo "a second run did something"; exit 1; }
mv spectrum.py renamed.py
sed -i 's/"spectrum.py"/"renamed.py"/' numpy_spectrum.toml
run | grep -q 'nothing to do' || { echo "the name of the script is in the key"; exit 1; }
echo '# one more line' >> renamed.py
"$bgraph" plan numpy_spectrum.toml | grep -q 'content of `script` changed' || { echo "the script is not in the key"; exit 1; }
echo "NumPy ran as a node, once per content of its script"
