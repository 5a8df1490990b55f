// Where in a value a codec is, for the messages of its errors. One decoding's or encoding's.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "emulator/schema/codec.h"

namespace emulator {

// Costs a few stores a level, and nothing more unless an error asks for its text.
class ValuePath {
 public:
  // False: there are kValueDepthMax levels already.
  bool enter() {
    if (depth_ == kValueDepthMax) return false;
    steps_[depth_++] = {};
    return true;
  }
  void leave() { --depth_; }
  // Names the current place of the innermost level; `name` must outlive the path.
  void at(std::string_view name) { steps_[depth_ - 1].name = name; }
  void at(std::size_t index) { steps_[depth_ - 1] = {{}, index}; }

  std::string text() const {  // "order.items[2].price"
    std::string text;
    for (std::size_t i = 0; i < depth_; ++i) {
      const Step& step = steps_[i];
      if (step.name.data() == nullptr)
        text += "[" + std::to_string(step.index) + "]";
      else
        text += (text.empty() ? "" : ".") + std::string(step.name);
    }
    return text.empty() ? "the value" : text;
  }

 private:
  struct Step {
    std::string_view name{};  // without data: an item
    std::size_t index = 0;
  };
  std::array<Step, kValueDepthMax> steps_;  // the first depth_ ones mean something
  std::size_t depth_ = 0;
};

}  // namespace emulator
