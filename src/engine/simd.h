/* simd: compiles one function several times, for the vector widths of the processors in use.
 *
 * ENGINE_CLONES before a function makes the loader pick the widest one that the machine has.  The
 * engine is compiled without contraction and without reassociation, so all of them give the same bits.
 * Sanitizers instrument the pickers, which run too early for that: they get the plain function. */
#ifndef RECKON_ENGINE_SIMD_H
#define RECKON_ENGINE_SIMD_H

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__clang__)
#define ENGINE_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define ENGINE_CLONES
#endif

#endif
