// Tells which digit a picture shows: classify MODEL.spm PICTURE.pgm
//
//     swift build -c release --product SparsifyC
//     cc Examples/C/classify.c -ISources/CSparsify -L.build/release -lSparsifyC -Wl,-rpath,$PWD/.build/release -o classify
#include <stdio.h>
#include <stdlib.h>

#include "sparsify.h"

// The next number of a plain PGM file, comments skipped; -1 where there is none.
static int next_number(FILE *file) {
    int number;
    while (fscanf(file, "%d", &number) != 1) {
        if (getc(file) != '#') return -1;
        for (int c = getc(file); c != '\n' && c != EOF;) c = getc(file);
    }
    return number;
}

// Reads a picture of `count` pixels, from 0 (black) to 1 (white). Returns whether it was one.
static int read_picture(const char *path, float *pixels, size_t count) {
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    int good = getc(file) == 'P' && getc(file) == '2';
    int width = next_number(file), height = next_number(file), white = next_number(file);
    good = good && width > 0 && height > 0 && white > 0 && (size_t)width * (size_t)height == count;
    for (size_t i = 0; good && i < count; i++) {
        int pixel = next_number(file);
        good = pixel >= 0 && pixel <= white;
        pixels[i] = (float)pixel / (float)white;
    }
    fclose(file);
    return good;
}

static int classify(const sparsify_model *model, const char *path) {
    const sparsify_value *input = sparsify_input(model, 0), *output = sparsify_output(model, 0);
    float *pixels = calloc(input->element_count, sizeof *pixels);
    float *probabilities = calloc(output->element_count, sizeof *probabilities);
    int done = 0;
    sparsify_error error;

    if (!pixels || !probabilities) {
        fprintf(stderr, "out of memory\n");
    } else if (!read_picture(path, pixels, input->element_count)) {
        fprintf(stderr, "%s: not a plain PGM picture (P2) of %zu pixels\n", path, input->element_count);
    } else if (sparsify_predict(
                   model, 1, pixels, input->element_count, probabilities, output->element_count, &error)) {
        fprintf(stderr, "%s\n", error.message);
    } else {
        size_t digit = 0;
        for (size_t i = 0; i < output->element_count; i++)
            if (probabilities[i] > probabilities[digit]) digit = i;
        printf("digit %zu\n", digit);
        for (size_t i = 0; i < output->element_count; i++) printf("%zu %.4f\n", i, probabilities[i]);
        done = 1;
    }
    free(pixels);
    free(probabilities);
    return done;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: classify MODEL.spm PICTURE.pgm\n");
        return 64;
    }
    sparsify_model *model;
    sparsify_error error;
    if (sparsify_open(argv[1], 0, &model, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    int done = classify(model, argv[2]);
    sparsify_close(model);
    return done ? 0 : 1;
}
