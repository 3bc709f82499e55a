#!/usr/bin/env bash
# The skeleton plugin is built outside the tree against an installed bgraph, is described without being loaded, and a
# graph that uses it is checked.   usage: skeleton_test.sh BUILD SOURCE
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >/dev/null
cp -r "$source/sdk/skeleton" "$work/skeleton"
cmake -S "$work/skeleton" -B "$work/skeleton/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix${CMAKE_PREFIX_PATH:+;$CMAKE_PREFIX_PATH}" \
  -DCMAKE_BUILD_TYPE=Release >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/skeleton/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

plugin=$(echo "$work"/skeleton/build/*.so)
manual=$("$work/prefix/bin/bgraph" inspect skeleton.scale --plugins "$plugin")
grep -q 'every number times a factor' <<<"$manual" || { echo "inspect lacks the summary: $manual"; exit 1; }
grep -q 'factor' <<<"$manual" || { echo "inspect lacks the parameter: $manual"; exit 1; }

# What `bgraph new plugin` writes builds the same way, its graph is right, and it is certified.
bgraph=$work/prefix/bin/bgraph
(cd "$work" && "$bgraph" new plugin louder >/dev/null)
cmake -S "$work/louder" -B "$work/louder/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix${CMAKE_PREFIX_PATH:+;$CMAKE_PREFIX_PATH}" \
  -DCMAKE_BUILD_TYPE=Release >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/louder/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
plugin_of_mine=$(echo "$work"/louder/build/*.so)
(cd "$work" && "$bgraph" check louder/graph.toml --plugins louder/build) >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
(cd "$work" && "$bgraph" certify "$plugin_of_mine" louder/graph.toml --set brains.subjects=1 --set brains.images=24 \
  --set brains.validation=4 --set brains.test=4 --set brains.external=4) >"$work/log" 2>"$work/err" || { cat "$work/err" "$work/log"; exit 1; }
for fact in 'ok    manifest' 'ok    repeats' 'ok    threads' 'ok    pure' 'ok    inputs' 'ok    at once' 'certified'; do
  grep -q "$fact" "$work/log" || { echo "certify does not say '$fact':"; cat "$work/log"; exit 1; }
done

if nm -D --defined-only "$plugin" | grep -v bgraph_plugin_entry | grep -q ' [TWV] '; then
  echo "the plugin exports more than its entry:"; nm -D --defined-only "$plugin"; exit 1
fi
if ldd "$work/prefix/bin/bgraph" | grep -q torch; then echo "control links LibTorch"; exit 1; fi
echo "skeleton built outside the tree, described, and exports one symbol"
