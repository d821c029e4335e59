// Runs the networks in sparse model files (.spm) from C: open, ask for shapes, predict, close.
//
// Every pointer and every count is checked where it can be: a null pointer or a count that does not fit gives a status,
// never a crash. A pointer that is not null must point to what its type and count say, and a model must not be used
// after it was closed. All text is UTF-8.
#ifndef SPARSIFY_H
#define SPARSIFY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Grows when a change of this header breaks programs that were compiled with an older one.
#define SPARSIFY_INTERFACE_VERSION 1

/// The SPARSIFY_INTERFACE_VERSION that the library was built with. Where it is not the program's own, they do not fit.
int32_t sparsify_interface_version(void);

/// What came of a call. Numbers never change; later libraries may add some.
typedef enum sparsify_status {
    SPARSIFY_OK = 0,
    /// The request makes no sense: a null pointer, a count or a shape that does not fit, a name that is not UTF-8.
    SPARSIFY_USAGE = 1,
    /// The operating system refused to open or read the file.
    SPARSIFY_IO = 2,
    /// The bytes are not of a format that is read here.
    SPARSIFY_UNKNOWN_FORMAT = 3,
    /// The file is truncated or damaged, or its weights do not fit its network.
    SPARSIFY_MALFORMED = 4,
    /// The file does something that is refused for safety.
    SPARSIFY_REFUSED = 5,
    /// The file declares more, or the batch takes more, than memory allows.
    SPARSIFY_LIMIT = 6,
    /// The file holds no network, or one that cannot be run; or it is of a later version.
    SPARSIFY_UNSUPPORTED = 7,
    /// Two things that must agree do not.
    SPARSIFY_DISAGREEMENT = 8,
    /// The work was stopped.
    SPARSIFY_CANCELLED = 9,
    /// Anything else.
    SPARSIFY_FAILED = 10,
} sparsify_status;

/// Says in words what went wrong: the file, what was found, what was expected, what to do. Empty after success. It is
/// the caller's own, so threads do not share it; where a function takes one, null is fine.
typedef struct sparsify_error {
    /// Ends with a null byte; a longer text is cut.
    char message[1024];
} sparsify_error;

/// An open model. Several threads may use one at a time; their predictions take turns.
typedef struct sparsify_model sparsify_model;

/// Opens a file. Weights are decoded at the first prediction.
///
/// - threads: how many a prediction may use, at most 1024; 0 for as many as there are processors.
/// - model: becomes the model, or null after a failure. To be closed with sparsify_close.
sparsify_status sparsify_open(const char *path, size_t threads, sparsify_model **model, sparsify_error *error);

/// Lets go of a model and of what it gave out. Null is fine.
void sparsify_close(sparsify_model *model);

/// What a network takes or gives for one example. It lives as long as its model.
typedef struct sparsify_value {
    const char *name;
    /// The shape without the axis of examples, outermost extent first; -1 for one that is left open. Null where the
    /// shape is not known before the network runs, and where rank is 0.
    const int64_t *extents;
    size_t rank;
    /// Product of the extents; 0 where one is left open or the shape is not known.
    size_t element_count;
} sparsify_value;

/// How many inputs and outputs there are; 0 where model is null.
size_t sparsify_input_count(const sparsify_model *model);
size_t sparsify_output_count(const sparsify_model *model);

/// One of them; null where model is null or there is none of that index.
const sparsify_value *sparsify_input(const sparsify_model *model, size_t index);
const sparsify_value *sparsify_output(const sparsify_model *model, size_t index);

/// Runs a network that has one input and one output on a batch of examples.
///
/// - examples: how many; they lie one behind the other, row-major, in input and in output.
/// - input_count: how many numbers there are in input: examples times the element_count of the input. Where the network
///   leaves one extent open, it follows from this count.
/// - output_count: how many numbers output has place for; it must be exactly what the network gives: examples times the
///   element_count of the output.
///
/// After a failure nothing has been written to output.
sparsify_status sparsify_predict(
    const sparsify_model *model, size_t examples, const float *input, size_t input_count, float *output,
    size_t output_count, sparsify_error *error);

/// What sparsify_run takes for one input.
typedef struct sparsify_input_values {
    /// Row-major; the first axis are the examples.
    const float *values;
    /// How many numbers there are in values.
    size_t count;
    /// The shape of one example, of so many extents as the network's input has; or null: that of the network, where it
    /// leaves at most one extent open.
    const int64_t *extents;
    size_t rank;
} sparsify_input_values;

/// Where sparsify_run puts one output.
typedef struct sparsify_output_values {
    /// May be null where capacity is 0.
    float *values;
    /// How many numbers there is place for in values.
    size_t capacity;
    /// Becomes how many numbers the network gave, where it ran.
    size_t count;
} sparsify_output_values;

/// Runs any network on a batch of examples.
///
/// - inputs, outputs: one for each of the network's, in order.
///
/// Where an output has more numbers than there is place for, the status is SPARSIFY_USAGE, every count is set and
/// nothing has been written to values: so a call with capacities of 0 asks for sizes.
sparsify_status sparsify_run(
    const sparsify_model *model, size_t examples, const sparsify_input_values *inputs, size_t input_count,
    sparsify_output_values *outputs, size_t output_count, sparsify_error *error);

#ifdef __cplusplus
}
#endif

#endif
