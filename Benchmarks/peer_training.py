"""How long Keras takes for an epoch: `peer_training.py MODEL DATA.npz THREADS BATCH`. SGD with momentum, the median of the epochs
after the first. Prints one JSON object in seconds."""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy
import tensorflow


class Clock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.times = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.times.append(time.perf_counter() - self.start)


def main() -> None:
    path, data, threads, batch = sys.argv[1], numpy.load(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    model = keras.models.load_model(path, compile=False)
    x = data["x"].astype("f4").reshape(-1, *model.input_shape[1:])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True), "sparse_categorical_crossentropy")
    clock = Clock()
    model.fit(x, data["y"], batch_size=batch, epochs=4, verbose=0, callbacks=[clock])
    print(json.dumps({"seconds": sorted(clock.times[1:])[1]}))


if __name__ == "__main__":
    main()
