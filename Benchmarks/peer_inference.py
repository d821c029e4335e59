"""The same networks in Keras (TensorFlow) and ONNX Runtime.

    peer_inference.py make NAME OUT.h5 OUT.onnx           a model of keras.applications, `lenet300`, or fixtures' `lstm`
    peer_inference.py keras|onnx FILE BATCH THREADS RUNS  prints milliseconds of a batch: the median after two runs
    peer_inference.py load FILE BATCH THREADS 0           prints seconds from opening a graph to its first result

One peer a process, so that no other pool of threads and no other model's memory is in it.
"""

import os
import pathlib
import statistics
import sys
import time

import numpy as np

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"


def use_keras(threads):
    os.environ.update(CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    import keras

    return keras


def make(name, model_path, graph_path):
    keras = use_keras(2)
    keras.utils.set_random_seed(1)
    if name == "VGG16":
        import peer_vgg16

        keras.applications.VGG16(weights=None).save(model_path, include_optimizer=False)
        return peer_vgg16.write(model_path, graph_path)
    if name == "lenet300":
        layers = keras.layers
        model = keras.Sequential([
            keras.Input((784,)), layers.Dense(300, "relu"), layers.Dense(100, "relu"), layers.Dense(10, "softmax")])
    elif name == "lstm":
        model = keras.models.load_model(FIXTURES / "digits_lstm.h5")
    else:
        model = getattr(keras.applications, name)(weights=None)
    model(np.zeros((1, *model.input_shape[1:]), "f4"))
    model.save(model_path, include_optimizer=False)
    model.export(graph_path, format="onnx", verbose=False)


def run_keras(path, threads):
    model = use_keras(threads).models.load_model(path)
    return model.input_shape[1:], lambda x: model.predict(x, batch_size=len(x), verbose=0)


def run_onnx(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (value,) = session.get_inputs()
    return value.shape[1:], lambda x: session.run(None, {value.name: x})


def main():
    if sys.argv[1] == "make":
        return make(*sys.argv[2:])
    path, batch, threads, runs = sys.argv[2], *map(int, sys.argv[3:])
    if sys.argv[1] == "load":
        import onnxruntime  # Not counted.

        start = time.perf_counter()
        shape, predict = run_onnx(path, threads)
        predict(np.zeros((batch, *shape), "f4"))
        return print(time.perf_counter() - start)
    shape, predict = {"keras": run_keras, "onnx": run_onnx}[sys.argv[1]](path, threads)
    x = np.random.default_rng(1).random((batch, *shape), "f4")
    times = []
    for run in range(runs + 2):
        start = time.perf_counter()
        predict(x)
        if run >= 2:
            times.append(time.perf_counter() - start)
    print(1000 * statistics.median(times))


if __name__ == "__main__":
    main()
