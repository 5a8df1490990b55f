#include "emulator/control/paging.h"

#include <algorithm>

#include "emulator/config/text.h"
#include "emulator/control/constraints.h"

namespace emulator {

PageRequest page_request(const ApiRequest& request, const PageLimits& limits) {
  PageRequest page{request.query("Marker").value_or(""), limits.page_items};
  const auto text = request.query("MaxItems");
  if (!text || text->empty()) return page;
  const auto number = parse_integer(*text);
  if (!number) throw serialization_error("MaxItems can not be converted to an Integer");
  const Shape shapes[] = {
      {.member = "MaxItems", .type = Shape::Type::Integer, .min = 1, .max = limits.max_items}};
  check_shape({{"MaxItems", *number}}, shapes);
  page.items = std::min(page.items, static_cast<std::size_t>(*number));
  return page;
}

}  // namespace emulator
