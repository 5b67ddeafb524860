#pragma once

#include "arguments.hpp"

// Each step prints what it finds and writes its figures into the folder `out`; it says whether all
// answers were within the tolerance.
namespace gpu {

bool parity(arguments const& given);  ///< B0 and V2-S against the CPU, float32 and uint8 images
bool splits(arguments const& given);  ///< every split of B0 and V2-S
bool elements(
    arguments const& given);  ///< float16, bfloat16 and fast arithmetic against exact float32, and their splits
bool profiles(arguments const& given);   ///< `dsc.profile/1` of every model
bool speed(arguments const& given);      ///< speed.csv: latency and throughput of every model
bool overhead(arguments const& given);   ///< overhead.csv: head and tail against the whole at every natural bottleneck
bool transfers(arguments const& given);  ///< transfers.csv: `h_l` to the host against a plain copy into pinned memory
bool graphs(arguments const& given);     ///< the whole network as a CUDA graph at batch 1
bool scripts(arguments const& given);    ///< TorchScript files: answers, splits, and speed against the module itself
bool heterogeneous(arguments const& given);  ///< heterogeneous.csv: the CPU as device, the GPU as server, an emulated
                                             ///< link between them

}  // namespace gpu
