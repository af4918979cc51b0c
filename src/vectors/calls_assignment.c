#include "vectors/known.h"

const struct known_function calls_assignment[] = {
    {0},
};
