#!/usr/bin/env bash
# The bootstrap script: what it builds, and when. Configuring and compiling are played by stand-ins that only make files.
set -euo pipefail
root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/tools" "$scratch/build" "$scratch/tree"
cp "$root/bgraph" "$scratch/tree/"
mkdir "$scratch/tree/core" "$scratch/tree/sdk" "$scratch/tree/plugins"
touch "$scratch/tree/CMakeLists.txt" "$scratch/tree/plugins/one.cpp" "$scratch/build/build.ninja"

# ninja -C FOLDER TARGETS...: a line of its targets, and the files they stand for.
cat > "$scratch/tools/ninja" <<'NINJA'
#!/usr/bin/env bash
shift; folder=$1; shift
[ "$*" = build.ninja ] && exit
echo "$*" >> "$folder/asked"
mkdir -p "$folder/bin" "$folder/plugins"
printf '#!/usr/bin/env bash\necho "program $* builder=${BGRAPH_BUILDER##*/}"\n' > "$folder/bin/bgraph"
printf '#!/usr/bin/env bash\necho "embed ${*: -1}" >> %s/asked\n' "$folder" > "$folder/bin/bgraph-worker"
chmod +x "$folder"/bin/*
for target; do case $target in plugins/*.so) touch "$folder/$target" ;; esac; done
NINJA
chmod +x "$scratch/tools/ninja"

export PATH=$scratch/tools:$PATH BGRAPH_BUILD=$scratch/build
failures=0
expect() {  # expect WHAT EXPECTED FOUND
  [ "$2" = "$3" ] || { printf '%s\n  expected: %s\n  found:    %s\n' "$1" "$2" "$3"; failures=$((failures + 1)); }
}
asked() { cat "$scratch/build/asked" 2>/dev/null || true; rm -f "$scratch/build/asked"; }
bgraph() { "$scratch/tree/bgraph" "$@" 2>/dev/null; }

expect "Tab on a fresh tree says nothing" "" "$(bgraph complete -- run)"
expect "and builds nothing" "" "$(asked)"
expect "a first call starts the program" "program check g.toml builder=bgraph" "$(bgraph check g.toml)"
expect "and builds it without any plugin" "bgraph bgraph-worker bgraph_declared" "$(asked)"
bgraph plan g.toml > /dev/null
expect "a later call builds nothing" "" "$(asked)"
bgraph build io.one clusters.two > /dev/null
expect "plugins are built by name" "bgraph bgraph-worker bgraph_declared plugins/io.one.so plugins/clusters.two.so
embed $scratch/build/plugins/io.one.so" "$(asked)"
sleep 0.01; touch "$scratch/tree/plugins/one.cpp"
bgraph check g.toml > /dev/null
expect "a changed source brings the program and what was built up to date" \
  "bgraph bgraph-worker bgraph_declared plugins/clusters.two.so plugins/io.one.so
embed $scratch/build/plugins/io.one.so" "$(asked)"
bgraph check g.toml > /dev/null
expect "once" "" "$(asked)"
touch "$scratch/tree/sdk"
expect "Tab builds nothing either when sources changed" "program complete -- run builder=" "$(bgraph complete -- run)"
expect "at all" "" "$(asked)"
bgraph build > /dev/null
expect "build alone builds all plugins" "bgraph bgraph-worker bgraph_declared plugins/clusters.two.so plugins/io.one.so bgraph_manifests" \
  "$(asked | head -1)"
exit $((failures > 0))
