# Boost.Hana's headers, which those of dsc include: where they are, or one sentence for whoever has none. The place of
# these headers is added to a target of dsc's, so that Boost may lie anywhere that CMAKE_PREFIX_PATH names.
set(DSC_NO_BOOST "dsc needs the headers of Boost.Hana, and there is no boost/hana.hpp where CMake looks: install Boost \
(on Debian the package libboost-dev), or say where it is with -D CMAKE_PREFIX_PATH=FOLDER")
find_path(DSC_BOOST_INCLUDE_DIR boost/hana.hpp HINTS ENV BOOST_ROOT PATH_SUFFIXES include
          DOC "The folder in which boost/hana.hpp is")
mark_as_advanced(DSC_BOOST_INCLUDE_DIR)
