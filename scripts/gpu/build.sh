# shellcheck shell=bash disable=SC2034,SC2154
# What is checked: builds that are made now, packed for another machine, or found.
# Part of scripts/gpu-check, which says what the variables are.

# Builds the binary and the test suite with some features and leaves stripped copies of both in a folder.
build() {
    local features=$1 folder=$2 listing suite
    local cargo=(--release --workspace --locked --features "rote/${features//,/,rote\/}")
    say "building with $features; the first time takes long"
    cargo build "${cargo[@]}" || return 1
    # The binary of a test has a hash in its name, which cargo alone knows.
    listing=$(cargo test "${cargo[@]}" --test backends --no-run 2>&1) || { printf '%s\n' "$listing" >&2 && return 1; }
    suite=$(sed -n 's/^ *Executable .*backends.*(\(.*\))$/\1/p' <<<"$listing" | tail -n 1)
    mkdir -p "$folder"
    strip -o "$folder/rote" "${CARGO_TARGET_DIR:-target}/release/rote" && strip -o "$folder/backends" "$suite"
}

# Packs the builds with what they need to be checked on a machine that has neither Rust nor network.
pack() {
    local features place
    [[ $bundle =~ \.tar(\.gz|\.zst)?$ ]] || refuse "--bundle $bundle: the name must end in .tar, .tar.gz or .tar.zst"
    [[ -d $(dirname "$bundle") && -w $(dirname "$bundle") ]] ||
        refuse "--bundle $bundle: $(dirname "$bundle") is no folder that can be written to"
    ((${#feature_sets[@]})) || feature_sets=(wgpu "wgpu,autotune")
    stage=$(mktemp -d)
    trap 'rm -rf "$stage"' EXIT
    place=$stage/rote-gpu-check
    for features in "${feature_sets[@]}"; do
        build "$features" "$place/bin/$features" || refuse "the build with $features failed"
    done
    mkdir -p "$place/scripts" "$place/lib" "$place/docs/benchmarks"
    cp -r scripts/gpu-check scripts/gpu "$place/scripts/"
    cp -r configs "$place/" && cp docs/gpu.md "$place/docs/"
    # Drivers belong to a machine, but the loader that finds them is one small library.
    loader=$(loader_here) && cp --dereference "$loader" "$place/lib/libvulkan.so.1"
    {
        printf 'commit: %s\n' "$(git describe --always --dirty --abbrev=40 2>/dev/null || echo unknown)"
        printf 'built: %s, %s, on %s\n' "$(date -u +%Y-%m-%d)" "$(rustc --version)" "$(uname -m)"
        printf 'newest symbol of the C library: %s\n' "$(newest_glibc "$place/bin/${feature_sets[0]}/rote")"
        printf 'vulkan loader: %s\n' "${loader:-not packed, there is none here}"
    } >"$place/BUNDLE"
    tar --create --auto-compress --file "$bundle" --directory "$stage" rote-gpu-check || refuse "cannot write $bundle"
    say "$bundle: $(du -h "$bundle" | cut -f 1), with the builds ${feature_sets[*]}"
}

loader_here() {
    /sbin/ldconfig -p 2>/dev/null | awk '$1 == "libvulkan.so.1" { print $NF; found = 1; exit } END { exit !found }'
}

# Takes the machine's own Vulkan loader, or the packed one if it has none.
find_loader() {
    if ! loader=$(loader_here); then
        loader='none'
        if [[ -f lib/libvulkan.so.1 ]]; then
            export LD_LIBRARY_PATH=$root/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
            loader='the packed one, the machine has none'
        fi
    fi
}

newest_glibc() { objdump -T "$1" 2>/dev/null | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1; }

# Finds what is to be checked: binaries named, those of the bundle that this script lies in, or ones that are built now.
find_builds() {
    local folder features version i
    if ((${#rotes[@]} == 0)) && [[ -f BUNDLE ]]; then
        for folder in "$root"/bin/*/; do rotes+=("${folder}rote") && suites+=("${folder}backends"); done
    elif ((${#rotes[@]} == 0)); then
        command -v cargo >/dev/null || refuse "there is no cargo here: name a binary with --rote PATH (docs/gpu.md)"
        ((${#feature_sets[@]})) || feature_sets=(wgpu)
        for features in "${feature_sets[@]}"; do
            folder=$logs/bin/$features
            build "$features" "$folder" || { leave_nothing && refuse "the build with $features failed"; }
            rotes+=("$folder/rote") && suites+=("$folder/backends")
        done
    fi
    for ((i = 0; i < ${#rotes[@]}; i++)); do
        version=$("${rotes[i]}" --version 2>&1) || refuse "${rotes[i]} does not run: $version"
        [[ $version == rote\ * ]] || refuse "${rotes[i]} is no rote: it calls itself ${version%%$'\n'*}"
        [[ -z ${suites[i]} ]] || timeout 60 "${suites[i]}" --list 2>/dev/null | grep '^flex::' >/dev/null ||
            refuse "${suites[i]} is no suite of rote's: it lists no cases"
        features=$(features_of "$i")
        versions+=("$version") && labels+=("${features:-no features}")
    done
}

# Where nothing could be checked, only what was built stays.
leave_nothing() {
    [[ -n $(ls "$logs/bin" 2>/dev/null) ]] || rm -rf "$logs"
    # A bundle has no such folder; in the sources it is not empty.
    rmdir "$root/runs" 2>/dev/null || true
}

# The Cargo features that a build says it has, with commas between.
features_of() {
    timeout 60 "${rotes[$1]}" devices --json 2>/dev/null | tr -d ' \n"' | sed -n 's/.*features:\[\([^]]*\)\].*/\1/p'
}
