/* What a fuzz target defines.  It returns 0, and fails by crashing or abort(). */
#ifndef RECKON_TESTS_FUZZ_H
#define RECKON_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Optional words of the format, ends with NULL; mutations put them in. */
extern const char *const fuzz_words[];

#endif
