#include "vectors/known.h"

const struct known_function calls_bandits[] = {
    {0},
};
