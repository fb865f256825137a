// The text form of protocol buffers, as config.pbtxt uses it: `name: value`, `name { … }`, `name: [ … ]`,
// `<…>` for braces, strings in either quote with escapes, one after the other being one, `#` to the line's
// end, `,` and `;` between fields. https://protobuf.dev/reference/protobuf/textformat-spec/
//
// Not read, and said so: extensions and Any in `[…]`. Pure. Private to this room.
#pragma once

#include "core/modelconfig/text/node.h"

namespace oree::modelconfig {

// `invalid` as "config.pbtxt:3:7: …", `file` standing in front. At most 4 MiB, 32 deep, 20,000 values.
Result<Node> parse_text(std::string_view text, std::string_view file);

}  // namespace oree::modelconfig
