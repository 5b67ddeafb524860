#pragma once

namespace dsc::cli {

/// OpenBLAS chooses its kernels when it is loaded, and takes those of a processor of 2004 where it
/// is older than the processor at hand; layers then take two to four times as long. Where that is
/// so, this starts the program anew with kernels that the processor can run, and does not return.
/// Whoever has set OPENBLAS_CORETYPE is left alone.
void restart_with_fast_blas(char** argv);

}  // namespace dsc::cli
