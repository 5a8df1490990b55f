// Pages of lists: MaxItems and Marker, NextMarker while there is more (docs: each List operation).
// A marker is the key of the page's first item, so that a page is right whatever came or went
// meanwhile. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "emulator/catalog/json.h"
#include "emulator/control/router.h"

namespace emulator {

struct PageLimits {
  std::int64_t max_items = 10'000;  // what MaxItems may be
  std::size_t page_items = 50;      // what a page holds at most
};

struct PageRequest {
  std::string marker;  // empty: from the beginning
  std::size_t items = 0;
};
PageRequest page_request(const ApiRequest& request, const PageLimits& limits);  // throws ApiError

// {member: […], "NextMarker": …}. The items are in the order of their keys; `key` gives an item's
// as a text, `show` its JSON.
template <typename Items, typename Key, typename Show>
Json page_of(const PageRequest& page, const char* member, const Items& items, Key key, Show show) {
  Json shown = Json::array();
  std::string next;
  for (const auto& item : items) {
    std::string item_key = key(item);
    if (item_key < page.marker) continue;
    if (shown.size() == page.items) {
      next = std::move(item_key);
      break;
    }
    shown.push_back(show(item));
  }
  Json body = {{member, std::move(shown)}};
  if (!next.empty()) body["NextMarker"] = std::move(next);
  return body;
}

}  // namespace emulator
