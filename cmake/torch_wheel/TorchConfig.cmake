# LibTorch as PyTorch's wheel brings it, for compiling and linking where there is no CUDA toolkit: PyTorch's own configuration asks for nvcc and for
# every CUDA library. Chosen by -DTorch_DIR=<this folder>; DSC_TORCH_WHEEL is what fetch, beside this file, has made.
if(NOT EXISTS "${DSC_TORCH_WHEEL}/torch/lib/libtorch.so")
  set(Torch_FOUND FALSE)
  set(Torch_NOT_FOUND_MESSAGE "DSC_TORCH_WHEEL='${DSC_TORCH_WHEEL}' holds no unpacked wheel of torch")
  return()
endif()

set(_dsc_torch ${DSC_TORCH_WHEEL}/torch)
foreach(_dsc_library c10 torch_cpu c10_cuda torch_cuda torch)
  if(EXISTS "${_dsc_torch}/lib/lib${_dsc_library}.so" AND NOT TARGET ${_dsc_library})
    add_library(${_dsc_library} SHARED IMPORTED)
    set_target_properties(${_dsc_library} PROPERTIES IMPORTED_LOCATION ${_dsc_torch}/lib/lib${_dsc_library}.so)
  endif()
endforeach()

target_include_directories(torch SYSTEM INTERFACE ${_dsc_torch}/include ${_dsc_torch}/include/torch/csrc/api/include)
# Kernels register themselves when their library is loaded, so it must be linked even where nobody names a symbol of it.
target_link_libraries(torch INTERFACE -Wl,--no-as-needed torch_cpu)
target_link_options(torch INTERFACE -Wl,--unresolved-symbols=ignore-in-shared-libs)
if(TARGET torch_cuda)
  file(GLOB _dsc_cuda LIST_DIRECTORIES TRUE ${DSC_TORCH_WHEEL}/nvidia/cu*)
  file(GLOB _dsc_cudart ${DSC_TORCH_WHEEL}/nvidia/cu*/lib/libcudart.so.*)
  target_include_directories(torch SYSTEM INTERFACE ${_dsc_cuda}/include)
  target_link_libraries(torch INTERFACE torch_cuda c10_cuda ${_dsc_cudart})
endif()
target_link_libraries(torch INTERFACE c10)

set(TORCH_LIBRARIES torch)
set(Torch_FOUND TRUE)
