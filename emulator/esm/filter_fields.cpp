#include "emulator/esm/filter_fields.h"

#include <algorithm>

namespace emulator {
namespace {

std::uint64_t length_bit(std::string_view name) {
  return std::uint64_t{1} << std::min<std::size_t>(name.size(), 63);
}

const FieldTree::Node* find(const FieldTree::Node& node, std::string_view step) {
  if ((node.lengths & length_bit(step)) == 0) return nullptr;
  for (const FieldTree::Node::Step& known : node.steps) {
    if (known.name == step) return known.node;
  }
  return nullptr;
}

}  // namespace

const FieldTree::Node* FieldTree::Node::below(std::string_view name) const {
  const Node* node = this;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    node = find(*node, name.substr(0, dot));
    if (node == nullptr) return nullptr;
    name.remove_prefix(dot + 1);
  }
  return find(*node, name);
}

std::size_t FieldTree::add(std::string_view name) {
  Node* node = &nodes_.front();
  for (bool last = false; !last;) {
    const std::size_t dot = name.find('.');
    last = dot == std::string_view::npos;
    const std::string_view step = name.substr(0, dot);
    const auto known = std::find_if(node->steps.begin(), node->steps.end(),
                                    [&](const Node::Step& each) { return each.name == step; });
    if (known != node->steps.end()) {
      node = known->node;
    } else {
      Node& made = nodes_.emplace_back();
      node->steps.push_back({std::string(step), &made});
      node->lengths |= length_bit(step);
      node = &made;
    }
    if (!last) name.remove_prefix(dot + 1);
  }
  if (!node->field) node->field = size_++;
  return *node->field;
}

}  // namespace emulator
