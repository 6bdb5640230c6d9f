"""Times one training step of a population of perceptrons in JAX and PyTorch, on one thread, as peers for Rote's own.

    taskset -c 0 python bench_peers.py --inputs DIR --widths 8,24,40 --members 1,8 --repeats 9 --seconds 10

DIR holds the packed rows and the parameters that Rote's benchmark starts from and has written there, so that the first
losses of all can be compared.

A step is what Rote's is: every member has 1000 fixed facts and 2048 new non-facts, one packed word of 32 inputs each;
bits become +-1 floats, two tanh layers and a logit give the loss mean softplus(-z) over facts plus lambda times mean
softplus(z) over non-facts (nats), and AdamW without weight decay takes its gradient. Batches come from a ring made
beforehand, already where the peer wants them: neither drawing nor transfer is timed. One JSON object a line on stdout.

Letters behind array names: R batches of the ring, S steps, E members, B rows, D inputs, I and O a layer's ends.
"""

import argparse
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

FACTS, NON_FACTS, INPUTS, RING = 1000, 2048, 32, 16
NEGATIVE_WEIGHT = 1.0
BETA_1, BETA_2, EPSILON = 0.9, 0.99, 1e-8
FIRST_STEPS = 5
# Processor time of the process over that of its main thread: more means that other threads work too.
MOST_THREADS = 1.05

# Read when the libraries are first imported. The Eigen flag alone leaves JAX's thunks a pool of a thread for each core.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", PJRT_NPROC="1", JAX_PLATFORMS="cpu")
os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"


# What both peers start from: packed bits `[R, E, B]`, and (`weights_EIO`, `biases_EO`) for each layer.
Inputs = tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]
# A library's version, and a function that trains on the ring's batch of that number and returns its losses `[E]`.
Peer = tuple[str, Callable[[int], ArrayLike]]


def read_inputs(folder: Path, width: int, members: int) -> Inputs:
    """What Rote starts from: parameters lie layer after layer, the weights of each before its biases."""
    words = np.fromfile(folder / f"{width}-{members}.words", dtype="<u4")
    parameters_EP = np.fromfile(folder / f"{width}-{members}.parameters", dtype="<f4").reshape(members, -1)
    layers, start = [], 0
    for fan_in, fan_out in [(INPUTS, width), (width, width), (width, 1)]:
        end = start + fan_in * fan_out
        weights_EIO = parameters_EP[:, start:end].reshape(members, fan_in, fan_out).copy()
        layers.append((weights_EIO, parameters_EP[:, end : end + fan_out].copy()))
        start = end + fan_out
    return words.reshape(RING, members, FACTS + NON_FACTS), layers


def jax_peer(inputs: Inputs, learning_rate: float) -> Peer:
    """One jitted function a step, vmapped over members; parameters and moments are donated, so updated in place."""
    import jax
    import jax.numpy as jnp
    from jax.nn import softplus

    # The environment variable of this name has no effect; without it steps run on a second thread.
    jax.config.update("jax_cpu_enable_async_dispatch", False)

    def member_loss(layers, words_B):
        bits_BD = (words_B[:, None] >> jnp.arange(INPUTS, dtype=jnp.uint32)) & 1
        x = bits_BD.astype(jnp.float32) * 2 - 1
        for weights_IO, biases_O in layers[:-1]:
            x = jnp.tanh(x @ weights_IO + biases_O)
        weights_IO, biases_O = layers[-1]
        z_B = (x @ weights_IO + biases_O)[:, 0]
        return softplus(-z_B[:FACTS]).mean() + NEGATIVE_WEIGHT * softplus(z_B[FACTS:]).mean()

    def summed_loss(layers, words_EB):
        losses_E = jax.vmap(member_loss)(layers, words_EB)
        return losses_E.sum(), losses_E

    @partial(jax.jit, donate_argnums=0)
    def adam_step(state, words_EB):
        layers, means, squares, count = state
        gradients, losses_E = jax.grad(summed_loss, has_aux=True)(layers, words_EB)
        count = count + 1
        means = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, means, gradients)
        squares = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, squares, gradients)
        rate, scale = learning_rate / (1 - BETA_1**count), 1 / (1 - BETA_2**count)
        layers = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v * scale) + EPSILON), layers, means, squares)
        return (layers, means, squares, count), losses_E

    ring, layers = jax.tree.map(jnp.array, (list(inputs[0]), inputs[1]))
    state = layers, *(jax.tree.map(jnp.zeros_like, layers) for _ in range(2)), jnp.float32(0)

    def step(index: int):
        nonlocal state
        state, losses_E = adam_step(state, ring[index])
        return losses_E.block_until_ready()

    return jax.__version__, step


def torch_peer(inputs: Inputs, learning_rate: float) -> Peer:
    """Eager operations, matrix products batched over members, and PyTorch's fused AdamW, its fastest on the CPU."""
    import torch
    from torch.nn.functional import softplus

    # No torch.compile: it works offline, but took 11 to 40 s a shape, too long for a case of a few seconds.
    torch.set_num_threads(1)
    # PyTorch has no shifts of uint32; those of int32 copy the sign, which the mask of one bit removes.
    ring = [torch.from_numpy(words_EB.view(np.int32)) for words_EB in inputs[0]]
    shifts_D = torch.arange(INPUTS, dtype=torch.int32)
    layers = [(torch.tensor(weights_EIO), torch.tensor(biases_EO[:, None])) for weights_EIO, biases_EO in inputs[1]]
    parameters = [parameter.requires_grad_() for layer in layers for parameter in layer]
    recipe = {"lr": learning_rate, "betas": (BETA_1, BETA_2), "eps": EPSILON, "weight_decay": 0.0}
    optimiser = torch.optim.AdamW(parameters, **recipe, fused=True)

    def population_losses(words_EB):
        x = ((words_EB.unsqueeze(2) >> shifts_D) & 1).float().mul_(2).sub_(1)
        for weights_EIO, biases_E1O in layers[:-1]:
            x = torch.baddbmm(biases_E1O, x, weights_EIO).tanh()
        weights_EIO, biases_E1O = layers[-1]
        z_EB = torch.baddbmm(biases_E1O, x, weights_EIO).squeeze(2)
        return softplus(-z_EB[:, :FACTS]).mean(1) + NEGATIVE_WEIGHT * softplus(z_EB[:, FACTS:]).mean(1)

    def step(index: int):
        optimiser.zero_grad()
        losses_E = population_losses(ring[index])
        losses_E.sum().backward()
        optimiser.step()
        return losses_E.detach()

    return torch.__version__, step


PEERS: dict[str, Callable[[Inputs, float], Peer]] = {"jax": jax_peer, "torch": torch_peer}


def measure(name: str, width: int, members: int, options: argparse.Namespace) -> dict:
    """Tells the losses of the first steps, then times `repeats` stretches of steps, after a turn of the ring."""
    version, step = PEERS[name](read_inputs(options.inputs, width, members), options.learning_rate)
    first_losses_SE = [np.asarray(step(index)).tolist() for index in range(FIRST_STEPS)]
    batches = itertools.cycle(range(RING))

    def run(steps: int) -> float:
        start = time.perf_counter()
        for index in itertools.islice(batches, steps):
            step(index)
        return time.perf_counter() - start

    warm_up = run(RING)
    steps = max(1, round(options.seconds / options.repeats * RING / warm_up))
    main_thread, process = time.thread_time(), time.process_time()
    stretches = [run(steps) for _ in range(options.repeats)]
    threads = (time.process_time() - process) / (time.thread_time() - main_thread)
    if threads > MOST_THREADS:
        sys.exit(f"{name}, width {width}, {members} members: the work of {threads:.2f} threads, not of one")
    times = [1e3 * seconds / steps / members for seconds in stretches]
    return {
        "peer": name, "version": version, "width": width, "members": members,
        "ms_per_member_step": statistics.median(times), "min": min(times), "max": max(times),
        "first_losses": first_losses_SE,
    }


def main() -> None:
    def numbers(text: str) -> list[int]:
        return [int(number) for number in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=Path, required=True, help="the folder that Rote's benchmark wrote")
    parser.add_argument("--widths", type=numbers, default=[8, 24, 40])
    parser.add_argument("--members", type=numbers, default=[1, 8])
    parser.add_argument("--repeats", type=int, default=9, help="timed stretches a case")
    parser.add_argument("--seconds", type=float, default=10.0, help="time budget a case")
    parser.add_argument("--learning-rate", type=float, default=0.05, help="constant")
    parser.add_argument("--peer", choices=[*PEERS, "all"], default="all")
    options = parser.parse_args()
    for width, members in itertools.product(options.widths, options.members):
        for name in PEERS if options.peer == "all" else [options.peer]:
            print(json.dumps(measure(name, width, members, options)), flush=True)


if __name__ == "__main__":
    main()
