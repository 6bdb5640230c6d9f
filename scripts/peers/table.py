"""The tables of scripts/bench-step: medians, ratios to JAX, share of the measured peak, and the second core's gain."""

import json
import statistics
import sys
from collections import defaultdict


def lines(path: str) -> list[dict]:
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main(single: str, threads: str) -> None:
    cases = defaultdict(list)
    peaks, needed, batch = [], {}, defaultdict(list)
    for line in lines(single):
        if "peak_gflops" in line:
            peaks.append(line["peak_gflops"])
            print(f"measured peak of one core: {line['peak_gflops']:.1f} GFLOP/s ({line['instruction_set']})")
            continue
        case = (line["width"], line["members"])
        cases[case, line["peer"]].append(line)
        if "needed_mflop" in line:
            needed[line["width"]] = line["needed_mflop"]
            batch[case].append(line["batch_ms_per_member"])
    peak = statistics.median(peaks)

    def median(case: tuple[int, int], peer: str) -> float | None:
        found = cases.get((case, peer))
        return statistics.median(line["ms_per_member_step"] for line in found) if found else None

    peers = sorted({peer for _, peer in cases}, key=lambda peer: (not peer.startswith("rote"), peer))
    print("\nms a step a member, median (minimum to maximum); x JAX: how many times faster than JAX")
    for case in sorted({case for case, _ in cases}):
        width, members = case
        print(f"\nwidth {width}, {members} member{'s' if members > 1 else ''}; batch made in {statistics.median(batch[case]):.3f} ms")
        jax = median(case, "jax")
        for peer in peers:
            value = median(case, peer)
            if value is None:
                continue
            found = cases[case, peer]
            low, high = min(line["min"] for line in found), max(line["max"] for line in found)
            share = needed[width] / value / peak
            ratio = f"{jax / value:6.2f} x JAX" if jax else ""
            print(f"  {peer:24} {value:8.3f} ({low:.3f} to {high:.3f})  {ratio}  {100 * share:5.1f} % of peak")

    gains = defaultdict(lambda: defaultdict(list))
    for line in lines(threads):
        if "peer" in line:
            gains[line["width"], line["members"]][line["threads"]].append(line["ms_per_member_step"])
    print("\nthe second core, fused on flex: ms a step a member on one thread and on two")
    for (width, members), found in sorted(gains.items()):
        one, two = statistics.median(found[1]), statistics.median(found[2])
        print(f"  width {width}, {members} member{'s' if members > 1 else ''}: {one:.3f} {two:.3f}  {one / two:.2f} times")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
