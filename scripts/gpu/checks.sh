# shellcheck shell=bash disable=SC2034,SC2154
# The checks, each with a time limit; one that fails does not keep the others from running.
# Part of scripts/gpu-check, which says what the variables are.

# Keeps what became of a check: its name, its state, its seconds, what to know.
record() {
    names+=("$1") && states+=("$2") && seconds+=("$3") && notes+=("$4")
    say "$1: $2${4:+ ($4)}"
}

# Runs a command for at most so many seconds, with its output in a log, and sets `status`, `took` and `given`. What ends
# it is SIGTERM: a command that a script runs in the background ignores SIGINT. Returns 1 if there is no time for it.
limited() {
    local limit=$1 log=$2 left begun
    shift 2
    left=$((deadline - $(now)))
    ((limit <= left)) || limit=$left
    ((limit >= 5)) || return 1
    commands+=("$(printf '%q ' "$@" | sed 's/\\,/,/g; s/ $//')")
    begun=$(now) status=0
    timeout --signal=TERM --kill-after=20 "$limit" "$@" >"$log" 2>"$log.err" &
    child=$!
    wait "$child" || status=$?
    # A signal to this script ends the waiting, not the command.
    while kill -0 "$child" 2>/dev/null; do wait "$child" || status=$?; done
    child=0 took=$(($(now) - begun)) given=$limit
}

# Half of the time that is left beside what the long run is to have: what any one check may take.
half() { echo $(((deadline - $(now) - reserve) / 2)); }

# A check that passes if its command ends well and in time: its name, the file for its output, its command.
check() {
    local name=$1 log=$2
    shift 2
    if ((interrupted)) || ! limited "$(half)" "$log" "$@"; then
        record "$name" 'not run' 0 "$(why_not)"
    elif ((interrupted)); then
        record "$name" 'not run' "$took" "$(why_not)"
    elif ((status == 0)); then
        record "$name" passed "$took" ''
    elif ((status == 124 || status == 137)); then
        record "$name" FAILED "$took" "not done after $given s"
    else
        record "$name" FAILED "$took" "exit code $status: $(reason "$log")"
    fi
    [[ ${states[-1]} == passed ]]
}

why_not() { if ((interrupted)); then echo 'interrupted'; else echo 'no time was left'; fi; }

# The line of a log that says best why its command failed, short enough for a table. What Mesa says of XDG_RUNTIME_DIR
# where there is no display means nothing.
reason() {
    cat "$1.err" "$1" 2>/dev/null | grep -v XDG_RUNTIME_DIR |
        awk '/^error|panicked|^- / { print; found = 1; exit } { last = $0 } END { if (!found) print last }' |
        tr '|' '/' | cut -c 1-160
}

# The devices that are ready in what `rote devices` printed, by the name that --backend takes: for each GPU backend its
# only GPU, or the first of several. With --software the first software device.
ready_devices() {
    awk -v software="$software" '
        /^[a-z]/ { ready = $2 == "ready" }
        ready && $1 ~ /^(wgpu|vulkan|cuda):[0-9]+:$/ {
            name = substr($1, 1, length($1) - 1)
            kind = name
            sub(/:.*/, "", kind)
            if (/, unusable$/ || kind in seen || (index($0, ", software") > 0) != (software + 0)) next
            seen[kind] = 1
            print name
        }' "$1"
}

# What devices are called, by the names that --backend takes.
device_names() {
    local name
    for name in "$@"; do
        [[ $name == *:* ]] || name+=':[0-9]+'
        sed -nE "s/^ +$name: (.*), (discrete GPU|integrated GPU|virtual GPU|software|other), .*/\1/p" \
            "$logs/devices-0.txt" | head -n 1
    done | sort -u | paste -s -d ';' | sed 's/;/; /g'
}

# Finds what to check on; without any device there is nothing to do.
look_at_devices() {
    local i backend
    for ((i = 0; i < ${#rotes[@]}; i++)); do
        check "devices, ${labels[i]}" "$logs/devices-$i.txt" "${rotes[i]}" devices
        backends_of[i]=${backends:-$(ready_devices "$logs/devices-$i.txt" | paste -s -d ' ')}
        gpus+=" ${backends_of[i]}"
    done
    for backend in $backends; do
        grep -qE "^ +$backend$([[ $backend == *:* ]] || echo ':[0-9]+'): " "$logs"/devices-*.txt && continue
        cat "$logs"/devices-*.txt >&2
        leave_nothing
        refuse "--backends $backend: there is no such device, see above; docs/gpu.md says what each backend needs"
    done
    if [[ -z ${gpus// /} ]]; then
        cat "$logs"/devices-*.txt >&2
        leave_nothing
        ((software)) && refuse "no software Vulkan device is ready; docs/gpu.md names the packages"
        refuse "no GPU is ready here, see above (--software checks a software driver); docs/gpu.md says what each needs"
    fi
    # shellcheck disable=SC2086 # They are words.
    gpu=$(device_names $gpus)
}

# The trust suite: every operation of a step against references in double precision, backend by backend.
run_suites() {
    local fusion=$1 i backend mode log counts length=usual
    # A software driver computes in order, so that repetition finds nothing there, and slowly.
    ((!software)) || length=short
    for ((i = 0; i < ${#rotes[@]}; i++)); do
        for backend in ${backends_of[i]}; do
            mode=$backend
            [[ $fusion == off ]] || mode+=+fusion
            if [[ -z ${suites[i]} ]]; then
                record "suite, $mode, ${labels[i]}" 'not run' 0 'no --suite was given'
                continue
            fi
            log=$logs/suite-$i-$mode.txt
            check "suite, $mode, ${labels[i]}" "$log" env ROTE_REQUIRE_GPU=1 ROTE_ALLOW_SOFTWARE_GPU="$software" \
                ROTE_SUITE_BACKENDS="$backend" ROTE_SUITE_LENGTH=$length "${suites[i]}" "$mode::"
            counts=$(grep -hs -m 1 '^[1-9][0-9]* cases of' "$log") && notes[-1]+="${notes[-1]:+; }$counts"
            # Another program than the suite, or one without this backend, ends well without a single case.
            [[ ${states[-1]} != passed || -n $counts ]] ||
                states[-1]=FAILED notes[-1]='it ran no case: is that the suite?'
        done
    done
}

# An experiment on the CPU and on every GPU backend, side by side: its name, fusion on or off, options of
# `rote compare`.
compare() {
    local config=$1 fusion=$2 i on switch=()
    shift 2
    [[ $fusion == off ]] || switch=(--set backend.fusion=true)
    for ((i = 0; i < ${#rotes[@]}; i++)); do
        [[ -n ${backends_of[i]} ]] || continue
        on="flex ${backends_of[i]}"
        check "compare $config, fusion $fusion, ${labels[i]}" "$logs/$config-$fusion-$i.txt" \
            "${rotes[i]}" compare "configs/$config.toml" --backends "${on// /,}" "${switch[@]}" "$@" \
            --out "$logs/$config-$fusion-$i"
    done
}

# Picks build, backend and steps of the long run: those that would end the whole of it first, as the comparison makes
# expect, and as many steps as end, with their evaluation, in the time that is left. Where two would end in the same
# millisecond, the earlier build and then the name decide. Prints nothing if no comparison succeeded.
plan_long_run() {
    local i left=$((deadline - $(now)))
    for ((i = 0; i < ${#rotes[@]}; i++)); do
        [[ -f $logs/gpu-100k-off-$i/compare.csv ]] || continue
        awk -F, -v build="$i" -v left="$left" -v most="$long_steps" -v grows="$long_evaluation" '
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            # What computes something else, or came to no end, is not to be measured any further.
            $at["agree"] == "false" || $at["status"] != "complete" { wrong[$at["backend"]] = 1 }
            $at["backend"] != "flex" && $at["steps_per_second"] > 0 {
                step[$at["backend"]] += 1 / $at["steps_per_second"]
                rest[$at["backend"]] += $at["first_step_seconds"] + grows * $at["evaluate_seconds"]
            }
            END {
                for (backend in step) {
                    if (backend in wrong) continue
                    whole = rest[backend] + most * step[backend]
                    steps = int((0.8 * left - rest[backend]) / step[backend])
                    least = most < 100 ? most : 100
                    steps = steps > most ? most : steps < least ? least : steps
                    printf "%.3f %d %s %d\n", whole, build, backend, steps
                }
            }' "$logs/gpu-100k-off-$i/compare.csv"
    done | sort -k 1,1n -k 2,2n -k 3,3 | head -n 1
}

# The scale configuration, trained and evaluated, for the time that is left. Stopped by the time it can be resumed.
long_run() {
    local steps='' build='' backend='' out=$logs/gpu-100k name note
    read -r _ build backend steps < <(plan_long_run)
    if [[ -z $backend ]]; then
        steps=$long_steps build=0
        while [[ -z ${backends_of[build]} ]]; do build=$((build + 1)); done
        backend=${backends_of[build]%% *}
    fi
    name="train gpu-100k, $backend, ${labels[build]}"
    if ((interrupted)) || ! limited $((deadline - $(now))) "$out.txt" \
        "${rotes[build]}" train configs/gpu-100k.toml --backend "$backend" \
        --set train.steps="$steps" --set train.checkpoint_every=500 "$@" --out "$out"; then
        record "$name" 'not run' 0 "$(why_not)"
    elif ((status == 0)); then
        record "$name" passed "$took" "$steps steps of $long_steps, evaluated"
    elif ((status == 124 || status == 137 || interrupted)); then
        note="on its way to $steps steps; \`rote train --resume ${out#"$root"/}\` goes on"
        record "$name" 'ended by the time' "$took" "$note"
    else
        record "$name" FAILED "$took" "exit code $status: $(reason "$out.txt")"
    fi
}
