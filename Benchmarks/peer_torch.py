"""PyTorch's products of a 2048 x 2048 matrix with a batch of columns, sparse (CSR) and dense.

    peer_torch.py SPARSITY BATCH THREADS RUNS     prints {"csr": ms, "dense": ms}, medians after ten runs
"""

import json
import statistics
import sys
import time

import torch


def median(product, runs):
    times = []
    for run in range(runs + 10):
        start = time.perf_counter()
        product()
        if run >= 10:
            times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main():
    sparsity, batch, threads, runs = float(sys.argv[1]), *map(int, sys.argv[2:])
    torch.set_num_threads(threads)
    generator = torch.Generator().manual_seed(1)
    weights = torch.randn(2048, 2048, generator=generator)
    weights[torch.rand(2048, 2048, generator=generator) < sparsity] = 0
    columns = torch.randn(2048, batch, generator=generator)
    sparse = weights.to_sparse_csr()
    print(json.dumps({
        "csr": median(lambda: sparse @ columns, runs),
        "dense": median(lambda: weights @ columns, runs),
    }))


if __name__ == "__main__":
    main()
