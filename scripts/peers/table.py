"""The tables of scripts/bench-step: medians, ratios to JAX, share of the measured peak, and the second core's gain."""

import json
import statistics
import sys
from collections import defaultdict

REFERENCE, TOLERANCE = "rote flex composed", 1e-4


def lines(path: str) -> list[dict]:
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def compare_losses(cases: dict) -> None:
    """Fails unless every peer's first losses are those of the composed kernels, the reference."""
    largest = 0.0
    for (case, peer), found in cases.items():
        reference = cases[case, REFERENCE][0]["first_losses"]
        for line in found:
            for expected_E, losses_E in zip(reference, line["first_losses"], strict=True):
                for expected, loss in zip(expected_E, losses_E, strict=True):
                    difference = abs(loss / expected - 1)
                    largest = max(largest, difference)
                    if not difference <= TOLERANCE:
                        sys.exit(f"{peer}, width {case[0]}, {case[1]} members: a first loss of {loss}, not {expected}")
    print(f"the same steps: first losses of all differ from those of {REFERENCE} by at most {largest:.1e} relative")


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
    compare_losses(cases)
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
