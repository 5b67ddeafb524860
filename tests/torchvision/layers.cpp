// Prints the classic networks of the zoo: MODEL LAYER PARAMETERS MACS EXTENT..., one layer a line.
#include <iostream>

#include <dsc/model/zoo/classics.hpp>

int main() {
  for (dsc::zoo::classic const* const net : dsc::zoo::classics) {
    for (dsc::zoo::classic_layer const& layer : net->layers()) {
      std::cout << net->name() << ' ' << layer.name() << ' ' << layer.parameters() << ' ' << layer.macs();
      for (std::int64_t const extent : layer.output().shape) std::cout << ' ' << extent;
      std::cout << '\n';
    }
  }
}
