"""The gradient of a model's loss over one batch by TensorFlow, as a compiled function: `peer_gradient.py MODEL BATCH THREADS
RUNS`. Prints one JSON object with the median in milliseconds, as `gradient-benchmark` does."""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy
import tensorflow


def main() -> None:
    path, batch, threads, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    model = keras.models.load_model(path, compile=False)
    generator = numpy.random.default_rng(1)
    x = tensorflow.constant(generator.random((batch, *model.input_shape[1:]), dtype=numpy.float32))
    y = tensorflow.constant(numpy.arange(batch) % model.output_shape[-1])

    @tensorflow.function(jit_compile=False)
    def gradient(x, y):
        with tensorflow.GradientTape() as tape:
            loss = tensorflow.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(x)))
        return tape.gradient(loss, model.trainable_variables)

    times = []
    for run in range(runs + 2):
        start = time.perf_counter()
        result = gradient(x, y)
        result[0].numpy()
        if run >= 2:
            times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    print(json.dumps({"milliseconds": times[len(times) // 2], "least": times[0]}))


if __name__ == "__main__":
    main()
