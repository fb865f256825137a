// The compiled contract, contracts/OrderBook.json, as it was when this program was built.
#pragma once

#include <string_view>

namespace oree::ethereum {

std::string_view order_book_json();

}  // namespace oree::ethereum
