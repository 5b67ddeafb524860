#include "torchscript/graph/jit.hpp"

#include <optional>
#include <string_view>

namespace dsc::libtorch::detail {

bool is_tensor(torch::jit::Value const* value) { return value->type()->isSubtypeOf(*c10::TensorType::get()); }

std::string place_of(torch::jit::Node const* node) {
  std::string place = node->kind().toQualString();
  if (auto const where = node->sourceRange().file_line_col()) {
    auto const& [file, line, column] = *where;
    place += " at " + file + ":" + std::to_string(line);
  }
  return place;
}

std::string sentence_of(std::exception const& failure) {
  std::string_view text = failure.what();
  if (auto const* const of_torch = dynamic_cast<c10::Error const*>(&failure)) text = of_torch->what_without_backtrace();
  bool const of_interpreter = text.find("TorchScript interpreter") != std::string_view::npos;
  while (text.ends_with('\n')) text.remove_suffix(1);
  while (text.starts_with('\n')) text.remove_prefix(1);
  std::string_view const line = of_interpreter ? text.substr(text.rfind('\n') + 1) : text.substr(0, text.find('\n'));
  constexpr std::size_t longest = 400;
  return std::string{line.substr(0, longest)};
}

}  // namespace dsc::libtorch::detail
