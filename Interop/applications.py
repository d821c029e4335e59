"""The models of `keras.applications`, without the weights that would be downloaded, at the smallest size each takes."""

import keras
import numpy as np
from keras import applications

# By name: the smallest extent of an image, and whether the model is slow.
SIZES = {
    "ConvNeXtBase": (32, True),
    "ConvNeXtLarge": (32, True),
    "ConvNeXtSmall": (32, True),
    "ConvNeXtTiny": (32, False),
    "ConvNeXtXLarge": (32, True),
    "DenseNet121": (32, False),
    "DenseNet169": (32, True),
    "DenseNet201": (32, True),
    "EfficientNetB0": (32, False),
    "EfficientNetB1": (32, True),
    "EfficientNetB2": (32, True),
    "EfficientNetB3": (32, True),
    "EfficientNetB4": (32, True),
    "EfficientNetB5": (32, True),
    "EfficientNetB6": (32, True),
    "EfficientNetB7": (32, True),
    "EfficientNetV2B0": (32, False),
    "EfficientNetV2B1": (32, True),
    "EfficientNetV2B2": (32, True),
    "EfficientNetV2B3": (32, True),
    "EfficientNetV2L": (32, True),
    "EfficientNetV2M": (32, True),
    "EfficientNetV2S": (32, True),
    "InceptionResNetV2": (75, True),
    "InceptionV3": (75, True),
    "MobileNet": (32, False),
    "MobileNetV2": (32, False),
    "MobileNetV3Large": (32, False),
    "MobileNetV3Small": (32, False),
    "NASNetLarge": (32, True),
    "NASNetMobile": (32, True),
    "ResNet101": (32, True),
    "ResNet101V2": (32, True),
    "ResNet152": (32, True),
    "ResNet152V2": (32, True),
    "ResNet50": (32, False),
    "ResNet50V2": (32, False),
    "VGG16": (32, True),
    "VGG19": (32, True),
    "Xception": (71, False),
}


def ends_branch(layer):
    """Whether what a layer computes is added to what came before it."""
    nexts = [node.operation for node in layer._outbound_nodes]
    nexts += [node.operation for x in nexts if isinstance(x, keras.layers.Dropout) for node in x._outbound_nodes]
    return any(isinstance(x, keras.layers.Add) for x in nexts)


def settle(model):
    """Gives statistics, scales and shifts values that are neither 0 nor 1. Branches add little to what they are added
    to: else the values of deep models explode, and no two ways to round agree on them."""
    generator = np.random.default_rng(1)
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.moving_mean.shape
            layer.moving_mean.assign(0.1 * generator.standard_normal(shape))
            layer.moving_variance.assign(generator.uniform(0.8, 1.25, shape))
            for weight, centre in ((layer.gamma, 0.25 if ends_branch(layer) else 1.0), (layer.beta, 0.0)):
                if weight is not None:
                    weight.assign(centre + 0.1 * generator.standard_normal(shape))
        for weight in layer.weights:
            if weight.path.endswith("/bias"):
                weight.assign(0.05 * generator.standard_normal(weight.shape))


def make(name):
    """A model, and images for it."""
    size, _ = SIZES[name]
    keras.utils.set_random_seed(1)
    model = getattr(applications, name)(
        weights=None, input_shape=(size, size, 3), classes=10, classifier_activation=None
    )
    images = np.random.default_rng(2).uniform(0, 255, (2, size, size, 3)).astype("f4")
    settle(model)
    return model, images
