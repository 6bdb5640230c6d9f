# shellcheck shell=bash disable=SC2034,SC2154
# The report: one Markdown file made of what the checks left in their logs.
# Part of scripts/gpu-check, which says what the variables are.

# A file's lines as Markdown code.
# shellcheck disable=SC2016 # The backquotes are Markdown's.
quoted() { printf '```text\n%s\n```\n\n' "$(sed "s#$root/##g" "$1")"; }

# Every check in a row.
check_table() {
    local i
    printf '| check | result | seconds | note |\n|---|---|---|---|\n'
    for ((i = 0; i < ${#names[@]}; i++)); do
        printf '| %s | %s | %s | %s |\n' "${names[i]}" "${states[i]}" "${seconds[i]}" "${notes[i]}"
    done
}

machine_facts() {
    local cpu memory system commit i
    cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
    memory=$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo 2>/dev/null)
    system=$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release 2>/dev/null)
    printf -- '- GPU: %s\n' "$gpu"
    if ((!software)) && command -v nvidia-smi >/dev/null; then
        timeout 20 nvidia-smi --query-gpu=name,driver_version,memory.total,power.limit --format=csv,noheader |
            sed 's/^/- nvidia-smi: /'
    fi
    printf -- '- Vulkan loader: %s\n' "$loader"
    printf -- '- CPU: %s, %s threads, %s; %s, %s\n' \
        "${cpu:-unknown}" "$(nproc)" "$memory" "${system:-unknown}" "$(uname -srm)"
    for ((i = 0; i < ${#rotes[@]}; i++)); do
        printf -- '- build %s: %s, %s bytes, SHA-256 %s...\n' "${labels[i]}" "${versions[i]}" \
            "$(stat -c %s "${rotes[i]}")" "$(sha256sum "${rotes[i]}" | cut -c 1-16)"
    done
    commit=$(cat "$logs"/*/run.json "$logs"/*/*/run.json 2>/dev/null |
        grep -m 1 -oE '"git_commit": "[0-9a-f]+(-dirty)?"' | cut -d '"' -f 4)
    printf -- '- sources: commit %s\n' "${commit:-unknown}"
    [[ ! -f BUNDLE ]] || sed 's/^/- bundle: /' BUNDLE
}

# What every comparison measured, in one table: the CPU once, each GPU backend in each build, with fusion off and on.
speeds() {
    local csv build place
    printf '| experiment | build | fusion | backend | networks | steps/s | to flex | GFLOP/s | %s | matmul | %s |\n' \
        "of $([[ -n $peak ]] && printf '%s TFLOP/s' "$peak" || printf 'peak')" 'first step, s'
    printf '|---|---|---|---|---|---|---|---|---|---|---|\n'
    for csv in "$logs"/{quick-off,gpu-100k-off,gpu-100k-on}-*/compare.csv; do
        [[ -f $csv ]] || continue
        place=$(basename "$(dirname "$csv")")
        build=${labels[${place##*-}]}
        place=${place%-*}
        awk -F, -v experiment="${place%-*}" -v fusion="${place##*-}" -v build="$build" -v peak="${peak:-0}" '
            function number(x, format) { return x == "" ? "" : sprintf(format, x) }
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            {
                gflops = $at["gflops"]
                on_gpu = $at["backend"] != "flex"
                share = peak > 0 && on_gpu && gflops != "" ? sprintf("%.1f %%", gflops / peak / 10) : ""
                printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", experiment, build, \
                    on_gpu ? fusion : "", $at["backend"], $at["population"], \
                    number($at["steps_per_second"], "%.4g"), number($at["speed_ratio"], "%.3g"), \
                    number(gflops, "%.4g"), share, \
                    $at["matmul_share"] == "" ? "" : sprintf("%.0f %%", 100 * $at["matmul_share"]), \
                    number($at["first_step_seconds"], "%.2f")
            }' "$csv"
    done
}

# What the long run came to: its speeds from run.json, then its table, or the last that it said.
long_run_facts() {
    local run=$logs/gpu-100k
    [[ -f $run/run.json ]] || { printf 'It was not run.\n\n' && return; }
    printf '| networks | steps/s | first step, s | training, s | evaluation, s |\n|---|---|---|---|---|\n'
    awk '
        /^  "timings"/ { inside = 1 }
        inside && /^    "/ { split($0, part, "\""); name = part[2] }
        inside && /^      "/ { split($0, part, "\""); value[part[2]] = $2; sub(/,$/, "", value[part[2]]) }
        inside && /^    }/ {
            printf "| %s | %.4g | %.2f | %.1f | %.1f |\n", name, value["steps_per_second"], \
                value["first_step_seconds"], value["train_seconds"], value["evaluate_seconds"]
            split("", value)
        }
        inside && /^  }/ { exit }' "$run/run.json"
    printf '\n'
    if [[ -s $run.txt ]]; then quoted "$run.txt"; else tail -n 3 "$run.txt.err" >"$run.last" && quoted "$run.last"; fi
}

# What a reader might miss, and why it is missing.
not_measured() {
    local i backend
    for ((i = 0; i < ${#names[@]}; i++)); do
        [[ ${states[i]} != 'not run' ]] || printf -- '- %s: %s.\n' "${names[i]}" "${notes[i]}"
    done
    for backend in wgpu vulkan cuda; do
        [[ " $gpus" == *" $backend"* ]] || printf -- '- %s: %s.\n' "$backend" "$(absence "$backend")"
    done
    [[ ${labels[*]} == *autotune* ]] || printf -- '- autotune: none of the builds has the feature.\n'
    [[ -n $peak ]] || printf -- '- shares of the peak: --peak was not given.\n'
}

# Why a backend was not checked, as `rote devices` tells it.
absence() {
    [[ -z $backends ]] || { printf 'not among those asked for' && return; }
    awk -v backend="$1" '
        /^[a-z]/ { mine = $1 == backend; if (mine) { $1 = $2 = ""; sub(/^ +/, ""); said = $0 } }
        mine && $1 == "reason:" { sub(/^ *reason: /, ""); said = said ": " $0 }
        mine && $1 == "missing:" { sub(/^ *missing: /, ""); said = said "; missing: " $0 }
        END { print said == "" ? "not known to this binary" : said }' "$logs/devices-0.txt" | head -n 1
}

# Where programs lie is of no interest to a reader.
unplaced='s#(^| )[^ ]*/(rote|backends)(-[0-9a-f]+)?( |$)#\1\2\4#g'

write_report() {
    local log
    [[ -n $report ]] || default_report
    mkdir -p "$(dirname "$report")" && : >"$report" || report=$logs/report.md
    {
        printf '# %s, %s: scripts/gpu-check\n\n' "$(date -u '+%-d %B %Y')" "$gpu"
        if ((software)); then
            printf '**These are no figures of a GPU.** A processor imitated one (%s),\n' "$gpu"
            printf 'with tiny steps, to show that the script and the backend work. Nothing here says how fast any GPU\n'
            printf 'is.\n\n'
        fi
        printf 'Options: %s. It took %s s of the %s minutes given, building not counted.\n' \
            "$(sed -E "s#$root/##g; s# ?--report [^ ]+##; $unplaced" <<<"${asked:-none}")" "$(($(now) - started))" "$minutes"
        printf 'docs/gpu.md says what is checked.\n\n'
        printf '## Checks\n\n%s\n\n' "$(check_table)"
        printf '## Machine\n\n%s\n\n' "$(machine_facts)"
        printf '## Speed\n\nSteps a second after the warm-up; GFLOP/s count the work that a step must do,\n'
        printf '(6 P - 2 d w) a row for P parameters, d inputs and w units in the first layer. One run each, so\n'
        printf 'without a spread.\n\n%s\n\n' "$(speeds)"
        printf '## The long run\n\n'
        long_run_facts
        printf '## Not measured\n\n%s\n\n' "$(not_measured)"
        printf '## What the checks printed\n\n'
        for log in "$logs"/{devices,suite,quick-off,gpu-100k-off,gpu-100k-on}-*.txt; do
            [[ -s $log ]] || continue
            printf '### %s\n\n' "$(basename "$log" .txt)"
            if [[ $log == */suite-* ]]; then sed 's/^## /#### /' "$log" && printf '\n'; else quoted "$log"; fi
        done
        printf '%s\n' "${commands[@]}" | sed -E "s#$root/##g; $unplaced" >"$logs/commands"
        printf '## Commands\n\n%s\n' "$(quoted "$logs/commands")"
    } >"$report"
    say "the report is $report"
}

# docs/benchmarks/<date>-<gpu>.md, with a number behind it if there is one already.
default_report() {
    local slug=software-vulkan base number=2
    ((software)) || slug=$(tr '[:upper:]' '[:lower:]' <<<"$gpu" | sed -E 's/[^a-z0-9]+/-/g; s/^-|-$//g')
    base=$root/docs/benchmarks/$(date -u +%Y-%m-%d)-$slug
    report=$base.md
    while [[ -e $report ]]; do
        report=$base-$number.md number=$((number + 1))
    done
}
